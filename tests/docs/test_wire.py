"""docs/wire.md repeats the code's tables word for word, and its domain table is complete."""

from pathlib import Path

from egnatia.wire_tables import MARKS, render
from protocol.domains import SIGNED
from protocol.errors import Code

PAGE = Path(__file__).parents[2] / "docs" / "wire.md"


def test_generated_tables_are_current() -> None:
    text = PAGE.read_text()
    assert all(f"<!-- end {mark} -->" in text for mark in MARKS)
    assert render(text) == text, "run `make docs`"


def test_a_stale_table_is_noticed() -> None:
    text = PAGE.read_text().replace("`QUOTA` | 429", "`QUOTA` | 400")
    assert render(text) != text


def test_domains_and_codes_are_all_named() -> None:
    text = PAGE.read_text()
    for domain in SIGNED:
        assert f"| `{domain}` |" in text
    for code in Code:
        assert f"| `{code}` |" in text
