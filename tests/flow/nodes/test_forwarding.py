"""Onward transfer: Belgrade passes rows of Skopje's answer on to Tirana, as Skopje allows, under its signatures."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nodes.gateway.alarms import alarms
from nodes.gateway.attachments import FileState
from nodes.gateway.carried import Passed
from nodes.gateway.disclosing import Proposal, Wanted
from nodes.gateway.forwarding import Forward, Forwarded
from nodes.gateway.passing_on import DISCLOSURE, Cover
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.send import Queued
from nodes.gateway.wishes import InputFault
from protocol.errors import Code
from protocol.ids import MessageId, NodeId
from protocol.scope import EvidentialUse
from protocol.stages import Refused
from tests.simulators.evidence import CONDITION, Thread, agree_on_evidence, answered, supervisor, thread
from tests.simulators.node import AL, MK, POLICE, RS, TERMS, TestGateway, TestWorld, example
from tests.simulators.node_cli import named, run

TIRANA = {"name": "Tirana", "node": "al.ilecu", "country": "AL"}
FILE = b"%PDF-1.7 a contract of hire, in a test " * 40
COVER = Cover(relevance="The van was seen again on the coast road near Durres.", crime_area="migrant_smuggling")


def forward(told: Thread, **changes: Any) -> Forward:
    purpose = changes.pop("purpose", None)
    fields: dict[str, Any] = {"message": told.answer, "recipient": NodeId("al.ilecu"), "purpose": purpose}
    fields |= {"patterns": ("/information/vehicles/*",)}
    return Forward(wanted=Wanted(**fields), **({"cover": COVER} | changes))


async def deliver(sender: TestGateway, to: TestGateway, message: MessageId) -> None:
    """Bring a message with its files from one node to the other."""
    for _ in range(9):
        await sender.upload()
        await sender.exchange(to)
        await to.download()
    assert (await to.gateway.saving.progress(message))[0].state is FileState.HERE


def rules(found: object) -> set[str]:
    assert isinstance(found, Refused), found
    assert found.decision is not None
    return {each.rule for each in found.decision.findings}


async def allowed(told: Thread, **changes: Any) -> None:
    asked = await told.ask("dissemination", **TIRANA)
    words = {"use": "dissemination", "target": TIRANA} | changes
    await told.decide(asked, "grant", **words)


async def test_rows_arrive_with_their_proof_and_their_owners_restrictions(world: TestWorld) -> None:
    async with thread(world, "H0", "H2") as told, world.machine(AL).running() as tirana:
        belgrade = told.belgrade.gateway
        assert rules(await belgrade.forwarding.forward(forward(told))) == {"police.disclose-owner"}
        await allowed(told)
        tried = await belgrade.forwarding.forward(forward(told), dry_run=True)
        assert isinstance(tried, Forwarded), tried
        assert not await belgrade.disclosing.shown(told.answer), "a dry run shows nothing"
        sent = await belgrade.forwarding.forward(forward(told))
        assert isinstance(sent, Forwarded), sent
        assert sent.message is not None
        (shown,) = await belgrade.disclosing.shown(told.answer)
        assert shown.recipient == "al.ilecu"
        await deliver(told.belgrade, tirana, sent.message)

        found = await tirana.gateway.reading.open(sent.message)
        assert isinstance(found, ReceivedMessage), found
        assert found.opened is not None
        assert {"H0", "H2"} <= set(found.opened.core.handling), "the owner's codes stand on the message"
        body = dict(found.body)
        assert body["/information/statements/0/evaluation/owner"] == "mk.ilecu"
        assert CONDITION in str(body["/restrictions/text"])
        (passed,) = await tirana.gateway.carried.of(sent.message)
        assert passed.verified is not None, passed
        assert (passed.verified.sender.node, passed.verified.disclosure.message) == ("mk.ilecu", told.answer)
        paths = {row.path for row in passed.verified.rows}
        assert "/information/vehicles/0/plate" in paths
        assert "/restrictions/choice" in paths, "what the owner restricted always goes along"
        assert not any(path.startswith("/information/persons") for path in paths)

        onward = Wanted(message=sent.message, recipient=NodeId("mk.ilecu"), patterns=("/information/*",))
        assert isinstance(await tirana.gateway.disclosing.propose(onward), Refused | Proposal)
        stranger = replace(onward, recipient=NodeId("rs.prosecution"))
        assert "police.disclose-quoted" in rules(await tirana.gateway.disclosing.propose(stranger)), "it is Skopje's"


async def test_for_another_purpose_the_owner_is_owed_word_of_it(world: TestWorld) -> None:
    """To prevent an offence it goes without its owner's word for the purpose, and the owner has to be told."""
    purposes = {"purposes": ("investigate", "prevent"), "data_categories": TERMS["police"]["data_categories"]}
    world.network.agree(RS.node, AL.node, POLICE, **purposes)
    async with thread(world, "H0") as told:
        await allowed(told)
        found = await told.belgrade.gateway.forwarding.forward(forward(told, purpose="prevent"))
        assert isinstance(found, Forwarded), found
        owed = await told.belgrade.gateway.duties.list(9)
        assert ("owner-told", found.message) in [(each.obligation, each.about.message) for each in owed]


