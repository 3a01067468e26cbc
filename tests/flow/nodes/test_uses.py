"""What may be done with an answer: read, printed, quoted in a letter, exported; asked for, granted, denied, expired."""

import json
from pathlib import Path
from typing import Any

import pytest

from nodes.casework.drafting import Drafted, Drafting
from nodes.gateway.exporting import Exported, ExportWish, NotExported
from nodes.gateway.permissions import use_cases
from nodes.gateway.reading import ReceivedMessage
from policies.clocks.limits import CONSENT
from policies.consent_uses import Stage
from policies.facts import Use
from protocol.ids import NodeId
from protocol.scope import EvidentialUse
from protocol.stages import Refused
from protocol.statement_network import Reason, Suspension
from tests.simulators.evidence import CONDITION, Thread, agree_on_evidence, thread
from tests.simulators.node import RS, TestWorld
from tests.simulators.node_cli import named, run

COURT = NodeId("rs.prosecution")


def rules(found: object) -> set[str]:
    refused = found.refused if isinstance(found, NotExported) else found
    assert isinstance(refused, Refused), found
    assert refused.decision is not None
    return {each.rule for each in refused.decision.findings}


async def exported(told: Thread, *, accepted: bool = False) -> object:
    return await told.belgrade.gateway.exporting.export(
        ExportWish(message=told.answer, recipient=COURT, accepted=accepted)
    )


async def drafted(told: Thread) -> Drafted:
    gateway = told.belgrade.gateway
    drafting = Drafting(gateway.here, gateway.network.replica, gateway.reading, gateway.uses)
    found = await drafting.draft(told.question, COURT, "en")
    assert isinstance(found, Drafted), found
    return found


def dict_of(found: Drafted) -> dict[str, Any]:
    return found.letter


async def stages(told: Thread) -> list[Stage]:
    gateway = told.belgrade.gateway
    now, vault = gateway.here.clock(), gateway.store.vault
    found = await gateway.store.database.read(lambda connection: use_cases(connection, vault, now))
    return [each.stage for each in found]


async def test_asked_and_granted_under_a_condition_it_is_quoted_and_exported(world: TestWorld) -> None:
    agree_on_evidence(world, EvidentialUse.POLICE)
    async with thread(world, "H0", "H1", "H2") as told:
        for use in (Use.READ, Use.PRINT):
            assert isinstance(await told.belgrade.gateway.reading.open(told.answer, use), ReceivedMessage)
        assert rules(await exported(told)) == {"police.lead-unquoted", "police.use-restricted"}
        before = await drafted(told)
        assert {each.piece.path.split("/")[1] for each in before.left_out} == {"answered", "information"}
        assert all(each.ask is not None for each in before.left_out), "each names the question that would help"
        assert "Рента Југ" not in json.dumps(before.letter, ensure_ascii=False), "nothing of it is quoted"
        assert [each["quoted"] for each in dict_of(before)["linked_threads"]] == [False, False], "both are named"
        (measure,) = dict_of(before)["measures"]
        assert measure["kind"] == "police_record"

        asked = await told.ask()
        assert await stages(told) == [Stage.ASKED]
        granted = await told.decide(asked, "grant")
        assert await stages(told) == [Stage.GRANTED]
        wanting = await exported(told)
        assert rules(wanting) == {"police.evidence-consented"}
        assert isinstance(wanting, NotExported)
        assert wanting.conditions == (CONDITION,), "the conditions are shown before they are taken on"
        made = await exported(told, accepted=True)
        assert isinstance(made, Exported), made
        assert (made.label, made.conditions) == ("export.police-consented", (CONDITION,))
        assert [each.message for each in made.grants] == [granted]
        (shown,) = await told.belgrade.gateway.disclosing.shown(told.answer)
        assert (shown.recipient, shown.purpose) == (COURT, "proceedings"), "whoever corrects it knows who has it"
        after = await drafted(told)
        assert not after.left_out
        facts = str(dict_of(after)["facts"])
        assert "Рента Југ" in facts
        assert CONDITION in facts
        (quoted,) = [each for each in dict_of(after)["linked_threads"] if each["quoted"]]
        assert (quoted["authority"], quoted["consent"]) == ("Desk of mk.ilecu", granted.hex())
        assert "measures" not in dict_of(after), "what is consented need not be asked again"

        await told.decide(granted, "withdraw", effective_at="2020-01-01T00:00:00Z")
        assert await stages(told) == [Stage.WITHDRAWN]
        assert rules(await exported(told, accepted=True)) == {"police.lead-unquoted", "police.use-restricted"}


