"""The stream that tells an open page to fetch itself again."""

import asyncio

import aiohttp

from nodes.people.roles import Role
from tests.simulators.web_desk import TestDesk, Visitor


def opened(desk: TestDesk, visitor: Visitor, path: str = "/changes") -> "aiohttp.client._RequestContextManager":
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    return desk.http.get(desk.services.origin + path, headers={"Cookie": cookies})


async def told(answer: aiohttp.ClientResponse) -> bytes:
    return await asyncio.wait_for(answer.content.readuntil(b"\n\n"), 10)


async def test_a_page_hears_that_something_changed_and_never_what(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    async with opened(desk, officer) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert await told(answer) == b": still here\n\n"
        assert desk.services.changes.listeners == 1
        desk.services.changes.tell()
        assert await told(answer) == b"event: changed\ndata: 1\n\n"
        desk.services.changes.tell()
        assert await told(answer) == b"event: changed\ndata: 1\n\n"


async def test_what_a_colleague_does_is_heard(desk: TestDesk) -> None:
    officer, colleague = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    async with opened(desk, officer) as answer:
        await told(answer)
        assert (await colleague.post("/account/sessions/end")).status == 303
        assert b"changed" in await told(answer)


async def test_the_stream_ends_with_the_session(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    async with opened(desk, officer) as answer:
        await told(answer)
        await desk.persons.sessions.end(officer.token)
        desk.services.changes.tell()
        assert await asyncio.wait_for(answer.content.read(), 10) == b""
    assert desk.services.changes.listeners == 0


async def test_the_stream_of_a_wall_ends_with_the_session_too(desk: TestDesk) -> None:
    officer = await desk.as_(Role.DUTY_OFFICER)
    async with opened(desk, officer, "/wall/changes") as answer:
        await told(answer)
        await told(answer)
        await desk.persons.sessions.end(officer.token)
        desk.services.changes.tell()
        assert await asyncio.wait_for(answer.content.read(), 10) == b""


async def test_listening_does_not_keep_a_session_alive(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    async with opened(desk, officer) as answer:
        await told(answer)
        clock = desk.services.gateway.here.clock
        clock.advance(600)  # type: ignore[attr-defined]
        desk.services.changes.tell()
        assert b"changed" in await told(answer)
        clock.advance(600)  # type: ignore[attr-defined]
        desk.services.changes.tell()
        assert await asyncio.wait_for(answer.content.read(), 10) == b"", "1200 s without a click"


async def test_whoever_has_not_signed_in_hears_nothing(desk: TestDesk) -> None:
    answer = await desk.stranger().get("/changes")
    assert (answer.status, answer.location) == (303, "/sign-in?next=/changes")
