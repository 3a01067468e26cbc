"""Sections of docs/wire.md keep their numbers, code cites only sections that exist, and every wire module cites one."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, sections, text_of_pages

CITED = re.compile(r"docs/wire\.md section (\d+(?:\.\d+)*)((?:(?:, | and )\d+(?:\.\d+)*)*)")
ROOMS = ("protocol", "keys", "policies", "hub", "nodes", "runtime", "egnatia")
NO_BYTES = {"__init__.py", "ports.py", "stages.py"}  # nothing of these is written anywhere
FIRST = (
    *("1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8"),
    *("3.9", "3.10", "3.11", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "5.1", "5.2", "5.3", "5.4", "5.5", "5.6"),
    *(f"6.{number}" for number in range(1, 19)),
    *("7.1", "7.2", "8.1", "8.2", "8.3", "8.4", "9.1", "10.1", "13.1", "13.2", "13.3"),
    *(str(number) for number in range(1, 16)),
)  # numbers once given; a section may be added, none may go or be given to something else


def python_files() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def citations(text: str) -> list[str]:
    return [each for first, rest in CITED.findall(text) for each in (first, *re.findall(r"[\d.]+", rest))]


def test_numbers_are_unique_and_none_was_dropped() -> None:
    numbers = [number for _, number in sections()]
    assert len(set(numbers)) == len(numbers)
    assert set(FIRST) <= set(numbers)


def test_every_section_has_its_anchor() -> None:
    assert [number for anchor, number in sections() if anchor != number] == []


def test_code_cites_sections_that_exist() -> None:
    known = {number for _, number in sections()}
    found = {path: citations(path.read_text(encoding="utf-8")) for path in python_files()}
    assert not {str(path): each for path, cited in found.items() for each in cited if each not in known}
    assert sum(map(len, found.values())) > 50


def test_every_wire_module_cites_its_section() -> None:
    modules = [path for path in (ROOT / "protocol").glob("*.py") if path.name not in NO_BYTES]
    silent = [path.name for path in modules if not citations(ast.get_docstring(ast.parse(path.read_text())) or "")]
    assert not silent


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_sections_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    anchors = set(re.findall(r'<a id="([^"]+)">', text))
    assert not [each for each in re.findall(r"\]\(#([^)]+)\)", text) if each not in anchors]
    files = [each.partition("#")[0] for each in re.findall(r"\]\((?!#|https?:)([^)]+)\)", text)]
    assert not [each for each in files if not (page.parent / each).exists()]


def test_sections_named_in_the_text_exist() -> None:
    known = {number for _, number in sections()}
    named = re.findall(
        r"[Ss]ections? (\d+(?:\.\d+)*)(?! of RFC)", re.sub(r"RFC\s+\d+\s+sections?", "", text_of_pages())
    )
    own = [each for each in named if each.count(".") <= 1]
    assert not [each for each in own if each not in known]
