"""Shares as people write them: every single slip in a line is noticed, and the line is named."""

from collections.abc import Iterator

import pytest

from keys.share_text import ALPHABET, read_line, read_share, share_lines, share_page, share_text
from keys.shares import Share, split
from protocol.errors import Code, Fault
from tests.simulators.party import CountingEntropy
from tests.simulators.refusal import refused

SHARE = split(bytes(range(32)), 2, 3, CountingEntropy())[1]
LINES = share_lines(SHARE)


def detail(text: str) -> str:
    with pytest.raises(Fault) as found:
        read_share(text)
    assert found.value.code is Code.SHARE_REJECTED
    return found.value.detail


def test_a_share_reads_back_from_its_lines() -> None:
    assert read_share("\n".join(LINES)) == SHARE
    assert read_share("\n\n".join(line.partition(". ")[2].lower().replace(" ", "-") for line in LINES)) == SHARE


def test_every_share_reads_back() -> None:
    for number in range(40):
        for share in split(CountingEntropy(str(number))(32), 2, 16, CountingEntropy(f"set {number}")):
            assert read_share("\n".join(share_lines(share))) == share


def test_letters_that_look_like_digits_are_forgiven() -> None:
    zeros = Share(bytes(4), 2, 2, 1, bytes(32))
    text = "\n".join(share_lines(zeros)).replace("0", "O").replace(" 1", " I")
    assert read_share(text) == zeros


@pytest.mark.parametrize("at", range(8))
def test_every_single_wrong_character_is_noticed_and_its_line_named(at: int) -> None:
    body = LINES[at].partition(". ")[2].replace(" ", "")
    for place, right in enumerate(body):
        for wrong in ALPHABET.replace(right, ""):
            with pytest.raises(Fault, match=f"line {at + 1} is mistyped"):
                read_line(at, body[:place] + wrong + body[place + 1 :])


def swapped_neighbours() -> Iterator[tuple[int, str]]:
    """Every way to swap two different neighbours in the lines of two hundred shares."""
    shares = [split(CountingEntropy(str(n))(32), 2, 2, CountingEntropy(f"set {n}"))[0] for n in range(200)]
    for at, line in (each for share in shares for each in enumerate(share_lines(share))):
        body = line.partition(". ")[2].replace(" ", "")
        for place in range(len(body) - 1):
            if body[place] != body[place + 1]:
                yield at, body[:place] + body[place + 1] + body[place] + body[place + 2 :]


def test_every_pair_of_swapped_neighbours_is_noticed() -> None:
    for at, swapped in swapped_neighbours():
        with refused(Code.SHARE_REJECTED):
            read_line(at, swapped)


def test_a_line_in_anothers_place_is_named() -> None:
    swapped = [LINES[0], LINES[2], LINES[1], *LINES[3:]]
    assert detail("\n".join(swapped)) == "line 3 stands in the place of line 2"
    bare = [line.partition(". ")[2] for line in swapped]
    assert detail("\n".join(bare)) == "line 2 is mistyped"


@pytest.mark.parametrize("line", ["", "ABCD EFGH", "1. ABCD EFGH JKM", "????????", "1. ????????? ?"])
def test_what_is_no_line_is_refused(line: str) -> None:
    with refused(Code.SHARE_REJECTED):
        read_line(0, line)


def test_too_few_and_too_many_lines_are_said() -> None:
    assert "8 lines, not 7" in detail("\n".join(LINES[:7]))
    assert "8 lines, not 9" in detail("\n".join((*LINES, LINES[0])))


@pytest.mark.parametrize(
    "share",
    [
        Share(b"abcd", 1, 3, 1, bytes(32)),
        Share(b"abcd", 3, 2, 1, bytes(32)),
        Share(b"abcd", 2, 17, 1, bytes(32)),
        Share(b"abcd", 2, 3, 0, bytes(32)),
        Share(b"abcd", 2, 3, 4, bytes(32)),
    ],
)
def test_numbers_that_no_share_has_are_refused(share: Share) -> None:
    assert detail("\n".join(share_lines(share))) == "not a share of this version"


def test_another_version_is_refused() -> None:
    from unittest.mock import patch

    with patch("keys.share_text._VERSION", 2):
        other = share_lines(SHARE)
    assert detail("\n".join(other)) == "not a share of this version"


def test_pages_hold_the_lines_and_load_nothing() -> None:
    page, text = share_page(SHARE, "Keystore of <nada>"), share_text(SHARE, "Keystore of nada")
    assert all(line in page and line in text for line in LINES)
    assert "&lt;nada&gt;" in page
    assert "http" not in page
    assert "share 2 of 3, 2 needed" in text
