"""Passing on what needs a second person: asked for, looked at, returned, approved by signature, and sent."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from keys.identity import IdentitySeeds, private_identity
from keys.private_keys import PersonalSeed
from nodes.gateway.inbox import InState
from nodes.gateway.reading import ReceivedMessage
from nodes.people.changes import Change
from nodes.people.person import Details, Kind, PersonRecord
from nodes.people.roles import Role
from protocol.ids import MessageId, Reference
from protocol.statement_nodes import PersonBinding
from tests.flow.desk.writing.test_forward import TIRANA, fields, rows
from tests.simulators.evidence import PERSON, Thread, answered, supervisor
from tests.simulators.network import _seed
from tests.simulators.node import AL, MK, RS, TestWorld, example
from tests.simulators.web_desk import Answer, TestDesk, Visitor, desk_over

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEY = Reference(b"Ana's key in RS.")
RELEVANCE = "The driver was seen again on the coast road and needs a doctor."
ILL = {
    "id": "s9",
    "text": "The driver said that he needs insulin.",
    "special_categories": ["health"],
    "special_reason": "He travels without his medicine.",
    "evaluation": {"kind": "fact", "source": "A", "information": "1", "as_of": "2026-03-17", "owner": "mk.ilecu"},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> TestWorld:
    return TestWorld(tmp_path_factory.mktemp("forward-release"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(world: TestWorld) -> AsyncIterator[Thread]:
    """Belgrade, whose supervisor has a key, has an answer of Skopje with health data that may be passed on."""
    seeds = IdentitySeeds(_seed("ed25519", "Ana"), _seed("mldsa65", "Ana"))
    signer, now = private_identity(seeds), world.clock()
    binding = PersonBinding(
        node=RS.node,
        issued_at=now,
        person=KEY,
        role="supervisor",
        identity=signer.public,
        not_before=now,
        not_after=now + 400 * 86_400,
    )
    world.network.append(binding, world.network.nodes[RS.node].identity, signer)
    here = replace(world.machine(RS), people=(PersonalSeed(KEY, "supervisor", seeds),))
    async with supervisor(world, MK).running() as skopje, here.running() as belgrade:
        question = await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"], document=_own()))
        await belgrade.exchange(skopje)
        whole = answered("H0")
        document = whole["document"]
        document["information"]["statements"] = [*document["information"].get("statements", []), ILL]
        sent = whole | {"in_reply_to": question.hex(), "approve_as": [PERSON.hex()]}
        found = Thread(belgrade, skopje, question, await skopje.queue(sent))
        await found.both()
        await found.decide(await found.ask("dissemination", **TIRANA), "grant", use="dissemination", target=TIRANA)
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(told: Thread) -> AsyncIterator[TestDesk]:
    async with desk_over(told.belgrade.gateway) as running:
        keeper, who = await running.member(Role.ADMINISTRATOR), await running.member(Role.SUPERVISOR)
        change = Change(who.id, Kind.BOUND, "approves", Details(reference=KEY.hex()))
        assert isinstance(await running.persons.book.change(change, keeper.id), PersonRecord)
        yield running


def _own() -> dict[str, object]:
    return dict(json.loads(json.dumps(example("MT-01/vehicle-mk")["document"]).replace("mk.ilecu", "rs.ilecu")))


async def chosen(officer: Visitor, path: str, part: str) -> Answer:
    picked = rows(await officer.get(path), part)
    assert picked
    return await officer.post(
        path, {"to": "al.ilecu", "row": picked, "relevance": RELEVANCE, "area": "migrant_smuggling"}
    )


def hidden(page: Answer, name: str) -> str:
    return str(re.findall(f'name="{name}" value="([^"]*)"', page.text)[0])


async def ask(officer: Visitor, path: str, preview: Answer) -> str:
    """Ask a second person about what the preview shows; return the path of the approval."""
    asked = fields(preview) | {"do": "ask", "digest": hidden(preview, "digest"), "note": "He is ill."}
    listed = await officer.follow(await officer.post(path, asked))
    assert "A second person is asked." in listed.text
    return str(re.findall(r'href="(/approvals/\d+)"', listed.text)[0])


async def test_a_second_person_releases_what_is_passed_on(desk: TestDesk, told: Thread, world: TestWorld) -> None:
    officer, boss = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    path = f"/messages/{told.answer.hex()}/forward"
    plain = await chosen(officer, path, "/information/vehicles/")
    assert "Ask a second person" not in plain.words, "a vehicle goes without"
    preview = await chosen(officer, path, "/information/statements/")
    assert preview.status == 200, preview.words[:300]
    assert "Why a second person is asked" in preview.words
    assert 'value="send"' not in preview.text
    forced = await officer.post(path, fields(preview) | {"do": "send"})
    assert forced.status == 200
    assert not await told.belgrade.gateway.disclosing.shown(told.answer), "nothing goes without the approval"
    asking = fields(preview) | {"do": "ask", "digest": hidden(preview, "digest"), "note": "x" * 2_001}
    long = await officer.post(path, asking)
    assert (long.status, '<a href="#note">' in long.text, f"{'x' * 2_001}</textarea>" in long.text) == (422, True, True)
    approval = await ask(officer, path, preview)
    assert (await (await desk.as_(Role.DUTY_OFFICER)).get(f"{approval}/forward")).status == 404
    looked = await boss.get(f"{approval}/forward")
    assert looked.heading == "What would go out"
    assert "insulin" in looked.words
    assert "You have no personal signing key" not in looked.words
    assert "<form" not in looked.text.partition("<main")[2].partition("</main")[0], "who reviews it sends nothing"
    digest = hidden(await boss.get(approval), "digest")
    await boss.post(approval, {"do": "return", "digest": digest, "reason": "Say why a doctor."})
    again = await officer.get(f"{approval}/forward")
    assert "It came back for changes. Say why a doctor." in again.words
    approval = await ask(officer, path, again)
    await boss.post(approval, {"do": "approve", "digest": digest, "reason": "Necessary."})
    ready = await officer.get(f"{approval}/forward")
    assert 'value="send"' in ready.text
    sent = await officer.post(path, fields(ready) | {"do": "send"})
    assert sent.status == 303, sent.words
    assert (await officer.get(f"{approval}/forward")).status == 404, "what was asked is erased with its leaving"
    await _arrived(told, world, MessageId(bytes.fromhex(sent.location.rpartition("/")[2])))


async def _arrived(told: Thread, world: TestWorld, message: MessageId) -> None:
    async with world.machine(AL).running() as tirana:
        for _ in range(4):
            await told.belgrade.upload()
            await told.belgrade.exchange(tirana)
            await tirana.download()
        found = await tirana.gateway.reading.find(message)
        assert isinstance(found, ReceivedMessage)
        assert found.row.state is InState.ACCEPTED, found.row.decision
        assert dict(found.body)["/approvals/0/person"] == KEY.hex()
        assert dict(found.body)["/information/statements/0/special_categories/0"] == "health"


async def test_one_approval_lets_one_message_out(desk: TestDesk, told: Thread, world: TestWorld) -> None:
    officer, boss = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    path = f"/messages/{told.answer.hex()}/forward"
    preview = await chosen(officer, path, "/information/statements/")
    approval = await ask(officer, path, preview)
    digest = hidden(await boss.get(approval), "digest")
    await boss.post(approval, {"do": "approve", "digest": digest, "reason": "Necessary."})
    ready = fields(await officer.get(f"{approval}/forward")) | {"do": "send"}
    shown = len(await told.belgrade.gateway.disclosing.shown(told.answer))
    both = await asyncio.gather(officer.post(path, ready), officer.post(path, ready))
    assert sorted(each.status for each in both) == [200, 303], "two windows, or a button that was pressed twice"
    again = await officer.post(path, ready)
    assert (again.status, "Why a second person is asked" in again.words) == (200, True)
    assert len(await told.belgrade.gateway.disclosing.shown(told.answer)) == shown + 1


async def test_an_approval_of_somebody_who_lost_the_right_lets_nothing_out(desk: TestDesk, told: Thread) -> None:
    officer, boss = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    path = f"/messages/{told.answer.hex()}/forward"
    approval = await ask(officer, path, await chosen(officer, path, "/information/statements/"))
    digest = hidden(await boss.get(approval), "digest")
    await boss.post(approval, {"do": "approve", "digest": digest, "reason": "Necessary."})
    ready = fields(await officer.get(f"{approval}/forward")) | {"do": "send"}
    shown = len(await told.belgrade.gateway.disclosing.shown(told.answer))
    left = Change((await desk.member(Role.SUPERVISOR)).id, Kind.ENDED, "left")
    keeper = await desk.member(Role.ADMINISTRATOR)
    assert isinstance(await desk.persons.book.change(left, keeper.id), PersonRecord)
    again = await officer.post(path, ready)
    assert (again.status, "Whoever approved it may not approve any more." in again.words) == (200, True), again.words
    assert "Ask a second person to release it" in again.words
    assert len(await told.belgrade.gateway.disclosing.shown(told.answer)) == shown
