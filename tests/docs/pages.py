"""The pages of docs/wire.md as the tests read them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NAMES = ("wire.md", "wire/directory.md", "wire/verbs.md", "wire/codes.md", "wire/keystore.md")
PAGES = tuple(ROOT / "docs" / each for each in _NAMES)
EXAMPLE = ROOT / "docs" / "wire" / "example.md"
HEADING = re.compile(r'^(?:<a id="s([0-9.]+)"></a>\n)?#{2,3} ([0-9]+(?:\.[0-9]+)*)\.? ', re.MULTILINE)


def text_of_pages() -> str:
    return "\n".join(each.read_text(encoding="utf-8") for each in PAGES)


def cddl() -> str:
    return "\n".join(re.findall(r"```cddl\n(.*?)```", text_of_pages(), re.DOTALL))


def sections() -> list[tuple[str, str]]:
    """Return anchor and number of every numbered heading."""
    return HEADING.findall(text_of_pages())
