"""Which passphrases are taken, and that what is kept of them is Argon2id."""

import pytest

from nodes.people import refusals
from nodes.people.passphrases import LONGEST, WORK, Work, digest, refuse_passphrase, verify
from nodes.people.refusals import NotDone

CHEAP = Work(8, 1, 1)
NAMES = ("Ana Petrova-Kim", "a.petrova")


@pytest.mark.parametrize(
    ("passphrase", "refused"),
    [
        ("purple kettle seven rivers", None),
        ("четири речи без врска", None),
        ("katër fjalë pa lidhje", None),
        ("kettle river", None),
        ("kettle rive", refusals.TOO_SHORT),
        ("", refusals.TOO_SHORT),
        ("x" * (LONGEST + 1), refusals.TOO_LONG),
        ("passwordpassword", refusals.TOO_COMMON),
        ("Password123456!", refusals.TOO_COMMON),
        ("lozinka lozinka", refusals.TOO_COMMON),
        ("лозинка лозинка", refusals.TOO_COMMON),
        ("qwertyqwerty", refusals.TOO_COMMON),
        ("aaaaaaaaaaaaaaaa", refusals.TOO_COMMON),
        ("             ", refusals.TOO_COMMON),
        ("anapetrova2026", refusals.OWN_NAME),
        ("ANA Petrova kim!", refusals.OWN_NAME),
        ("Ана Петрова 1990", refusals.OWN_NAME),
        ("petrova likes purple kettles", None),
    ],
)
def test_what_anybody_would_try_first_is_refused(passphrase: str, refused: NotDone | None) -> None:
    assert refuse_passphrase(passphrase, NAMES) == refused


def test_what_is_kept_tells_its_own_cost_and_opens_for_the_right_one() -> None:
    kept = digest("purple kettle", b"s" * 16, CHEAP)
    assert kept.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert verify("purple kettle", kept)
    assert not verify("purple kettl", kept)
    assert digest("purple kettle", b"t" * 16, CHEAP) != kept
    assert not verify("x" * 10_000, kept)


def test_a_letter_with_a_mark_is_one_letter_however_it_is_typed() -> None:
    assert verify("caf\u0065\u0301 seven rivers", digest("caf\u00e9 seven rivers", b"s" * 16, CHEAP))


def test_the_cost_is_the_recommended_one() -> None:
    assert (WORK.memory, WORK.passes, WORK.lanes) == (65_536, 3, 4)
