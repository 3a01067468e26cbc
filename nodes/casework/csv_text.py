"""Tables as CSV that a spreadsheet opens as text: no cell can act as a formula. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, and the wide forms that some turn into it."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """Return the table with CRLF line ends, every text quoted and harmless (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for row in (columns, *rows):
        writer.writerow([harmless(each) if isinstance(each, str) else each for each in row])
    return out.getvalue()


def harmless(text: str) -> str:
    """Return a cell's text with a mark before it where it would be taken for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