async def test_denied_or_unanswered_it_stays_a_lead(world: TestWorld) -> None:
    agree_on_evidence(world, EvidentialUse.POLICE)
    async with thread(world, "H0") as told:
        asked = await told.ask()
        await told.decide(asked, "deny")
        assert await stages(told) == [Stage.DENIED]
        assert rules(await exported(told, accepted=True)) == {"police.lead"}
        found = await drafted(told)
        assert not found.left_out, "without H1 it is restated as belief"
        assert "believed" in str(dict_of(found)["facts"])
        assert [each["quoted"] for each in dict_of(found)["linked_threads"]] == [False, False]
        await told.ask()
        world.clock.advance(CONSENT.seconds)
        assert set(await stages(told)) == {Stage.DENIED, Stage.EXPIRED}, "no answer is a no"
        assert rules(await exported(told, accepted=True)) == {"police.lead"}


async def test_where_the_law_asks_for_a_letter_consent_changes_nothing(world: TestWorld) -> None:
    agree_on_evidence(world, EvidentialUse.JUDICIAL)
    async with thread(world, "H0") as told:
        await told.decide(await told.ask(), "grant")
        assert await stages(told) == [Stage.GRANTED]
        assert rules(await exported(told, accepted=True)) >= {"police.instrument"}
        found = await drafted(told)
        assert [each["quoted"] for each in dict_of(found)["linked_threads"]] == [False, False]
        assert dict_of(found)["measures"][0]["kind"] == "police_record"


async def test_consent_at_provision_reaches_the_courts_of_whoever_received_it(world: TestWorld) -> None:
    agree_on_evidence(world, EvidentialUse.POLICE)
    consent = {"decision": "granted", "conditions": CONDITION}
    async with thread(world, "H0", evidence_consent=consent) as told:
        made = await exported(told, accepted=True)
        assert isinstance(made, Exported), made
        assert made.conditions == (CONDITION,)
        wish = ExportWish(message=told.answer, recipient=NodeId("ba.prosecution"), accepted=True)
        abroad = await told.belgrade.gateway.exporting.export(wish)
        assert rules(abroad) == {"police.lead"}, "another country's court needs the owner's word by name"


async def test_whoever_lost_its_mandate_reads_nothing_more(world: TestWorld) -> None:
    async with thread(world, "H0") as told:
        assert isinstance(await told.belgrade.gateway.reading.open(told.answer), ReceivedMessage)
        now, registrars = world.clock(), world.network.registrars
        body = Suspension(node=RS.node, issued_at=now, until=now + 86_400, lift=False, reason=Reason.LOST)
        world.network.append(body, registrars[0])
        await told.belgrade.gateway.network.sync.run()
        assert rules(await told.belgrade.gateway.reading.open(told.answer)) == {"police.use-standing"}


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def test_a_consent_for_a_court_that_names_no_participant_is_shown_as_such(
    world: TestWorld, own_state: None
) -> None:
    nobody = {"name": "Viši sud u Beogradu", "country": "RS"}
    async with thread(world, "H0", "H1") as told:
        await told.decide(await told.ask(), "grant", target=nobody)
    async with named(world, RS, "belgrade"):
        assert "no participant named" in (await run("--as", "belgrade", "permissions")).output


async def test_at_the_console(world: TestWorld, own_state: None) -> None:
    agree_on_evidence(world, EvidentialUse.POLICE)
    async with thread(world, "H0", "H1") as told:
        await told.decide(await told.ask(), "grant")
        answer, question = told.answer.hex(), told.question.hex()
    out, letter = world.folder / "copy.json", world.folder / "letter.json"
    async with named(world, RS, "belgrade"):
        start = ("--as", "belgrade")
        listed = await run(*start, "permissions")
        assert ("granted" in listed.output, CONDITION in listed.output) == (True, True), listed.output
        paper = await run(*start, "print", answer)
        assert paper.output.splitlines()[0].startswith("H0 H1"), paper.output
        assert paper.output.splitlines()[0] == paper.output.splitlines()[-1]
        declined = await run(*start, "export", answer, "--for", COURT, "-o", str(out), give="n\n")
        assert (declined.exit_code, out.exists(), CONDITION in declined.output) == (1, False, True)
        made = await run(*start, "export", answer, "--for", COURT, "-o", str(out), give="y\n")
        assert made.exit_code == 0, made.output
        assert json.loads(out.read_text())["label"].startswith("Police information, evidential use consented")
        drafted_ = await run(*start, "draft-letter", question, "--for", COURT, "-o", str(letter))
        assert drafted_.exit_code == 0, drafted_.output
        assert "It is not sent" in drafted_.output
        assert CONDITION in letter.read_text(), letter.read_text()
        nobody = await run(*start, "draft-letter", question, "--for", "xx.nobody")
        assert (nobody.exit_code, "knows nobody" in nobody.output) == (1, True), nobody.output
        refused = await run(*start, "export", question, "--for", "mk.ilecu", "-o", str(world.folder / "x.json"))
        assert (refused.exit_code, "judicial authorities only" in refused.output) == (1, True), refused.output
        assert not (await run(*start, "outbox")).output.count("MT-R1"), "a draft is never sent by itself"
