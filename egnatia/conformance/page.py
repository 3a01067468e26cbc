"""The table of docs/conformance.md, rendered from the kinds: ``python -m egnatia.conformance.page`` writes it."""

from pathlib import Path
from typing import Final

from egnatia.conformance.kinds import KINDS

PAGE: Final = Path(__file__).parents[2] / "docs" / "conformance.md"
_BEGIN: Final = "<!-- kinds -->\n"
_END: Final = "<!-- end kinds -->"


def kinds_table() -> str:
    """Return the table of every kind with its fields."""
    rows = ["| kind | field | value | stands | meaning |", "|---|---|---|---|---|"]
    for kind in KINDS.values():
        rows.append(f"| **{kind.name}** | | | | {kind.about} |")
        rows += [f"| | {name} | {f.shape} | {f.times} | {f.meaning} |" for name, f in kind.fields.items()]
    return "\n".join(rows)


def render(page: str) -> str:
    """Return the page with its table in place; text outside the marks stays as it is."""
    before, _, rest = page.partition(_BEGIN)
    return f"{before}{_BEGIN}{kinds_table()}\n{_END}{rest.partition(_END)[2]}"


def main() -> None:
    """Write the table into the page."""
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
