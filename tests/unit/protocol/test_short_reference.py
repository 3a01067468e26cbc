"""A reference survives being read out, and a slip is noticed."""

import pytest

from protocol.errors import Code
from protocol.fields import Row
from protocol.short_reference import (
    ALPHABET,
    PATH,
    find_reference,
    looks_like_reference,
    new_reference,
    parse_reference,
    read_reference,
)
from tests.simulators.party import CountingEntropy
from tests.simulators.refusal import refused

REFERENCE = new_reference(CountingEntropy())


def test_it_is_written_in_three_groups_of_an_alphabet_without_lookalikes() -> None:
    groups = REFERENCE.split("-")
    assert [len(each) for each in groups] == [4, 4, 4]
    assert set("".join(groups)) <= set(ALPHABET)
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert not PATH.startswith("/")


def test_the_same_entropy_gives_the_same_reference_and_other_entropy_another() -> None:
    assert new_reference(CountingEntropy()) == REFERENCE
    assert len({new_reference(CountingEntropy(str(seed))) for seed in range(300)}) == 300


def test_the_largest_and_the_smallest_fit() -> None:
    for byte in (0, 255):
        made = new_reference(lambda size, byte=byte: bytes((byte,)) * size)  # type: ignore[misc]
        assert read_reference(made) == made
        assert len(made) == 14


def test_the_check_symbols_are_those_of_the_page() -> None:
    """Fixed by hand: the number is 0 and then 1, and 1024 + 1019 is twice 1021 and 1."""
    assert read_reference("0000-0000-0001") == "0000-0000-0001"
    assert read_reference("0000-0000-01ZV") == "0000-0000-01ZV"


@pytest.mark.parametrize(
    "typed",
    [
        REFERENCE.lower(),
        REFERENCE.replace("-", ""),
        REFERENCE.replace("-", " "),
        f" {REFERENCE} ",
        REFERENCE.replace("-", "\u2011"),
        REFERENCE.replace("0", "o").replace("1", "l"),
        REFERENCE.replace("1", "I"),
    ],
)
def test_it_is_understood_as_people_type_it(typed: str) -> None:
    assert read_reference(typed) == REFERENCE
    if typed != REFERENCE:
        with refused(Code.MALFORMED):
            parse_reference(typed)


def test_what_a_peer_wrote_is_taken_in_one_form_only() -> None:
    assert parse_reference(REFERENCE) == REFERENCE


def test_a_row_that_is_there_holds_a_reference() -> None:
    other = Row(bytes(16), "/plate", None)
    assert find_reference([other]) is None
    assert find_reference([other, Row(bytes(16), PATH, REFERENCE)]) == REFERENCE
    for value in (None, 0, "", True, {}, b"x", REFERENCE.lower()):
        with refused(Code.MALFORMED):
            find_reference([other, Row(bytes(16), PATH, value)])


@pytest.mark.parametrize("typed", ["", "0000", REFERENCE[:-1], REFERENCE + "0", "U" + REFERENCE[1:], "ж" * 12])
def test_what_is_no_reference_is_refused(typed: str) -> None:
    with refused(Code.MALFORMED):
        read_reference(typed)


def test_every_single_wrong_symbol_is_noticed() -> None:
    plain = REFERENCE.replace("-", "")
    for at in range(12):
        for other in set(ALPHABET) - {plain[at]}:
            with refused(Code.MALFORMED):
                read_reference(plain[:at] + other + plain[at + 1 :])


def test_every_exchange_of_two_symbols_is_noticed() -> None:
    plain = REFERENCE.replace("-", "")
    pairs = [(a, b) for a in range(12) for b in range(a + 1, 12) if plain[a] != plain[b]]
    for a, b in pairs:
        swapped = list(plain)
        swapped[a], swapped[b] = plain[b], plain[a]
        with refused(Code.MALFORMED):
            read_reference("".join(swapped))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (REFERENCE, True),
        (REFERENCE[:-1], True),
        (REFERENCE.lower().replace("-", " "), True),
        ("a1b2c3d4e5f6", False),
        ("a" * 64, False),
        ("-", False),
    ],
)
def test_a_person_who_means_a_reference_is_understood(typed: str, meant: bool) -> None:
    assert looks_like_reference(typed) is meant
