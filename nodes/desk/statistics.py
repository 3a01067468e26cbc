"""The yearly figures of Article 18: tables, a chart with the same figures, and a file for a spreadsheet."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from nodes.casework.statistics import KEYS, UNKNOWN, By, Report, Scope, Table, Urgency
from nodes.casework.statistics_rows import report_csv
from nodes.desk.bar_picture import Chart, bars_of
from nodes.desk.code_words import CodeWords
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.people.roles import Permission

_OFFERED: Final = 5
_FIRST, _LAST = 2000, 2999
_MONTHS: Final = 12
_ARTICLES: Final = {table: f"D977 18(2)({letter})" for table, letter in zip(Table, "abcd", strict=True)}
WORDS: Final[Mapping[str, str]] = {
    By.CONTACT_POINT: sentence("by the contact point"),
    By.AUTHORITY: sentence("by an authority itself"),
    Urgency.URGENT: sentence("urgent"),
    Urgency.NOT_URGENT: sentence("not urgent"),
    Scope.FULL: sentence("the whole request"),
    Scope.PART: sentence("part of it"),
}


async def index(visit: Visit) -> web.StreamResponse:
    """Show the report of a year; the year before this one is what is reported by 1 March."""
    this = _this_year(visit)
    year = _year(visit.request.query.get("year", str(this)))
    if year is None:
        return visit.missing()
    counted = await visit.desk.reports.find(year)
    if counted is None:
        return visit.page("statistics_counted.html", year=year)
    report = counted.report
    return visit.page(
        "statistics.html",
        report=report,
        counted=counted,
        articles=_ARTICLES,
        years=sorted({*range(this - _OFFERED + 1, this + 1), year}, reverse=True),
        running=year >= this,
        chart=_chart(report),
        code=CodeWords(visit),
        words=WORDS,
        unknown=UNKNOWN,
        notes=_states(report),
    )


async def file(visit: Visit) -> web.StreamResponse:
    """Give the figures of the page as CSV; the page itself while they are counted for the first time."""
    year = _year(visit.request.match_info["year"])
    if year is None:
        return visit.missing()
    counted = await visit.desk.reports.find(year)
    if counted is None:
        return visit.page("statistics_counted.html", year=year)
    headers = {"Content-Disposition": f'attachment; filename="article-18-{year}.csv"'}
    return web.Response(text=report_csv(counted.report), content_type="text/csv", charset="utf-8", headers=headers)


def _this_year(visit: Visit) -> int:
    now, zone = visit.desk.now(), visit.desk.local().zone
    return datetime.fromtimestamp(now + zone.offset(now), UTC).year


def _year(text: str) -> int | None:
    good = text.isascii() and text.isdigit() and len(text) == len(str(_FIRST)) and _FIRST <= int(text) <= _LAST
    return int(text) if good else None


def _states(report: Report) -> list[str]:
    """Return every country that the report names."""
    keys = [(KEYS[table].index("state"), report.tables[table]) for table in Table]
    return sorted({row.keys[at] for at, rows in keys for row in rows} - {UNKNOWN})


def _chart(report: Report) -> Chart:
    """Return the requests submitted in each month."""
    months = [0] * _MONTHS
    for row in report.tables[Table.SUBMITTED]:
        months[int(row.keys[0][-2:]) - 1] += row.figures[0]
    return bars_of([(str(month), figure) for month, figure in enumerate(months, 1)])


PAGES: Final = (
    Page("GET", "/statistics", Permission.SEE_STATISTICS, index),
    Page("GET", "/statistics/{year}/file", Permission.SEE_STATISTICS, file),
)
