"""The yearly report as one long table: a line for each figure, for a spreadsheet or a program. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from nodes.casework.csv_text import csv_text
from nodes.casework.statistics import ARTICLES, FIGURES, KEYS, Report, Table

_KEYS: Final = ("month", "state", "by", "urgency", "ground", "scope")
COLUMNS: Final = ("table", "article", *_KEYS, "figure", "number")


def report_document(report: Report) -> dict[str, Any]:
    """Return the report as a JSON object."""
    return {
        "year": report.year,
        "digest": report.digest.hex(),
        "tables": [
            {
                "table": table.value,
                "article": ARTICLES[table],
                "rows": [
                    dict(zip(KEYS[table], row.keys, strict=True)) | dict(zip(FIGURES[table], row.figures, strict=True))
                    for row in report.tables[table]
                ],
            }
            for table in Table
        ],
    }


def report_csv(report: Report) -> str:
    """Return the report as CSV that no spreadsheet takes for formulas."""
    return csv_of(report_document(report))


def csv_of(document: Mapping[str, Any]) -> str:
    """Return a report that came as a JSON object as CSV."""
    return csv_text(COLUMNS, _lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    for each in document["tables"]:
        for row in each["rows"]:
            for name in FIGURES[Table(each["table"])]:
                yield (each["table"], each["article"], *(row.get(key, "") for key in _KEYS), name, row[name])
