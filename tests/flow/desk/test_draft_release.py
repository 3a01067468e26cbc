"""A special category needs a second person: asked for, looked at, returned, approved by signature, and sent."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from keys.identity import IdentitySeeds, private_identity
from keys.private_keys import PersonalSeed
from nodes.casework.departures import Departures
from nodes.casework.drafts import UNDO_S
from nodes.gateway.inbox import InState
from nodes.gateway.reading import ReceivedMessage
from nodes.people.changes import Change
from nodes.people.person import Details, Kind, PersonRecord
from nodes.people.roles import Role
from protocol.ids import Reference
from protocol.statement_nodes import PersonBinding
from tests.simulators.network import _seed
from tests.simulators.node import MK, RS, TestWorld
from tests.simulators.web_desk import Answer, TestDesk, Visitor, desk_over

KEY = Reference(b"supervisor's key")
WHOLE = {
    "to": "mk.ilecu",
    "/subjects/persons/0/role": "suspect",
    "/subjects/persons/0/names/0/family": "Petrović",
    "/connection": "He drove the van on the third of March.",
    "/facts": "The van carried eleven people over the border at night.",
    "/subjects/persons/0/special_categories": "health",
    "/subjects/persons/0/special_reason": "The person needs medicine every day.",
}


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    return TestWorld(tmp_path)


@pytest.fixture
async def desk(world: TestWorld) -> AsyncIterator[TestDesk]:
    """The desk of Serbia's contact point, whose supervisor has a personal signing key."""
    seeds = IdentitySeeds(_seed("ed25519", "supervisor"), _seed("mldsa65", "supervisor"))
    signer = private_identity(seeds)
    binding = PersonBinding(
        node=RS.node,
        issued_at=world.clock(),
        person=KEY,
        role="supervisor",
        identity=signer.public,
        not_before=world.clock(),
        not_after=world.clock() + 86_400,
    )
    world.network.append(binding, world.network.nodes[RS.node].identity, signer)
    machine = world.machine(RS, people=(PersonalSeed(KEY, "supervisor", seeds),))
    async with machine.running() as belgrade, desk_over(belgrade.gateway) as running:
        yield running


async def bind(desk: TestDesk) -> None:
    """Let an administrator bind the key to the supervisor's account."""
    keeper, who = await desk.member(Role.ADMINISTRATOR), await desk.member(Role.SUPERVISOR)
    change = Change(who.id, Kind.BOUND, "approves", Details(reference=KEY.hex()))
    assert isinstance(await desk.persons.book.change(change, keeper.id), PersonRecord)


async def begun(officer: Visitor) -> str:
    """Write a question that needs a second person; return its path."""
    path = (await officer.post("/compose", {"type": "MT-01/1", "template": "person"})).location
    fields = await _prefilled(officer, path)
    answer = await officer.post(path, {**fields, **WHOLE, "version": "1", "do": "preview"})
    assert answer.location == f"{path}/preview", (await officer.get(f"{path}?check=1")).words
    return path


async def _prefilled(officer: Visitor, path: str) -> dict[str, str]:
    """Return what stands in the form already."""
    text = (await officer.get(path)).text
    fields = dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', text, re.DOTALL))
    fields |= dict(re.findall(r'<input[^>]* name="(/[^"]+)" type="text" value="([^"]*)"', text))
    for name, content in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', content)
        fields[name] = chosen[1] if chosen else ""
    fields |= dict(re.findall(r'type="radio"[^>]* name="([^"]+)" value="([^"]*)" checked', text))
    return fields


def hidden(page: Answer, name: str) -> str:
    return re.findall(f'name="{name}" value="([^"]*)"', page.text)[0]


async def ask(officer: Visitor, path: str) -> Answer:
    page = await officer.get(f"{path}/preview")
    assert "Ask a second person to release it" in page.words, page.words
    assert f'action="{path}/send"' not in page.text
    answer = await officer.post(f"{path}/ask", {"digest": hidden(page, "digest"), "note": "The person is ill."})
    return await officer.follow(answer)


