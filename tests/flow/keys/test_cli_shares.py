"""shares make, renew, combine: two people bring a small organisation's keystore back from paper."""

import stat
from pathlib import Path

import pytest

from tests.simulators.desk import PASSPHRASE, Desk

PAGES = ("--share", "pages/share-1.txt", "--share", "pages/share-3.txt")


@pytest.fixture
def shared(desk: Desk) -> Desk:
    told = desk.good("shares", "make", "--store", "rs.keystore", "--copy", "locked", "--out", "pages")
    assert "3 shares" in told
    return desk


def test_two_of_three_shares_bring_the_keystore_back(shared: Desk) -> None:
    before = shared.secrets("rs.keystore")
    shared.path("rs.keystore").unlink()
    shared.good("shares", "combine", "--copy", "locked", "--store", "again.keystore", *PAGES)
    assert shared.secrets("again.keystore") == before


def test_pages_and_copy_are_their_owners_alone(shared: Desk) -> None:
    pages = sorted(path.name for path in shared.path("pages").iterdir())
    assert pages == [f"share-{at}.{kind}" for at in (1, 2, 3) for kind in ("html", "txt")]
    for path in (*shared.path("pages").iterdir(), shared.path("locked")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_shares_can_be_typed_and_a_mistyped_line_is_asked_again(shared: Desk) -> None:
    first, third = (lines(shared.path(f"pages/share-{at}.txt")) for at in (1, 3))
    slip = first[0][:-1] + ("0" if first[0][-1] != "0" else "1")
    answers = "\n".join((slip, *first, *third)) + "\n"
    result = shared.run("shares", "combine", "--copy", "locked", "--store", "again.keystore", answers=answers)
    assert result.exit_code == 0, result.output
    assert "line 1 is mistyped; try again" in result.stderr
    assert shared.secrets("again.keystore") == shared.secrets("rs.keystore")


def test_a_renewed_copy_opens_with_the_same_shares(shared: Desk) -> None:
    old = shared.path("locked").read_bytes()
    shared.now += 22 * 7 * 86_400
    shared.good("rotate", "--store", "rs.keystore", "--directory", "d", "--out", "keys")
    told = shared.good("shares", "renew", "--store", "rs.keystore", "--copy", "locked")
    assert "Renewed locked" in told
    assert shared.path("locked").read_bytes() != old
    shared.good("shares", "combine", "--copy", "locked", "--store", "again.keystore", *PAGES)
    assert shared.secrets("again.keystore") == shared.secrets("rs.keystore")


def test_a_copy_of_other_shares_is_not_renewed(shared: Desk) -> None:
    shared.good("shares", "make", "--store", "rs.keystore", "--copy", "newer", "--out", "new pages", "--of", "2")
    assert "[NOT_PERMITTED]" in shared.bad("shares", "renew", "--store", "rs.keystore", "--copy", "locked")
    assert "[NOT_PERMITTED]" in shared.bad("shares", "renew", "--store", "mk.keystore", "--copy", "newer")


def test_a_share_of_earlier_pages_is_named(shared: Desk) -> None:
    shared.good("shares", "make", "--store", "rs.keystore", "--copy", "locked", "--out", "new pages")
    words = shared.bad("shares", "combine", "--copy", "locked", "--store", "again.keystore", *PAGES)
    assert "share-1.txt: share 1 belongs to another set" in words
    assert "[SHARE_REJECTED]" in words


def test_a_wrong_page_is_named_with_its_line(shared: Desk) -> None:
    page = shared.path("pages/share-3.txt")
    page.write_text(page.read_text().replace("5. ", "5. 0", 1))
    words = shared.bad("shares", "combine", "--copy", "locked", "--store", "again.keystore", *PAGES)
    assert "share-3.txt: line 5 is mistyped" in words
    assert not shared.path("again.keystore").exists()


def test_one_page_is_not_enough(shared: Desk) -> None:
    words = shared.bad("shares", "combine", "--copy", "locked", "--store", "again.keystore", *PAGES[:2])
    assert "[QUORUM]" in words


def test_nothing_is_overwritten(shared: Desk) -> None:
    again = ("shares", "make", "--store", "rs.keystore", "--copy", "locked", "--out", "pages")
    assert "[FILE_EXISTS]" in shared.bad(*again)
    assert "[FILE_EXISTS]" in shared.bad("shares", "combine", "--copy", "locked", "--store", "rs.keystore", *PAGES)


def lines(page: Path) -> list[str]:
    found = [line.partition(". ")[2] for line in page.read_text().splitlines() if line[1:3] == ". "]
    assert len(found) == 8
    assert PASSPHRASE not in page.read_text()
    return found
