"""``python -m bench desk``: a node with a desk and 100 000 cases, measured from outside as a browser sees it.

Hub and nodes are processes of their own. Two of them first write to each other; what crosses the wire is counted. Then
the node's database is filled while it is stopped, and every page of the route table is visited.
"""

import contextlib
import gzip
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.desk_day import Days, Traffic, measure_days
from bench.desk_forms import Writer
from bench.desk_objects import places, question
from bench.desk_pages import Browser, NotShownError, Visited, worst
from bench.desk_town import Town, let_in, open_desk, people_of, town_of, window_of
from bench.many_cases import MARK, fill_node
from bench.place import PASSPHRASE, Place, found, join
from bench.report import Line
from bench.services import Memory, cpu_of, hub_of, memory_of, node_of
from bench.wire_count import counted_line
from nodes.desk.page import PUBLIC, SIGNED_IN, Page
from nodes.desk.routes import PAGES
from nodes.people.acting import PersonId
from nodes.people.roles import MAY, Permission, Role
from tests.simulators.node import MK, RS

CASES: Final = 100_000
_VISITS: Final = 40
_FEW: Final = 6  # of pages that need a form first, or read much at once
_EMPTY: Final = "/break-glass"  # a form and nothing else: what any page costs at least
_PAGE_S, _SEARCH_S = 0.150, 0.200
_PAGE_BYTES, _FIRST_BYTES = 100_000, 300_000
_MEMORY_MB, _SYNC = 200, 1.5
_QUIET_S: Final = 0.05  # of CPU in a second
_START_S: Final = 900.0
_NO_PAGES: Final = (
    "/wall/changes",
    "/changes",
    "/wall/changes",
    "/wall/{token}",
    "/paper/{id}",
    "/sign-in/passkey",
    "/account/passkey",
    "/",
    "/join/{token}/passkey",
    "/approvals/{number}",
)
_FILES: Final = (  # downloads, which may take what they take
    "/cases.csv",
    "/cases.json",
    "/statistics/{year}/file",
    "/messages/{id}/files/{name}",
)
_COUNTED: Final = "/statistics"
_FRESH: Final = "/account/passphrase"  # a page for the first minutes after a sign-in
_WAITING: Final = "/drafts/{id}/sent"  # a page that is there for half a minute
_STATIC: Final = re.compile(rb'(?:href|src)="(/static/[^"]+)"')


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was found."""

    pages: tuple[Visited, ...]
    lists: tuple[Visited, ...]
    search: Visited
    empty: Visited
    missed: tuple[str, ...]
    first: int
    memory: Memory
    days: Days


def measure_desk(folder: Path, cases: int = CASES) -> Figures:
    """Return the figures of a desk over so many cases."""
    place = found(folder)
    join(place, "node", RS, f"https://127.0.0.1:{place.ports.line}")
    join(place, "mk", MK, f"https://127.0.0.1:{place.ports.hub}")
    open_desk(place)
    with hub_of(place):
        days = live(place, cases)
        return look(place, days, cases)


def live(place: Place, cases: int) -> Days:
    """Let people join and two nodes write to each other for a while, then store many cases. No node runs afterwards."""
    line = counted_line(place.ports.line, place.ports.hub)
    with line as counted, node_of(place, "mk", place.ports.other):
        with node_of(place):
            town = town_of(place)
            let_in(town)
            people = people_of(town)
        print("two contact points write to each other ...", flush=True)
        days = measure_days(town, counted)
    print(f"{cases} cases are stored ...", flush=True)
    workers = [PersonId(people[each]) for each in ("case.officer", "duty.officer", "supervisor")]
    fill_node(place.folder / "node" / "node.toml", PASSPHRASE, workers, cases)
    return days


def look(place: Place, days: Days, cases: int) -> Figures:
    """Start the node again and visit its pages."""
    with counted_line(place.ports.line, place.ports.hub), node_of(place) as pid:
        print("pages are visited ...", flush=True)
        return _visit_all(town_of(place), pid, days, cases)


def _visit_all(town: Town, pid: int, days: Days, cases: int) -> Figures:
    _wait_until_quiet(pid)
    browsers = {role: Browser(town.origin, window_of(town, role).cookies, lambda: cpu_of(pid)) for role in Role}
    stranger = Browser(town.origin, "", lambda: cpu_of(pid))
    writer = Writer(town.origin, window_of(town, Role.CASE_OFFICER).cookies)
    empty = browsers[Role.CASE_OFFICER].visit(_EMPTY, [_EMPTY], _VISITS)
    pages, missed = list[Visited](), list[str]()
    officer = browsers[Role.CASE_OFFICER]
    lists = [officer.visit(name, [path], _VISITS) for name, path in _LISTS.items()]
    words = _words(cases)
    search = officer.visit("search", [f"/cases?show=all&q={each}" for each in words], len(words))
    for page, known in sorted(_visited(_places_of(town, writer)), key=lambda each: _turn(each[0])):
        role = _role_of(page)
        paths = [_ordered(writer)] if page.path == _WAITING else known
        browser = stranger if role is None else browsers[role]
        try:
            pages.append(browser.visit(page.path, paths, _FEW if page.path in _FILES else _VISITS))
        except (NotShownError, IndexError) as err:
            print(f"not visited: {page.path} ({err})", flush=True)
            missed.append(page.path)
    first = _first_load(officer)
    return Figures(tuple(pages), tuple(lists), search, empty, tuple(missed), first, memory_of(pid), days)


_LISTS: Final[Mapping[str, str]] = {
    "cases, everything": "/cases?show=all",
    "cases, due soonest first": "/cases?show=ours&order=due",
    "cases, far behind": "/cases?show=all&after=1000000000.50000",
    "cases of one partner": "/cases?show=all&partner=mk.ilecu",
    "cases, my own": "/cases?show=mine",
    "cases, urgent and in red lane": "/cases?show=ours&urgent=yes&lane=red",
}


def _words(cases: int) -> list[str]:
    """Return what is searched for: one plate of one case, words of every case, two words, other scripts, nothing."""
    plates = [f"XQ{number:06}" for number in range(cases // 200, cases, cases // 20)]
    return [
        *plates,
        MARK,
        "Ducato",
        "ducato+Fiat",
        "%D1%84%D0%B8%D0%B0%D1%82",
        "nowhere",
        "Ducato+nowhere",
        plates[3],
    ] * 2


def _wait_until_quiet(pid: int) -> None:
    """Return when the node has looked over its cases after the start."""
    end = time.monotonic() + _START_S
    spent = cpu_of(pid)
    while time.monotonic() < end:
        time.sleep(2)
        before, spent = spent, cpu_of(pid)
        if spent - before < 2 * _QUIET_S:
            return
    raise SystemExit("the node does not come to rest after its start")


def _role_of(page: Page) -> Role | None:
    if page.path.startswith("/wall"):
        return Role.CASE_OFFICER  # the screen's own link, or whoever may see alerts
    if page.permission is PUBLIC:
        return None
    if page.permission is SIGNED_IN:
        return Role.CASE_OFFICER
    able = [role for role in Role if Permission(page.permission) in MAY[role]]
    usual = (Role.CASE_OFFICER, Role.SUPERVISOR, *able)
    return next(role for role in usual if role in able)


def _visited(places: Mapping[str, Sequence[str]]) -> Iterator[tuple[Page, Sequence[str]]]:
    """Yield every page that a GET shows, with addresses: none where nobody knows what to put into its place."""
    for page in PAGES:
        if page.method != "GET" or page.path in _NO_PAGES:
            continue
        paths = places.get(page.path, () if "{" in page.path else (page.path,))
        yield page, paths


def _turn(page: Page) -> int:
    """Return when a page's turn is; yearly figures come last: they are counted beside whatever is looked at then."""
    return 2 if page.path.startswith(_COUNTED) else int(page.path != _FRESH)


