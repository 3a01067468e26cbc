"""One spelling for a word in either script, with and without marks."""

import pytest

from nodes.gateway.words import MAX_TOKENS, normalise, query_tokens, tokens, tokens_of


@pytest.mark.parametrize("word", ["Ђорђевић", "Đorđević", "Djordjević", "DJORDJEVIC", "Dordevic", "ĐORĐEVIĆ"])
def test_a_name_is_one_word_in_every_spelling(word: str) -> None:
    assert normalise(word) == "dordevic"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Његош", "Njegoš"),
        ("Љиљана", "Ljiljana"),
        ("Џафер", "Džafer"),
        ("Ѓорѓи", "Gjorgji"),
        ("Ќириќ", "Kjirikj"),
        ("Ѕвезда", "Dzvezda"),
        ("Ëngjëll", "engjell"),
        ("Çelik", "CELIK"),
        ("Straße", "STRASSE"),
        ("Søren", "soren"),
    ],
)
def test_letters_of_the_region_meet(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_plates_and_numbers_are_found_in_one_piece() -> None:
    assert "vr123zc" in tokens("VR 123-ŽĆ")
    assert "sk1234ab" in tokens("seen near SK-1234-AB yesterday evening")
    assert "381641234567" in tokens("call +381 64 123 4567 in the evening")
    assert query_tokens("SK-1234-AB") == {"sk1234ab"}
    assert query_tokens("+381 64 1234567") == {"381641234567"}
    assert query_tokens("  Marko   Petrović ") == {"marko", "petrovic"}
    assert query_tokens(" - ") == frozenset()


def test_only_words_and_numbers_count_and_not_without_end() -> None:
    assert tokens_of(["Ohrid", 2024, True, None, b"raw", {}, []]) == {"ohrid", "2024"}
    assert len(tokens_of([f"word{n}" for n in range(MAX_TOKENS + 50)])) == MAX_TOKENS
    assert max(len(each) for each in tokens("x" * 500)) == 64
