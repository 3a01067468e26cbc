"""The catalogues: every sentence of the desk in every language, its places filled alike, none too long."""

import re

import pytest

from nodes.desk.texts import DERIVED, LANGUAGES, SOURCE, Speech, Texts, derive, load_texts, parse_speech, plural_form
from tests.make_texts import LOCALE, Id, extract, read

TRANSLATED = [language for language in LANGUAGES if language not in DERIVED and language != SOURCE]
PLACE = re.compile(r"%\((\w+)\)s")
BUTTON_LETTERS = 24  # an English text up to this long may stand on a button or in a menu
BUTTON = 18  # letters that fit in any case
LONGER = 3.0  # times as long as that, and the layout breaks


@pytest.fixture(scope="module")
def found() -> dict[Id, list[str]]:
    return extract()


@pytest.fixture(scope="module")
def texts() -> Texts:
    return load_texts()


def glossary_of(language: str) -> str:
    return (LOCALE / language / "glossary.md").read_text(encoding="utf-8")


def english(id_: Id) -> str:
    return id_ if isinstance(id_, str) else id_[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_missing(language: str, found: dict[Id, list[str]], texts: Texts) -> None:
    words = texts.speech(language).words
    missing = {} if language == SOURCE else {id_: at for id_, at in found.items() if ("", english(id_)) not in words}
    assert missing == {}, "run `make texts` and translate what is empty"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_stands_there_that_nobody_says(language: str, found: dict[Id, list[str]]) -> None:
    said = {english(id_) for id_ in found}
    kept = {english(message.id) for message in read(language) if message.id}
    assert kept - said == set(), "run `make texts`"


@pytest.mark.parametrize("language", [*TRANSLATED, *DERIVED])
def test_a_translation_has_the_same_places(language: str, found: dict[Id, list[str]], texts: Texts) -> None:
    words = texts.speech(language).words
    for id_ in found:
        wanted = {name for each in ([id_] if isinstance(id_, str) else id_) for name in PLACE.findall(each)}
        for form in words.get(("", english(id_)), ()):
            assert set(PLACE.findall(form)) == wanted, (language, id_)
            form % dict.fromkeys(wanted, "x")


@pytest.mark.parametrize("language", [*TRANSLATED, *DERIVED])
def test_no_translation_breaks_a_button(language: str, texts: Texts) -> None:
    words = texts.speech(language).words
    short = {key[1]: forms[0] for key, forms in words.items() if len(key[1]) <= BUTTON_LETTERS and "%" not in key[1]}
    assert {english: said for english, said in short.items() if len(said) > max(BUTTON, LONGER * len(english))} == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_number_has_its_form(language: str, texts: Texts) -> None:
    forms = 3 if language in ("sr-Latn", "bs") else 2
    assert {plural_form(language, number) for number in range(130)} == set(range(forms))
    assert len(texts.speech(language).words["", "%(num)s day"]) == forms


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1 dan"), (2, "2 dana"), (11, "11 dana"), (12, "12 dana"), (21, "21 dan")]
)
def test_a_number_and_its_word(number: int, words: str, texts: Texts) -> None:
    assert texts.speech("sr-Latn").say_many("%(num)s day", "%(num)s days", number) == words


def test_serbian_in_cyrillic_holds_no_latin_word_that_was_not_reviewed(texts: Texts) -> None:
    reviewed = {"CSV", "Enter", "JSON", "OCSF", "PDF", "PIN", "QR", "TOTP", "a-f", "h", "j", "k", "m", "people", "x"}
    reviewed |= {"JPEG", "MiB", "PNG", "Python", "SHA-256", "WebP", "host", "port", "DNS", "IP", "TLS", "min", "true"}
    reviewed |= {"http", "https", "localhost", "desk", "police", "org", "example", "breaches"}
    reviewed |= {"apply", "corrections", "petrova", "RP-1", "RP-3", "RP-19", "RP-22", "RP-23"}
    said = " ".join(form for forms in texts.speech("sr-Cyrl").words.values() for form in forms)
    plain = re.sub(r"%\(\w+\)s|<[^>]*>|`[^`]*`|\[[a-z.]+\]|[a-z]+(?:_[a-z]+)+|name@organisation.example", "", said)
    assert set(re.findall(r"[A-Za-z][\w-]*", plain)) <= reviewed


def test_what_nobody_reviewed_is_a_draft(texts: Texts) -> None:
    assert not texts.speech("en").draft
    po = b'#, fuzzy\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr "d"\n\nmsgid "e"\nmsgstr ""\n'
    speech = parse_speech("mk", po)
    assert (speech.find("a"), speech.find("c"), speech.find("e")) == ("b", "d", "e")
    assert speech.drafts == {("", "a")}
    assert speech.draft
    assert not parse_speech("mk", b"").draft


def test_a_language_is_chosen_from_what_the_browser_accepts(texts: Texts) -> None:
    asked = {
        "mk": "mk",
        "sr": "sr-Latn",
        "sr-RS": "sr-Latn",
        "sr-Cyrl-RS": "sr-Cyrl",
        "hr-HR,en;q=0.5": "bs",
        "de,sq;q=0.8": "sq",
        "en-GB": "en",
        "": "en",
        "xx," * 50: "en",
    }
    assert {accepted: texts.choose(accepted).language for accepted in asked} == asked
    assert texts.speech("xx").language == "en"


def test_a_sentence_without_a_translation_stays_english() -> None:
    speech = derive("sr-Cyrl", Speech("sr-Latn", {("", "Now"): ("Sada",)}), b"")
    assert (speech.say("Now"), speech.say("%(n)s then", {"n": 1})) == ("Сада", "1 then")
    assert speech.say_many("%(num)s cat", "%(num)s cats", 2) == "2 cats"


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_glossary_names_words_that_are_used_and_their_sources(language: str, texts: Texts) -> None:
    rows = [line.split("|")[1:-1] for line in glossary_of(language).splitlines() if line.startswith("| ")][1:]
    said = " ".join(form for forms in texts.speech(language).words.values() for form in forms).casefold()
    assert len(rows) >= 5
    for _, word, source in rows:
        assert source.strip()
        stems = [each[: max(4, len(each) - 3)] for each in word.strip().casefold().split()]
        assert all(stem in said for stem in stems), word
