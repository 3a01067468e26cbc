"""Requests with an Idempotency-Key: one act, one answer, whatever is repeated and whatever breaks in between."""

import asyncio
import contextlib
from typing import Any

import pytest

from nodes.api.once_book import KEPT_S, TIDY_S, Earlier, Kept, OnceBook
from nodes.gateway.gateway import Gateway
from protocol.errors import Code, Fault
from tests.simulators.node import MK, RS, TestWorld, example
from tests.simulators.node_api import Api, api

APPROVAL = {"recipient": "mk.ilecu", "days": 7}
REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])
REPLAYED = "Idempotency-Replayed"
KEY, DIGEST = b"k" * 32, b"d" * 32


async def once(node: Api, key: str, path: str, body: Any, token: str | None = None) -> tuple[int, dict[str, Any], bool]:
    """Post with a key; tell whether the answer was given before."""
    url = f"http://127.0.0.1:{node.node.port}/api/v1{path}"
    bearer = token or node.node.config.api.token.read_text().strip()
    headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": key}
    async with node.session.post(url, json=body, headers=headers) as found:
        return found.status, await found.json(content_type=None), found.headers.get(REPLAYED) == "true"


async def test_a_repeated_request_gets_the_first_answer_and_does_nothing(world: TestWorld) -> None:
    async with api(world, RS) as belgrade:
        status, first, again = await once(belgrade, "one", "/approvals", APPROVAL)
        assert (status, again) == (201, False), first
        world.clock.advance(60)
        assert await once(belgrade, "one", "/approvals", APPROVAL) == (201, first, True)
        assert (await once(belgrade, "two", "/approvals", APPROVAL))[1]["reference"] != first["reference"]


