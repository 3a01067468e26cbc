"""Collects the English sentences of the desk and brings the catalogues up to date: ``python -m tests.make_texts``.

Translations stay, new sentences come in empty, sentences that are gone go. ``extract`` is what the tests compare with.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract as extract_template
from babel.messages.pofile import read_po, write_po

from nodes.desk.texts import DERIVED, LANGUAGES, SOURCE
from nodes.gateway.alarm_words import USUAL, alarm_words

ROOT: Final = Path(__file__).parents[1]
LOCALE: Final = ROOT / "nodes" / "desk" / "locale"
TEMPLATES: Final = ROOT / "nodes" / "desk" / "templates"
PLURALS: Final[Mapping[str, str]] = {
    "sr-Latn": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "bs": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "mk": "nplurals=2; plural=(n%10==1 && n%100!=11 ? 0 : 1);",
    "sq": "nplurals=2; plural=(n != 1);",
}
SAID: Final[Mapping[str, tuple[int, ...]]] = {"sentence": (0,), "text": (0,), "say": (0,)}
"""Calls of the desk whose arguments are English sentences, by the name of what is called, and which those are."""
REFUSALS: Final[Mapping[str, tuple[int, ...]]] = {
    "Denied": (1, 2),
    "NotDone": (1, 2),
    "NotYours": (0, 2),
}
"""The same for refusals, which stand in the rooms below the desk."""
PLURAL: Final = frozenset({"say_many"})
SOURCES: Final = ("nodes/desk/**/*.py", "nodes/people/*.py", "nodes/casework/*.py")

Id = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One sentence and where it stands."""

    id: Id
    place: str


def extract() -> dict[Id, list[str]]:
    """Return every sentence of the desk with the files it stands in."""
    found: dict[Id, list[str]] = {}
    for each in (*_of_templates(), *_of_code(), *_of_alarms()):
        places = found.setdefault(each.id, [])
        if each.place not in places:
            places.append(each.place)
    return found


def _of_alarms() -> Iterator[Found]:
    """Yield what alarms mean and what to do about them, which programs without a desk say too."""
    for code in USUAL:
        for each in alarm_words(code):
            yield Found(each, "alarm_words")


def _of_templates() -> Iterator[Found]:
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
    options = {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    options["extensions"] = "jinja2.ext.do"
    for path in sorted(TEMPLATES.glob("**/*.html")):
        with path.open("rb") as file:
            for _, message, _, _ in extract_template("jinja2.ext:babel_extract", file, keywords, options=options):
                yield Found(message, f"templates/{path.name}")


def _of_code() -> Iterator[Found]:
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        place = path.relative_to(ROOT / "nodes").as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from (
                    Found(id_, place) for id_ in _of_call(node, {**REFUSALS, **(SAID if "desk/" in place else {})})
                )


def _of_call(node: ast.Call, calls: Mapping[str, tuple[int, ...]]) -> Iterator[Id]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    texts = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
    if name in PLURAL and len(texts) > 1 and isinstance(texts[0], str) and isinstance(texts[1], str):
        yield texts[0], texts[1]
    for at in calls.get(name, ()):
        text = texts[at] if at < len(texts) else None
        if isinstance(text, str) and text:
            yield text


def read(language: str) -> Catalog:
    """Return the catalogue of a language as it stands."""
    path = LOCALE / language / "desk.po"
    return read_po(BytesIO(path.read_bytes())) if path.exists() else Catalog()


def update(language: str, found: Mapping[Id, Iterable[str]]) -> bytes:
    """Return the catalogue of a language with exactly the sentences that were found."""
    old, new = read(language), Catalog(locale=language.replace("-", "_"), fuzzy=False)
    for id_ in sorted(found, key=lambda each: each if isinstance(each, str) else each[0]):
        before = old.get(id_ if isinstance(id_, str) else id_[0])
        forms = 1 if isinstance(id_, str) else int(PLURALS[language][9])
        empty = "" if isinstance(id_, str) else ("",) * forms
        string = before.string if before is not None and any(before.string or ()) else empty
        flags = before.flags - {"python-format"} if before is not None else set()
        new.add(id_, string, flags=flags, auto_comments=[", ".join(sorted(found[id_]))])
    raw = BytesIO()
    write_po(raw, new, width=0, omit_header=True, no_location=True)
    header = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    return f'{header}"Plural-Forms: {PLURALS[language]}\\n"\n\n'.encode() + raw.getvalue()


def main() -> None:
    """Write every catalogue anew."""
    found = extract()
    for language in LANGUAGES:
        if language in DERIVED or language == SOURCE:
            continue
        path = LOCALE / language / "desk.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(update(language, found))
        missing = sum(1 for each in read(language) if each.id and not any(each.string or ()))
        sys.stdout.write(f"{language}: {len(found)} sentences, {missing} without a translation\n")


if __name__ == "__main__":
    main()