async def test_files_stay_or_go_along_checked_against_their_row(world: TestWorld) -> None:
    async with (
        supervisor(world, MK).running() as skopje,
        world.machine(RS).running() as belgrade,
        world.machine(AL).running() as tirana,
    ):
        question = await belgrade.queue(
            example("MT-01/vehicle-mk", to=["mk.ilecu"], language="mk", document=_own("rs.ilecu"))
        )
        await belgrade.exchange(skopje)
        file = await skopje.stash(FILE, "ugovor.pdf")
        answer = await skopje.queue(answered("H0") | {"in_reply_to": question.hex(), "attachments": [file]})
        await deliver(skopje, belgrade, answer)
        told = Thread(belgrade, skopje, question, answer)
        await allowed(told)
        missing = await belgrade.gateway.forwarding.forward(forward(told, files=("att-07",)))
        assert isinstance(missing, InputFault)
        without = await belgrade.gateway.forwarding.forward(forward(told), dry_run=True)
        assert isinstance(without, Forwarded), without
        assert without.proposal.disclosure.attachments_withheld == ("att-00",), "withheld, and named"
        sent = await belgrade.gateway.forwarding.forward(forward(told, files=("att-00",)))
        assert isinstance(sent, Forwarded), sent
        assert sent.message is not None
        await deliver(belgrade, tirana, sent.message)
        (passed,) = await tirana.gateway.carried.of(sent.message)
        assert passed.verified is not None, passed
        assert passed.verified.disclosure.carried == (("att-00", "att-01"),)
        found = await tirana.gateway.saving.find(sent.message, "att-01")
        assert found is not None
        assert found.stored is not None
        pieces = tirana.gateway.saving.read(found.stored, 0, found.stored.secret.size)
        assert b"".join([piece async for piece in pieces]) == FILE

        other = await belgrade.stash(b"another file", "ugovor.pdf")
        forged = await _news(belgrade, sent.proposal.raw, [other])
        await deliver(belgrade, tirana, forged)
        assert await tirana.gateway.carried.of(forged) == (Passed("att-00", None, Code.ATT_HASH),)
        raised = await tirana.gateway.store.database.read(alarms)
        assert Code.ATT_HASH.value in {each.code for each in raised}, "it is told on receipt"


def _own(node: str) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads(json.dumps(example("MT-01/vehicle-mk")["document"]).replace("mk.ilecu", node))
    return found


