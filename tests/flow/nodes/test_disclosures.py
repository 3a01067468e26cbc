"""A recipient shows rows of a message to others: within the rules, written down, provable anywhere."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from egnatia.cli import root
from keys.disclosures import verify_disclosure
from keys.exchange_files import DirectoryFile, encode_directory
from nodes.commands.registry import Place, register
from nodes.gateway.disclosing import Disclosing, NotHere, Proposal, Wanted
from nodes.gateway.wishes import InputFault
from protocol.disclosure import encode_disclosure, parse_disclosure
from protocol.errors import Code
from protocol.ids import MessageId, NodeId
from protocol.short_reference import PATH, new_reference
from protocol.stages import Refused
from tests.simulators.node import AL, MK, RS, TestGateway, TestWorld, example, some_example
from tests.simulators.refusal import refused

PLATES = "/subjects/vehicles/*"


def wanted(message: MessageId, to: str = "mk.ilecu", **changes: Any) -> Wanted:
    return Wanted(**({"message": message, "recipient": NodeId(to), "patterns": (PLATES,)} | changes))


async def asked(skopje: TestGateway, belgrade: TestGateway, **changes: Any) -> MessageId:
    """Skopje asks Belgrade, and Belgrade has the message."""
    message = await skopje.queue(example("MT-01/vehicle-mk", **({"to": ["rs.ilecu"]} | changes)))
    await skopje.exchange(belgrade)
    return message


def rules(found: object) -> set[str]:
    assert isinstance(found, Refused), found
    assert found.decision is not None
    return {each.rule for each in found.decision.findings}


async def test_rows_are_shown_to_the_owner_and_verified_by_anybody(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        disclosing: Disclosing = belgrade.gateway.disclosing
        found = await disclosing.propose(wanted(message))
        assert isinstance(found, Proposal), found
        assert not await disclosing.shown(message), "a proposal is no disclosure"
        made = await disclosing.make(wanted(message))
        assert isinstance(made, Proposal)
        (shown,) = await disclosing.shown(message)
        assert (shown.recipient, shown.purpose, shown.part) == ("mk.ilecu", "investigate", "body")
        assert shown.revealed + shown.withheld == len(made.disclosure.slots)

        verified = verify_disclosure(parse_disclosure(made.raw), skopje.gateway.network.replica.directory)
        assert verified.sender.node == "mk.ilecu"
        assert verified.leaf is not None
        assert all(row.path.startswith("/subjects/vehicles/0/") for row in verified.rows)
        assert PATH in made.withheld
        assert b"Lojane" not in made.raw, "the facts were withheld"


async def test_who_did_not_have_the_message_needs_the_owners_word(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        disclosing = belgrade.gateway.disclosing
        assert rules(await disclosing.make(wanted(message, "al.ilecu"))) == {"police.disclose-owner"}
        assert rules(await disclosing.make(wanted(message, "nada.rs"))) >= {"police.disclose-belongs"}
        assert rules(await disclosing.make(wanted(message, "xx.nobody"))) >= {"police.disclose-enrolled"}
        assert rules(await disclosing.make(wanted(message, purpose="assistance"))) == {"police.disclose-purpose"}
        proceedings = wanted(message, "rs.prosecution", rows=("/facts",), patterns=(), purpose="proceedings")
        assert rules(await disclosing.make(proceedings)) == {
            "police.disclose-owner",
            "police.disclose-proceedings",
            "police.disclose-evidence",
        }
        assert not await disclosing.shown(message), "nothing that was refused was written down"


async def test_whoever_had_the_message_too_may_see_rows(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade, to=["rs.ilecu", "al.ilecu"], language="en")
        found = await belgrade.gateway.disclosing.make(wanted(message, "al.ilecu"))
        assert isinstance(found, Proposal), found


async def test_a_wish_that_fits_nothing_is_named(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        disclosing = belgrade.gateway.disclosing
        for changes, word in (
            ({"patterns": ("/nothing*",)}, "/nothing*"),
            ({"patterns": (), "rows": ("/none",)}, "/none"),
            ({"patterns": ()}, "at least one"),
            ({"part": "identity"}, "identity"),
        ):
            found = await disclosing.propose(wanted(message, **changes))
            assert isinstance(found, InputFault)
            assert word in found.sentence
        assert await disclosing.propose(wanted(MessageId(bytes(32)))) == NotHere(sent=False)
        assert await skopje.gateway.disclosing.propose(wanted(message)) == NotHere(sent=True)


async def test_a_disclosure_of_another_network_or_a_forged_one_proves_nothing(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        made = await belgrade.gateway.disclosing.make(wanted(message))
        assert isinstance(made, Proposal)
        directory = skopje.gateway.network.replica.directory
        bare = parse_disclosure(made.raw)
        unlogged = verify_disclosure(parse_disclosure(encode_disclosure(replace(bare, logged=None))), directory)
        assert unlogged.leaf is None
        dropped = replace(bare, slots=bare.slots[1:])
        with refused(Code.FIELD_COMMITMENT):
            verify_disclosure(dropped, directory)
        assert bare.logged is not None
        with refused(Code.BAD_INCLUSION):
            moved = replace(bare.logged.inclusion, index=bare.logged.inclusion.index + 1)
            verify_disclosure(replace(bare, logged=replace(bare.logged, inclusion=moved)), directory)


# At the console


async def run(*words: str, give: str = "") -> Result:
    return await asyncio.to_thread(CliRunner().invoke, root, list(words), give)


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def test_the_console_says_what_becomes_visible_before_it_writes(world: TestWorld, own_state: None) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = (await asked(skopje, belgrade)).hex()
    out = world.folder / "shown.disclosure"
    async with world.machine(RS).serving() as node:
        register("belgrade", Place(f"http://127.0.0.1:{node.port}", node.config.api.token))
        await node.gateway.network.sync.run()  # the rules are fetched before anything is asked
        start = ("node", "disclose", message[:10], "--to", "mk.ilecu", "--rows", PLATES)
        no_file = await run(*start)
        assert (no_file.exit_code, "-o FILE" in no_file.output) == (1, True)
        declined = await run(*start, "-o", str(out), give="n\n")
        assert (declined.exit_code, out.exists()) == (1, False)
        assert "becomes visible" in declined.output, declined.output
        assert declined.output.index("becomes visible") < declined.output.index("Write it?")
        for words in ("from: mk.ilecu", "to: rs.ilecu", "channel: police", "purpose: investigate", "Withheld:"):
            assert words in declined.output, words
        tried = await run(*start, "--dry-run", "--json")
        assert json.loads(tried.output)["state"] == "would-show"
        made = await run(*start, "-o", str(out), "--yes")
        assert (made.exit_code, out.exists()) == (0, True), made.output
        assert oct(out.stat().st_mode)[-3:] == "600"
        assert (await run(*start, "-o", str(out), "--yes")).exit_code == 1, "never overwritten"
        listed = await run("node", "disclosures", message)
        assert [line.split("\t")[0] for line in listed.output.splitlines()] == ["to", "mk.ilecu"], listed.output

        verified = await run("node", "verify-disclosure", str(out))
        assert "Signed by mk.ilecu" in verified.output
        assert "Logged by the hub at" in verified.output
        assert "VR 123-ŽĆ" in verified.output
        assert "Lojane" not in verified.output
        refused_here = await run(*start[:3], "--to", "al.ilecu", "--rows", PLATES, "--dry-run")
        assert "has not allowed al.ilecu to have it" in refused_here.output
        assert "What to do: " in refused_here.output
        missing = await run(*start[:5], "--row", "/none", "--dry-run")
        assert "No row of the message fits: /none" in missing.output
        out.write_bytes(out.read_bytes()[:-40] + bytes(40))
        assert (await run("node", "verify-disclosure", str(out))).exit_code == 1


async def test_a_disclosure_is_verified_without_a_node(world: TestWorld, own_state: None) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        made = await belgrade.gateway.disclosing.make(wanted(message))
        assert isinstance(made, Proposal)
    out, network = world.folder / "d.disclosure", world.network
    out.write_bytes(made.raw)
    file = DirectoryFile(network.charter_digest, tuple(network.entries), network.directory)
    directory = world.folder / "network.directory"
    directory.write_bytes(encode_directory(file))
    pin = network.charter_digest.hex()
    start = ("node", "verify-disclosure", str(out), "--directory", str(directory))
    good = await run(*start, "--pin", pin)
    assert "Both signatures hold" in good.output, good.output
    as_json = json.loads((await run(*start, "--pin", pin, "--json")).output)
    assert as_json["logged_at"] is not None
    for words, expected in (
        ((), "belong together"),
        (("--pin", "00"), "64 hex digits"),
        (("--pin", "0" * 64), "another charter"),
    ):
        found = await run(*start, *words)
        assert (found.exit_code, expected in found.output) == (1, True), found.output
    old = DirectoryFile(network.charter_digest, tuple(network.entries[:1]), network.directory)
    directory.write_bytes(encode_directory(old))
    stale = await run(*start, "--pin", pin)
    assert "is older than the message" in stale.output
    out.write_bytes(b"nonsense")
    assert "What to do" in (await run(*start, "--pin", pin)).output
    directory.write_bytes(b"nonsense")
    assert "no directory file" in (await run(*start, "--pin", pin)).output


# The short reference


async def test_both_sides_show_one_reference_and_find_the_message_by_it(world: TestWorld, own_state: None) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        sent = await skopje.gateway.reading.find(message)
        received = await belgrade.gateway.reading.find(message)
        assert sent is not None
        assert received is not None
        assert sent.row.reference == received.row.reference
        reference = received.row.reference
        assert reference is not None
        assert not any(reference.encode() in envelope for envelope in world.hub.envelopes.values())
        answer = await belgrade.queue(some_example("MT-04", in_reply_to=message.hex()))
        other = await belgrade.gateway.reading.find(answer)
        assert other is not None
        assert other.row.reference not in (None, reference)
    async with world.machine(RS).serving() as node:
        register("belgrade", Place(f"http://127.0.0.1:{node.port}", node.config.api.token))
        await node.gateway.network.sync.run()  # the rules are fetched before anything is asked
        spoken = reference.lower().replace("-", " ")
        shown = await run("node", "show", spoken)
        assert shown.exit_code == 0, shown.output
        assert f"reference: {reference}" in shown.output
        assert f"reference: {reference}" in (await run("node", "why", reference)).output
        assert reference in (await run("node", "inbox")).output
        wrong = reference[:-1] + ("2" if reference[-1] != "2" else "3")
        misheard = await run("node", "show", wrong)
        assert (misheard.exit_code, "misheard, mistyped or exchanged" in misheard.output) == (1, True)
        short = await run("node", "show", reference[:-1])
        assert "twelve letters and digits" in short.output
        unknown = await run("node", "show", new_reference(lambda size: b"\x55" * size))
        assert "There is no such thing" in unknown.output


async def test_a_conversation_never_leaves_its_channel_and_circle(world: TestWorld) -> None:
    """The id stands in the core: reused elsewhere it would link what the network keeps apart."""
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        first = await skopje.gateway.reading.find(message)
        assert first is not None
        known = first.row.conversation
        assert known is not None
        for request in (
            example("MT-01/vehicle-mk", to=["al.ilecu"], language="en", conversation=known.hex()),
            example("MT-01/vehicle-mk", to=["al.ilecu", "rs.ilecu"], language="en", conversation=known.hex()),
            example("MT-01/vehicle-mk", to=["rs.ilecu"], conversation="00" * 16),
        ):
            found = await skopje.send(request)
            assert [each.path for each in found.faults] == ["/conversation"], found  # type: ignore[union-attr]
        again = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"], conversation=known.hex()))
        wider = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu", "al.ilecu"], language="en"))
        rows = [await skopje.gateway.reading.find(each) for each in (again, wider)]
        assert [row.row.conversation == known for row in rows if row is not None] == [True, False]


async def test_an_answer_to_one_of_many_begins_a_conversation_of_its_own(world: TestWorld) -> None:
    machines = (world.machine(MK), world.machine(RS), world.machine(AL))
    async with machines[0].running() as skopje, machines[1].running() as belgrade, machines[2].running():
        message = await asked(skopje, belgrade, to=["rs.ilecu", "al.ilecu"], language="en")
        answer = await belgrade.queue(some_example("MT-04", in_reply_to=message.hex(), language="en"))
        found = [await belgrade.gateway.reading.find(each) for each in (message, answer)]
        assert found[0] is not None
        assert found[1] is not None
        assert found[0].row.conversation != found[1].row.conversation