async def test_a_key_is_bound_to_body_route_and_token(world: TestWorld) -> None:
    async with api(world, RS) as belgrade:
        _, first, _ = await once(belgrade, "one", "/approvals", APPROVAL)
        status, found, _ = await once(belgrade, "one", "/approvals", APPROVAL | {"days": 8})
        assert (status, found["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
        status, found, _ = await once(belgrade, "one", f"/approvals/{first['reference']}/withdraw", {})
        assert (status, found["state"]) == (200, "withdrawn")
        status, found, _ = await once(belgrade, "one", f"/approvals/{'0' * 32}/withdraw", {})
        assert (status, found["code"]) == (422, "IDEMPOTENCY_KEY_REUSED"), "another thing under the same route"
        _, made = await belgrade.post("/tokens", {"label": "x", "scopes": ["work"], "days": 1})
        status, other, again = await once(belgrade, "one", "/approvals", APPROVAL, made["token"])
        assert (status, again) == (201, False)
        assert other["reference"] != first["reference"]


async def test_a_message_under_the_same_key_of_another_token_is_another_message(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        _, made = await skopje.post("/tokens", {"label": "x", "scopes": ["send"], "days": 1})
        _, mine, _ = await once(skopje, "one", "/messages", REQUEST)
        status, theirs, _ = await once(skopje, "one", "/messages", REQUEST, made["token"])
        assert status == 201
        assert mine["id"] != theirs["id"]
        assert (await once(skopje, "one", "/messages", REQUEST, made["token"]))[1:] == (theirs, True)


async def test_a_refusal_and_a_dry_run_leave_the_key_free(world: TestWorld) -> None:
    async with api(world, RS) as belgrade:
        status, _, _ = await once(belgrade, "one", "/approvals", APPROVAL | {"days": 100_000})
        assert status == 422
        assert (await once(belgrade, "one", "/approvals", APPROVAL))[0] == 201
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        status, _, again = await once(skopje, "two", "/messages", REQUEST | {"dry_run": True})
        assert (status, again) == (200, False)
        assert (await once(skopje, "two", "/messages", REQUEST))[0] == 201


async def test_of_many_at_once_one_is_carried_out(world: TestWorld) -> None:
    async with api(world, RS) as belgrade:
        found = await asyncio.gather(*(once(belgrade, "one", "/approvals", APPROVAL) for _ in range(6)))
        done = [body for status, body, again in found if status == 201 and not again]
        assert len(done) == 1
        for status, body, again in found:
            if status == 201:
                assert body == done[0]
            else:
                assert (status, body["code"], body["retry_after"], again) == (409, "REQUEST_UNDER_WAY", 2, False)


async def test_what_failed_is_not_done_again_under_its_key(world: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    async with api(world, RS) as belgrade:
        approvals = belgrade.node.gateway.approvals
        give = approvals.give

        async def failing(*words: Any) -> Any:
            await give(*words)
            raise RuntimeError("after the act")

        with monkeypatch.context() as broken:
            broken.setattr(type(approvals), "give", lambda _, *words: failing(*words))
            assert (await once(belgrade, "one", "/approvals", APPROVAL))[0] == 500
        status, found, _ = await once(belgrade, "one", "/approvals", APPROVAL)
        assert (status, found["code"]) == (409, "OUTCOME_UNKNOWN")
        assert (await once(belgrade, "two", "/approvals", APPROVAL))[0] == 201


async def test_a_message_whose_answer_was_lost_is_found_again_and_not_sent_twice(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])

        async def failing(*_: Any) -> None:
            raise Fault(Code.INTERNAL, "the answer is not stored")

        with monkeypatch.context() as broken:
            broken.setattr(OnceBook, "keep", failing)
            assert (await once(skopje, "one", "/messages", REQUEST))[0] == 500
        (sent,) = (await skopje.get("/messages?box=outbox"))["messages"]
        status, found, again = await once(skopje, "one", "/messages", REQUEST)
        assert (status, found["id"], again) == (201, sent["id"], False)
        assert len((await skopje.get("/messages?box=outbox"))["messages"]) == 1
        assert (await once(skopje, "one", "/messages", REQUEST))[1:] == (found, True)


async def test_an_act_whose_caller_went_away_is_finished_and_its_answer_waits(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with api(world, RS) as belgrade:
        approvals = belgrade.node.gateway.approvals
        give, begun, go = approvals.give, asyncio.Event(), asyncio.Event()

        async def slow(*words: Any) -> Any:
            begun.set()
            await go.wait()
            return await give(*words)

        with monkeypatch.context() as slowed:
            slowed.setattr(type(approvals), "give", lambda _, *words: slow(*words))
            asking = asyncio.create_task(once(belgrade, "one", "/approvals", APPROVAL))
            await begun.wait()
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
            status, found, _ = await once(belgrade, "one", "/approvals", APPROVAL)
            assert (status, found["code"]) == (409, "REQUEST_UNDER_WAY")
            go.set()
            while found.get("code") == "REQUEST_UNDER_WAY":
                status, found, again = await once(belgrade, "one", "/approvals", APPROVAL)
            assert (status, again) == (201, True)


async def test_a_key_that_cannot_be_one_is_refused(world: TestWorld) -> None:
    async with api(world, RS) as belgrade:
        for key in ("x" * 201, ""):
            assert (await once(belgrade, key, "/approvals", APPROVAL))[0] == 400


def book_of(gateway: Gateway) -> OnceBook:
    return OnceBook(gateway.store, gateway.here.clock)


async def test_a_request_that_a_stop_interrupted_is_known_as_such(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        assert await book_of(node.gateway).begin(KEY, DIGEST) is Earlier.NOTHING
    async with world.machine(MK).running() as node:
        book = book_of(node.gateway)
        assert await book.begin(KEY, b"other") is Earlier.OTHER
        assert await book.begin(KEY, DIGEST) is Earlier.INTERRUPTED
        assert await book.begin(KEY, DIGEST) is Earlier.UNDER_WAY
        book.leave(KEY)
        await book.keep(KEY, Kept(201, b"{}"))
        assert await book.begin(KEY, DIGEST) == Kept(201, b"{}")


async def test_answers_are_kept_for_a_day_and_then_erased(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        book, database = book_of(node.gateway), node.gateway.store.database

        async def items() -> int:
            return await database.read(lambda found: len(found.exec_driver_sql("select id from item").all()))

        before = await items()
        for key in (KEY, b"other"):
            await book.begin(key, DIGEST)
            await book.keep(key, Kept(201, b"{}"))
            book.leave(key)
        world.clock.advance(KEPT_S - 1)
        assert await book.tidy() == TIDY_S
        assert await book.begin(KEY, DIGEST) == Kept(201, b"{}")
        world.clock.advance(1)
        assert await book.begin(KEY, DIGEST) is Earlier.NOTHING, "after a day the key is free"
        assert await items() == before + 1
        await book.tidy()
        assert await items() == before
        assert await book.begin(b"other", b"more") is Earlier.NOTHING