async def _news(belgrade: TestGateway, raw: bytes, others: list[dict[str, Any]]) -> MessageId:
    """Belgrade sends a disclosure by hand, beside files that it chose itself."""
    document = _own_news()
    first = await belgrade.stash(raw, "rows.disclosure", DISCLOSURE)
    files = [first | {"part": "att-00"}, *(each | {"part": f"att-{at:02}"} for at, each in enumerate(others, 1))]
    found = await belgrade.send(
        {
            "type": "MT-05/1",
            "to": ["al.ilecu"],
            "document": document,
            "language": "en",
            "purpose": "investigate",
            "attachments": files,
        }
    )
    assert isinstance(found, Queued), found
    return found.message


def _own_news() -> dict[str, Any]:
    evaluation = {"kind": "fact", "source": "A", "information": "1", "as_of": "2026-09-01", "owner": "rs.ilecu"}
    return {
        "crime_area": "migrant_smuggling",
        "offer_ground": "investigate",
        "facts_basis": "Observed by our own patrol on the road.",
        "relevance": "It concerns the same road as before.",
        "serious_offence": False,
        "information": {"statements": [{"id": "s1", "text": "See the files.", "evaluation": evaluation}]},
        "evidence_consent": {"decision": "none"},
        "restrictions": {"choice": "codes"},
    }


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def test_at_the_console(world: TestWorld, own_state: None) -> None:
    agree_on_evidence(world, EvidentialUse.POLICE)
    async with thread(world, "H0", "H2") as told:
        answer = told.answer.hex()
        words = (answer, "--to", "al.ilecu", "--rows", "/information/vehicles/*", "--because", COVER.relevance)
        area = ("--crime-area", "migrant_smuggling")
        start = ("--as", "belgrade", "forward", *words, *area)
    async with named(world, RS, "belgrade"):
        refused = await run(*start)
        assert (refused.exit_code, "has not allowed al.ilecu to have it" in refused.output) == (1, True), refused.output
    async with supervisor_again(world) as skopje, world.machine(RS).running() as belgrade:
        await allowed(replace(told, skopje=skopje, belgrade=belgrade))
    async with named(world, RS, "belgrade"):
        declined = await run(*start, give="n\n")
        assert (declined.exit_code, CONDITION in declined.output) == (1, True), declined.output
        sent = await run(*start, "--yes")
        assert "Sent as message" in sent.output, sent.output
        message = sent.output.split("Sent as message ")[1][:64]
        for _ in range(500):
            shown = await run("--as", "belgrade", "show", message)
            if "under its signatures" in shown.output:
                break
            await asyncio.sleep(0.02)
        assert "VR 123-ŽĆ" in shown.output, shown.output


def supervisor_again(world: TestWorld) -> Any:
    from keys.identity import IdentitySeeds
    from keys.private_keys import PersonalSeed
    from tests.simulators.evidence import PERSON
    from tests.simulators.network import _seed

    seeds = IdentitySeeds(_seed("ed25519", "supervisor"), _seed("mldsa65", "supervisor"))
    return replace(world.machine(MK), people=(PersonalSeed(PERSON, "supervisor", seeds),)).running()


async def test_further_restrictions_go_along_in_words(world: TestWorld) -> None:
    """An answer under H3 can be passed on: its restrictions stand in the message, and its item says so."""
    further = {"choice": "further", "text": "Not to be given to companies."}
    async with thread(world, "H0", "H2", "H3", restrictions=further) as told, world.machine(AL).running() as tirana:
        await allowed(told)
        sent = await told.belgrade.gateway.forwarding.forward(forward(told))
        assert isinstance(sent, Forwarded), sent
        assert sent.message is not None
        await deliver(told.belgrade, tirana, sent.message)
        found = await tirana.gateway.reading.open(sent.message)
        assert isinstance(found, ReceivedMessage), found
        body = dict(found.body)
        assert "H3" in str([body[path] for path in body if path.startswith("/information/statements/0/handling/")])
        assert "mk.ilecu set in message" in str(body["/information/statements/0/handling_text"])
        assert "Not to be given to companies." in str(body["/restrictions/text"])
        assert CONDITION in str(body["/restrictions/text"])