def _places_of(town: Town, writer: Writer) -> Mapping[str, Sequence[str]]:
    """Return the addresses of pages with places in them: cases of all ages, messages that the node itself took."""
    cases, received, sent = _ids(town.place)
    people = people_of(town)
    others = (Writer(town.origin, window_of(town, each).cookies) for each in (Role.INVESTIGATOR, Role.DIRECTORY_EDITOR))
    invited = {
        "name": "Somebody New",
        "sign_in": f"new.{int(time.time())}",
        "roles": ["case-officer"],
        "why": "starts work",
    }
    link = str(town.belgrade.post("/accounts", invited).done()["link"]).removeprefix(town.origin)
    return {
        "/join/{token}": [link],
        "/cases/{id}": [f"/cases/{each}" for each in cases],
        **places(writer, *others, sent),
        _WAITING: [_WAITING],
        "/messages/{id}": [f"/messages/{each}" for each in (*received, *sent)],
        "/messages/{id}/print": [f"/messages/{each}/print" for each in received],
        "/messages/{id}/withdraw": [f"/messages/{each}/withdraw" for each in sent],
        "/people/{person}": [f"/people/{each}" for each in people.values()],
        "/directory/{node}": [f"/directory/{MK.node}", f"/directory/{RS.node}"],
        "/statistics/{year}/file": [f"/statistics/{time.gmtime().tm_year}/file"],
        "/log": ["/log?purpose=lawfulness", "/log?purpose=security"],
        "/messages/{id}/forward": [f"/messages/{each}/forward" for each in received],
        "/messages/{id}/proof": [f"/messages/{each}/proof" for each in received],
        "/cases/{id}/proof": [f"/cases/{each}/proof" for each in cases],
        "/proofs/{id}/save": [f"/proofs/{each}/save" for each in received],
        "/proofs/{id}": [f"/proofs/{each}" for each in (*received, *sent)],
    }