async def test_a_second_person_releases_it_and_the_signature_travels(desk: TestDesk, world: TestWorld) -> None:
    await bind(desk)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    path = await begun(officer)
    page = await ask(officer, path)
    assert "It waits for a second person since" in page.words
    approval = re.findall(r'href="(/approvals/\d+)"', page.text)[0]
    looked = await supervisor.get(f"{path}/preview")
    assert looked.heading == "What would go out"
    assert "Petrović" in looked.words
    assert "You have no personal signing key" not in looked.words
    other = await desk.as_(Role.DUTY_OFFICER)
    assert (await other.get(f"{path}/preview")).status == 404
    assert "Directive (EU) 2016/680, Art. 10 police.special-categories" in (await supervisor.get(approval)).words
    digest = hidden(await supervisor.get(approval), "digest")
    own = await officer.post(approval, {"do": "approve", "digest": digest, "reason": ""})
    assert own.status == 404
    await supervisor.post(approval, {"do": "approve", "digest": digest, "reason": "Necessary."})
    page = await officer.get(f"{path}/preview")
    assert "May go to Desk of mk.ilecu" in page.words, page.words
    fields = {"digest": hidden(page, "digest"), "version": hidden(page, "version")}
    await officer.post(f"{path}/send", fields)
    world.clock.advance(UNDO_S)
    await Departures(desk.services.gateway, desk.services.log).turn()
    async with world.machine(MK).running() as skopje:
        await desk.services.gateway.submitter.drain()
        await skopje.take()
        (row,) = await skopje.gateway.reading.received(5)
        assert row.message is not None
        found = await skopje.gateway.reading.find(row.message)
        assert isinstance(found, ReceivedMessage)
        assert found.row.state is InState.ACCEPTED, found.row.decision
        assert dict(found.body)["/approvals/0/person"] == KEY.hex()


