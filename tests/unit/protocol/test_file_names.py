"""Names of attachments; the refused ones stand in tests/attacks, number 50."""

import sys
import unicodedata
from pathlib import Path

import pytest

from protocol.errors import Code
from protocol.file_names import _HIDDEN, check_name
from protocol.limits import MAX_FILE_NAME
from tests.simulators.refusal import refused


@pytest.mark.parametrize(
    "name", ["a", "report (1).pdf", "Записник.docx", "x" * MAX_FILE_NAME, "console.log", "com10.txt"]
)
def test_plain_names_are_taken(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name", ["", "x" * (MAX_FILE_NAME + 1), "a/b", "a\x00", "x\u202ey", " a", "a.", "e\u0301", "nul.txt", "\ud800"]
)
def test_others_are_refused_whole(name: str) -> None:
    with refused(Code.NAME_REJECTED):
        check_name(name)


SHOWN = (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13460))
"""Format characters that are seen: number signs and what joins hieroglyphs."""


def test_no_control_or_invisible_character_passes() -> None:
    unseen = ("Cc", "Cf", "Cs", "Zl", "Zp")
    points = [point for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) in unseen]
    for point in points:
        if point not in SHOWN:
            with refused(Code.NAME_REJECTED):
                check_name(f"a{chr(point)}b")


def test_the_page_names_the_same_characters() -> None:
    text = (Path(__file__).parents[3] / "docs" / "wire.md").read_text(encoding="utf-8")
    told = text.partition("noncharacters): ")[2].partition(". What stands")[0]
    ranges = [f"{a:04X}" if a == b else f"{a:04X}-{b:04X}" for a, b in _HIDDEN]
    assert told.replace("\n", " ").split(", ") == ranges
