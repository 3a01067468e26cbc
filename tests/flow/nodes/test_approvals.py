"""An approval counts at the sender from the moment its token is logged until it is withdrawn or expires."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from nodes.gateway.approvals import LONGEST_DAYS, Approvals, Asked
from nodes.gateway.send import Queued, Result, Stopped
from protocol.envelope import parse_envelope
from protocol.ids import NodeId, Reference
from protocol.records import ConsentToken
from protocol.tokens import TokenKind
from tests.simulators.node import AL, MK, RS, TestGateway, TestWorld, example
from tests.simulators.node_api import api
from tests.simulators.node_cli import named, run, until

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])


async def give(node: TestGateway, days: int = 7) -> Reference:
    found = await node.gateway.approvals.give(Asked(MK.node, RS.node, days))
    assert isinstance(found, ConsentToken), found
    return found.reference


def under(*references: Reference) -> Mapping[str, object]:
    return REQUEST | {"approvals": [each.hex() for each in references]}


def state_of(result: Result) -> str:
    """Return what the rule about approvals says of the one that is named."""
    assert isinstance(result, Stopped), result
    assert result.refused.decision is not None
    (finding,) = result.refused.decision.findings
    assert finding.rule == "police.approvals-logged"
    return dict(finding.parameters)["state"]


async def test_a_logged_approval_reaches_the_rules_and_the_header(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        reference = await give(skopje)
        assert state_of(await skopje.send(dict(under(reference)))) == "not-logged"
        await skopje.post()
        assert [each.kind for each in world.hub.tokens.values()] == [TokenKind.APPROVAL]
        assert isinstance(await skopje.send(dict(under(reference))), Queued)
        await skopje.submit()
        (raw,) = world.hub.envelopes.values()
        assert parse_envelope(raw).manifest.core.approvals == (reference,)


async def test_a_withdrawn_approval_ends_before_the_hub_knows(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        reference = await give(skopje)
        await skopje.post()
        assert await skopje.gateway.approvals.withdraw(reference)
        assert state_of(await skopje.send(dict(under(reference)))) == "withdrawn"
        await skopje.post()
        kinds = [each.kind for each in world.hub.tokens.values()]
        assert kinds == [TokenKind.APPROVAL, TokenKind.APPROVAL_WITHDRAWN]


async def test_an_approval_expires(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        reference = await give(skopje, days=1)
        await skopje.post()
        world.clock.advance(86_400)
        await skopje.gateway.network.sync.run()
        assert state_of(await skopje.send(dict(under(reference)))) == "expired"


async def test_an_unknown_approval_is_no_approval(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        known = await give(skopje)
        await skopje.post()
        assert state_of(await skopje.send(dict(under(known, Reference(b"x" * 16))))) == "not-logged"
        assert not await skopje.gateway.approvals.withdraw(Reference(b"x" * 16))


async def test_an_approval_for_another_sender_is_refused(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        found = await skopje.gateway.approvals.give(Asked(AL.node, RS.node, 7))
        assert isinstance(found, ConsentToken)
        await skopje.post()
        assert state_of(await skopje.send(dict(under(found.reference)))) == "other-sender"


@pytest.mark.parametrize(
    ("asked", "paths"),
    [
        (Asked(MK.node, NodeId("xx.nobody"), 7), ["/recipient"]),
        (Asked(NodeId("xx.nobody"), RS.node, 7), ["/sender"]),
        (Asked(RS.node, RS.node, 7), ["/recipient"]),
        (Asked(MK.node, RS.node, LONGEST_DAYS + 1), ["/days"]),
        (Asked(MK.node, RS.node, 0), ["/days"]),
    ],
)
async def test_what_the_hub_would_refuse_is_told_by_field(world: TestWorld, asked: Asked, paths: list[str]) -> None:
    async with world.machine(MK).running() as skopje:
        approvals: Approvals = skopje.gateway.approvals
        faults = await approvals.give(asked)
        assert not isinstance(faults, ConsentToken)
        assert [fault.path for fault in faults] == paths


async def test_the_api_gives_and_withdraws(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        status, given = await skopje.post("/approvals", {"recipient": "rs.ilecu", "days": 3})
        assert (status, given["sender"]) == (201, "mk.ilecu"), given
        status, ended = await skopje.post(f"/approvals/{given['reference']}/withdraw", {})
        assert (status, ended["state"]) == (200, "withdrawn")
        for name in ("00" * 16, "zz", "00"):
            assert (await skopje.post(f"/approvals/{name}/withdraw", {}))[0] == 404
        for body in ({"recipient": "rs.ilecu"}, {"recipient": "?", "days": 3}, {"recipient": "a", "days": True}):
            assert (await skopje.post("/approvals", body))[0] == 400
        status, refused = await skopje.post("/approvals", {"recipient": "xx.nobody", "days": 3})
        assert (status, refused["fields"][0]["path"]) == (422, "/recipient")


async def test_a_person_gives_an_approval_and_sends_under_it(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = tmp_path / "request.json"
    file.write_text(json.dumps(REQUEST))
    async with named(world, MK, "skopje"):
        given = await run("--as", "skopje", "approval", "give", "--to", "rs.ilecu", "--days", "3")
        reference = given.output.split()[1].rstrip(":")
        sending = ("--as", "skopje", "send", "--file", str(file), "--dry-run", "--approval", reference)
        assert "It would go" in (await until("It would go", *sending)).output
        assert "is withdrawn" in (await run("--as", "skopje", "approval", "withdraw", reference)).output
        assert "POLICY_DENIED" in (await run(*sending)).output
