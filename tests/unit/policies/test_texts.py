import pytest

from policies.errors import PolicyError
from policies.texts import COMPLETE, PLACEHOLDER, Text, load_texts, parse_texts, text_language
from tests.simulators.policies import shipped_texts

ENGLISH = b"""
language: en
article: Art.
laws: {PCC: Police Convention}
words: {expired: has expired}
texts:
  engine.unknown-text: {sentence: "{rule} says no.", remedy: Ask.}
"""


def test_a_file_holds_the_words_of_one_language() -> None:
    texts = parse_texts("texts/en.yaml", ENGLISH)
    assert texts.language == "en"
    assert texts.texts == {"engine.unknown-text": Text("{rule} says no.", "Ask.")}


def test_texts_load_by_their_language_and_other_files_are_left_alone() -> None:
    german = ENGLISH.replace(b"language: en", b"language: de")
    library = load_texts({"a/texts/en.yaml": ENGLISH, "texts/de.yaml": german, "texts/notes.txt": b"", "en.yaml": b"%"})
    assert sorted(library) == ["de", "en"]


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"texts/de.yaml": ENGLISH}, "The file is in `en`."),
        ({}, "English texts with `engine.unknown-text` are missing."),
        (
            {"texts/en.yaml": ENGLISH.replace(b"engine.", b"other.")},
            "English texts with `engine.unknown-text` are missing.",
        ),
        ({"texts/en.yaml": ENGLISH.replace(b"article: Art.", b"")}, "The key `article` is missing."),
    ],
)
def test_texts_that_could_not_answer_are_refused(files: dict[str, bytes], what: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_texts(files)
    assert caught.value.problems[0].what == what


def test_a_name_is_a_language_or_none() -> None:
    assert text_language("policies/texts/sr-Latn.yaml") == "sr-Latn"
    assert text_language("policies/sr-Latn.yaml") is None
    assert text_language("texts/en.yaml.bak") is None


@pytest.mark.parametrize("language", sorted(shipped_texts()))
def test_a_translation_names_the_same_values_as_the_english(language: str) -> None:
    english, texts = shipped_texts()["en"], shipped_texts()[language]
    for name, text in texts.texts.items():
        for part in ("sentence", "remedy"):
            named = sorted(PLACEHOLDER.findall(getattr(text, part)))
            assert named == sorted(PLACEHOLDER.findall(getattr(english.texts[name], part))), name


@pytest.mark.parametrize("language", [*COMPLETE, "sr-Cyrl", "bs", "mk", "sq"])
def test_a_shipped_language_has_no_gaps(language: str) -> None:
    english, texts = shipped_texts()["en"], shipped_texts()[language]
    assert texts.texts.keys() == english.texts.keys()
    assert texts.words.keys() == english.words.keys()
    assert texts.laws.keys() == english.laws.keys()