async def test_words_for_the_second_person_have_a_bound_and_stay_as_they_were_typed(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    digest = hidden(await officer.get(f"{path}/preview"), "digest")
    long = await officer.post(f"{path}/ask", {"digest": digest, "note": "x" * 2_001})
    assert (long.status, '<a href="#note">The reason is longer than 2000 characters.' in long.text) == (422, True)
    assert f"{'x' * 2_001}</textarea>" in long.text
    other = await officer.post(f"{path}/ask", {"digest": "00" * 32, "note": "The person is ill."})
    assert (other.status, "The person is ill.</textarea>" in other.text) == (422, True)
    assert "Look at it again before you send it" in other.words
    assert "It waits for a second person" not in (await officer.get(f"{path}/preview")).words


async def test_what_was_changed_afterwards_is_not_approved(desk: TestDesk) -> None:
    await bind(desk)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    path = await begun(officer)
    approval = re.findall(r'href="(/approvals/\d+)"', (await ask(officer, path)).text)[0]
    digest = hidden(await supervisor.get(approval), "digest")
    await supervisor.post(approval, {"do": "approve", "digest": digest, "reason": "Necessary."})
    fields = await _prefilled(officer, path)
    version = hidden(await officer.get(path), "version")
    changed = {**fields, **WHOLE, "/facts": "The van carried twelve people over the border.", "version": version}
    await officer.post(path, {**changed, "do": "save"})
    page = await officer.get(f"{path}/preview")
    assert "Ask a second person to release it" in page.words
    assert "It was changed after you were asked." in (await supervisor.get(f"{path}/preview")).words


async def test_it_comes_back_with_a_reason_and_without_a_key_it_is_told(desk: TestDesk) -> None:
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    path = await begun(officer)
    approval = re.findall(r'href="(/approvals/\d+)"', (await ask(officer, path)).text)[0]
    assert "You have no personal signing key here." in (await supervisor.get(f"{path}/preview")).words
    digest = hidden(await supervisor.get(approval), "digest")
    await supervisor.post(approval, {"do": "return", "digest": digest, "reason": "Say why the illness matters."})
    page = await officer.get(f"{path}/preview")
    assert "It came back for changes. Say why the illness matters." in page.words
    approval = re.findall(r'href="(/approvals/\d+)"', (await ask(officer, path)).text)[0]
    digest = hidden(await supervisor.get(approval), "digest")
    await supervisor.post(approval, {"do": "approve", "digest": digest, "reason": "Necessary."})
    assert "the approval cannot be signed" in (await officer.get(f"{path}/preview")).words
    stale = await officer.post(f"{path}/ask", {"digest": "00", "note": ""})
    assert (stale.status, "Look at it again before you send it" in stale.words) == (422, True)


async def test_the_second_person_sees_what_is_different_since_the_last_time(desk: TestDesk) -> None:
    await bind(desk)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    path = await begun(officer)
    approval = re.findall(r'href="(/approvals/\d+)"', (await ask(officer, path)).text)[0]
    looked = await supervisor.get(f"{path}/preview")
    assert "Different from" not in looked.words, "there is nothing before"
    assert "Purpose Investigate" in looked.words or "Purpose" in looked.words
    digest = hidden(await supervisor.get(approval), "digest")
    await supervisor.post(approval, {"do": "return", "digest": digest, "reason": "Say when."})
    fields = await _prefilled(officer, path)
    version = hidden(await officer.get(path), "version")
    facts = "The van carried twelve people over the border on the third of March."
    kept = {name: value for name, value in fields.items() if name not in WHOLE}
    changed = {**kept, **WHOLE, "/facts": facts, "handling": "H1", "version": version, "do": "preview"}
    await officer.post(path, changed)
    await ask(officer, path)
    looked = await supervisor.get(f"{path}/preview")
    assert "Different from what was asked before" in looked.words
    assert "decided by Ana Lleshi : Say when." in looked.words or "Say when." in looked.words
    listed = looked.text.partition('<ul class="desk-change">')[2].partition("</ul>")[0]
    words = Answer.words_of(listed)
    assert f"Purpose and facts Before: {WHOLE['/facts']} Now: {facts}" in words
    assert "Handling codes Now: " in words
    assert "Petrović" not in words, "what is the same is not listed"


async def test_an_approval_is_good_as_long_as_its_approver_may_approve(desk: TestDesk, world: TestWorld) -> None:
    await bind(desk)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    path = await begun(officer)
    approval = re.findall(r'href="(/approvals/\d+)"', (await ask(officer, path)).text)[0]
    digest = hidden(await supervisor.get(approval), "digest")
    await supervisor.post(approval, {"do": "approve", "digest": digest, "reason": "Necessary."})
    page = await officer.get(f"{path}/preview")
    fields = {"digest": hidden(page, "digest"), "version": hidden(page, "version")}
    assert (await officer.post(f"{path}/send", fields)).location == f"{path}/sent"
    keeper, who = await desk.member(Role.ADMINISTRATOR), await desk.member(Role.SUPERVISOR)
    other = Change(who.id, Kind.ROLES, "moved on", Details(roles=frozenset({Role.CASE_OFFICER})))
    assert isinstance(await desk.persons.book.change(other, keeper.id), PersonRecord)
    world.clock.advance(UNDO_S)
    await Departures(desk.services.gateway, desk.services.log).turn()
    assert not await desk.services.gateway.reading.sent(5), "half a minute after it was ordered"
    page = await officer.get(f"{path}/preview")
    assert "Whoever approved it may not approve any more." in page.words
    assert "Ask a second person to release it" in page.words
    fields = {"digest": hidden(page, "digest"), "version": hidden(await officer.get(path), "version")}
    assert (await officer.post(f"{path}/send", fields)).location == f"{path}/preview#rules"
    page = await ask(officer, path)
    assert "It waits for a second person since" in page.words
