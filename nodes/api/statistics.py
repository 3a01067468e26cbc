"""The yearly figures of Article 18 over the API, as JSON or as CSV."""

from typing import Any, Final

from aiohttp import web

from nodes.api.problems import HEADERS, Refusing, bad_request, respond
from nodes.api.route import Param, Raw, get
from nodes.casework.statistics_book import StatisticsBook
from nodes.casework.statistics_rows import report_csv, report_document

BOOK: Final = web.AppKey("statistics", StatisticsBook)
_FIRST, _LAST = 2000, 2999


async def report(request: web.Request) -> web.Response:
    """Return the report of ``year``; with ``as=csv`` as a table that a spreadsheet opens."""
    year, form = request.query.get("year", ""), request.query.get("as", "json")
    known = year.isascii() and year.isdigit() and len(year) == len(str(_FIRST))
    if not known or not _FIRST <= int(year) <= _LAST:
        raise Refusing(bad_request("year is a calendar year, such as 2026"))
    if form not in ("json", "csv"):
        raise Refusing(bad_request("as is json or csv"))
    found = await request.app[BOOK].report(int(year))
    if form == "json":
        return respond(report_document(found))
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="article-18-{year}.csv"'}
    return web.Response(text=report_csv(found), content_type="text/csv", charset="utf-8", headers=headers)


ROUTES: Final = (
    get(
        "/statistics",
        report,
        (dict[str, Any], Raw("text/csv", "the same as a table")),
        Param("year", "A calendar year, such as 2026.", required=True),
        Param("as", "The form; JSON if left out.", ("json", "csv")),
    ),
)
