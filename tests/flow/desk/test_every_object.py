"""Every route that names something, for everybody to whom it is closed: answered like something that is not there.

The routes come from the table, what they name from a contact point in the middle of its work. All its cases are closed
to the officer and the supervisor who work on them; of each role somebody else, with all its rights, tries every route.
The usual run takes the roles that come nearest and one thing for each route, the campaign all of both.
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pytest
import pytest_asyncio

from nodes.desk.page import Page
from nodes.desk.routes import PAGES
from nodes.people.roles import Role
from tests.browser.every_place import BOSS, OFFICER, Work, work_of
from tests.simulators import web_desk as simulated
from tests.simulators.node import TestWorld
from tests.simulators.web_desk import Answer, TestDesk, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOMS = ("messages", "cases", "drafts", "approvals", "my-requests", "corrections", "paper", "contact-entry")
"""What stands in these is for those who may know of it; people, participants and signed evidence are no secrets."""
FOR_EVERY = {("/approvals/{number}", Role.SUPERVISOR), ("/drafts/{id}/preview", Role.SUPERVISOR)}
"""What any supervisor may open: a release that belongs to no case, and exactly what would go out with it."""
_ID = re.compile(r"[0-9a-f]{32,64}|(?<=/)\d+(?=/|$)|att-\d\d")


@dataclass(frozen=True, slots=True)
class Try:
    """A route with what it names, and the same with names of nothing."""

    page: Page
    there: str
    not_there: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def work(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Work]:
    async with work_of(TestWorld(tmp_path_factory.mktemp("objects"))) as running:
        yield running


def nothing(path: str) -> str:
    """Return a path in which every name is that of nothing."""
    return _ID.sub(lambda found: "9" * 9 if found[0].isdigit() and len(found[0]) < 10 else "0" * len(found[0]), path)


def tries(work: Work) -> Iterator[Try]:
    """Yield every route of these rooms with all that the contact point has of what it names."""
    named: dict[str, dict[tuple[str, ...], None]] = {}
    for each in work.places:
        room = each.page.split("/")[1]
        values = _values(each.page, each.path.partition("?")[0])
        named.setdefault(room, {})[values] = None
    for page in PAGES:
        room, holes = page.path.split("/")[1], page.path.count("{")
        if room not in ROOMS or not holes:
            continue
        known = {values[:holes] for values in named.get(room, {}) if len(values) >= holes}
        for values in sorted(known):
            given = iter(values)
            there = re.sub(r"\{\w+\}", lambda _, given=given: next(given), page.path)  # type: ignore[misc]
            yield Try(page, there, nothing(there))


def _values(page: str, path: str) -> tuple[str, ...]:
    found = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", page), path)
    assert found is not None, (page, path)
    return found.groups()


async def close_everything(work: Work) -> None:
    """Let the supervisor close every case to those who work on it."""
    boss = await work.desk.as_(BOSS)
    officer = (await work.desk.member(OFFICER)).id
    listed, after = set[str](), "/cases?show=all"
    while after:
        page = await boss.get(after)
        listed |= set(page.cases)
        found = re.search(r'href="(/cases\?[^"]*after=[^"]*)"', page.text)
        after = found[1].replace("&amp;", "&") if found else ""
    for path in sorted(listed):
        for act, fields in (("add-person", {"to": officer}), ("limit", {"reason": "An informant is named."})):
            seen = re.findall(r'name="seen" value="(\d+)"', (await boss.get(path)).text)
            if seen:
                await boss.post(path, {"act": act, "seen": seen[0], **fields})


async def another(desk: TestDesk, role: Role) -> Visitor:
    """Return a browser of a second person of a role, who takes part in nothing."""
    if role is Role.ADMINISTRATOR:
        return await desk.as_(role)  # who takes part in no case anyway
    before, known = desk.members.pop(role, None), simulated.SIGN_INS[role]
    simulated.SIGN_INS[role] = f"second.{known}"
    try:
        return await desk.as_(role)
    finally:
        simulated.SIGN_INS[role] = known
        if before is not None:
            desk.members[role] = before


def plain(answer: Answer, path: str) -> tuple[int, str]:
    """Return what somebody learns from an answer, without the names that were in the question."""
    words = answer.words if "<main" in answer.text else answer.text
    for each in _ID.findall(path):
        words = words.replace(each, "")
    return answer.status, words


NEAREST = (Role.CASE_OFFICER, Role.SUPERVISOR, Role.INVESTIGATOR)


async def test_what_is_closed_to_somebody_answers_like_what_is_not_there(work: Work) -> None:
    await walk(work, NEAREST, list({each.page: each for each in tries(work)}.values()))


@pytest.mark.torture
@pytest.mark.timeout(600)
async def test_nothing_that_is_closed_is_told_to_any_role(work: Work) -> None:
    listed = list(tries(work))
    assert {each.page.path.split("/")[1] for each in listed} == set(ROOMS)
    opened = await walk(work, Role, listed)
    assert opened == FOR_EVERY, "and what is for every supervisor is there for every one"


async def walk(work: Work, roles: Iterable[Role], listed: Sequence[Try]) -> set[tuple[str, Role]]:
    """Assert that nobody of these roles learns anything; return what is for every one of them."""
    await close_everything(work)
    told, opened = [], set[tuple[str, Role]]()
    for role in roles:
        visitor = await another(work.desk, role)
        for each in listed:
            ask = visitor.get if each.page.method == "GET" else visitor.post
            visitor.jar.clear()
            there, not_there = await ask(each.there), await ask(each.not_there)
            if there.status == 200 and (each.page.path, role) in FOR_EVERY and each.page.method == "GET":
                opened.add((each.page.path, role))
            elif plain(there, each.there) != plain(not_there, each.not_there):
                told.append((str(role), each.page.method, each.there, there.status, not_there.status))
    assert told == [], "\n".join(map(str, told))
    return opened
