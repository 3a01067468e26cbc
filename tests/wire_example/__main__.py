"""``python -m tests.wire_example``: write the worked example anew; ``--fresh`` also makes its random values anew."""

import sys
from pathlib import Path

from tests.wire_example.book import FILE, as_json, stored_values
from tests.wire_example.build import build
from tests.wire_example.page import render

PAGE = Path(__file__).parents[2] / "docs" / "wire" / "example.md"


def main() -> None:
    fresh = "--fresh" in sys.argv[1:]
    book = build({} if fresh else stored_values(), fresh=fresh)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(as_json(book), encoding="utf-8")
    PAGE.write_text(render(book), encoding="utf-8")


if __name__ == "__main__":
    main()