def _ordered(writer: Writer) -> str:
    """Return the page of a question that waits for half a minute to leave."""
    draft = question(writer)
    return writer.send(f"{draft}/preview", f"{draft}/send")


def _ids(place: Place) -> tuple[list[str], list[str], list[str]]:
    """Return ids of cases over the whole table, and of messages the node received and sent itself."""
    with contextlib.closing(sqlite3.connect(f"file:{place.folder / 'node' / 'state.db'}?mode=ro", uri=True)) as found:
        count = found.execute("select max(number) from case_file").fetchone()[0]
        numbers = ",".join(str(1 + each * count // _VISITS) for each in range(_VISITS))
        cases = found.execute(f"select hex(id) from case_file where number in ({numbers})").fetchall()  # noqa: S608
        received = found.execute("select hex(message) from inbox order by id limit 20").fetchall()
        sent = found.execute("select hex(message) from outbox order by number limit 20").fetchall()
    return tuple([each.lower() for (each,) in rows] for rows in (cases, received, sent))  # type: ignore[return-value]


def _first_load(browser: Browser) -> int:
    """Return the bytes of the first page with everything that it names."""
    _, size, body = browser.fetch("/today")
    html = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    return size + sum(browser.fetch(each.decode())[1] for each in set(_STATIC.findall(html)))


def desk_lines(found: Figures) -> list[Line]:
    """Return the figures beside their aims."""
    slow = worst([each for each in found.pages if each.name not in _FILES])
    large = max(found.pages, key=lambda each: each.size)
    listed = worst(found.lists)
    days = found.days
    return [
        Line(f"slowest page of the desk, p95 ({slow.name})", _ms(slow.p95), "< 150 ms", slow.p95 < _PAGE_S),
        Line(f"slowest list of cases, p95 ({listed.name})", _ms(listed.p95), "< 150 ms", listed.p95 < _PAGE_S),
        Line(
            "pages visited, of those that a GET shows", f"{len(found.pages)} of {len(found.pages) + len(found.missed)}"
        ),
        Line("a page with one form, p50", _ms(found.empty.p50)),
        Line("slowest page / a page with one form, p50", f"{slow.p50 / found.empty.p50:.1f}"),
        Line(f"search, p50 over {len(found.search.seconds)} searches", _ms(found.search.p50)),
        Line("search, p95", _ms(found.search.p95), "< 200 ms", found.search.p95 < _SEARCH_S),
        Line(f"largest page ({large.name})", _kb(large.size), "< 100 KB", large.size < _PAGE_BYTES),
        Line("first load: page, styles, script, icon", _kb(found.first), "< 300 KB", found.first < _FIRST_BYTES),
        Line(
            "memory of a node with desk after the visits",
            f"{found.memory.resident:.0f} MB (peak {found.memory.peak:.0f} MB)",
            f"<= {_MEMORY_MB} MB",
            found.memory.resident <= _MEMORY_MB,
        ),
        _fetched("fetched at once after a day's absence", days.away, _SYNC),
        _fetched("fetched one by one", days.live),
        Line("fetched in a day without messages", _kb(days.idle)),
    ]


def _fetched(how: str, found: Traffic, most: float | None = None) -> Line:
    what = f"{found.messages} messages {how} / their envelopes"
    if most is None:
        return Line(what, f"{found.ratio:.2f}")
    return Line(what, f"{found.ratio:.2f}", f"<= {most}", found.ratio <= most)


def page_table(found: Figures) -> str:
    """Return every page in a table of its own, the slowest first."""
    rows = ["| page | p50 | p95 | / form | CPU | on the wire |", "|---|---|---|---|---|---|"]
    for each in sorted((*found.pages, *found.lists, found.search), key=lambda each: -each.p95):
        ratio = f"{each.p50 / found.empty.p50:.1f}"
        figures = (_ms(each.p50), _ms(each.p95), ratio, _ms(each.cpu), _kb(each.size))
        rows.append(f"| {each.name} | {' | '.join(figures)} |")
    return "\n".join(rows) + "\n"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"


def _kb(size: int) -> str:
    return f"{size / 1e3:.0f} KB"
