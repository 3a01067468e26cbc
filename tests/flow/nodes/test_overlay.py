"""A node's own rules: asked before sending and after receiving, named wherever they speak, and never able to allow."""

from dataclasses import replace
from pathlib import Path

import pytest

from nodes.checkup import check_up
from nodes.gateway.inbox import InState
from nodes.gateway.overlay import Overlay, load_overlay, mark_of
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.send import Queued, Stopped
from policies.parse import parse_overlay
from policies.selftest import run_cases
from protocol.decision import Finding, Verdict
from protocol.errors import Code
from runtime.operator import OperatorError
from tests.simulators.node import MK, RS, TestWorld, example, packaged_bundle
from tests.simulators.node_api import api
from tests.simulators.node_cli import named, run
from tests.simulators.policies import CHANNELS, shipped_cases, shipped_policies

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])
NOT_OUT = """\
overlay: police
outer:
  - {id: mk.no-investigation, predicate: purpose, sides: [sender], parameters: {purposes: [prevent]},
     article: NET, text: purpose-police}
"""
NOT_IN = """\
overlay: police
outer:
  - {id: rs.look-first, predicate: purpose, sides: [recipient], verdict: hold, parameters: {purposes: [prevent]},
     article: NET, text: purpose-police}
"""
UNFIT = NOT_OUT.replace("mk.no-investigation", "police.purpose")


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "own.yaml"
    path.write_text(text)
    return path


def own(folder: Path, text: str) -> Overlay:
    return load_overlay(written(folder, text))


def finding_of(found: object) -> Finding:
    assert isinstance(found, Stopped), found
    assert found.refused.decision is not None
    (finding,) = found.refused.decision.findings
    return finding


async def test_an_own_rule_refuses_before_sending(world: TestWorld) -> None:
    mine = own(world.folder / "mk", NOT_OUT)
    async with world.machine(MK).running(overlay=mine) as skopje:
        finding = finding_of(await skopje.send(REQUEST))
        assert (finding.rule, mark_of(finding)) == ("mk.no-investigation", mine.mark)
        await skopje.submit()
        assert world.hub.stored == 0


async def test_a_rule_of_the_network_is_not_marked(world: TestWorld) -> None:
    mine = own(world.folder / "mk", NOT_IN)
    async with world.machine(MK).running(overlay=mine) as skopje:
        found = await skopje.send(REQUEST | {"purpose": "assistance"})
        assert isinstance(found, Stopped)
        assert found.refused.decision is not None
        assert {mark_of(each) for each in found.refused.decision.findings} == {None}


async def test_an_own_rule_holds_after_receiving_and_a_person_releases(world: TestWorld) -> None:
    mine = own(world.folder / "rs", NOT_IN)
    async with world.machine(MK).running() as skopje, world.machine(RS).running(overlay=mine) as belgrade:
        message = await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        found = await belgrade.gateway.reading.open(message)
        assert isinstance(found, ReceivedMessage)
        assert (found.row.state, found.opened) == (InState.HELD, None)
        assert found.row.decision is not None
        assert [(each.rule, mark_of(each)) for each in found.row.decision.findings] == [("rs.look-first", mine.mark)]
        await belgrade.gateway.holding.release(message, "looked at")
        found = await belgrade.gateway.reading.open(message)
        assert isinstance(found, ReceivedMessage)
        assert found.opened is not None


async def test_other_channels_are_as_before(world: TestWorld) -> None:
    mine = own(world.folder / "mk", "overlay: cso\n")
    async with world.machine(MK).running(overlay=mine) as skopje:
        assert isinstance(await skopje.send(REQUEST), Queued)


async def test_what_does_not_fit_the_policy_stops_its_channel_both_ways(world: TestWorld) -> None:
    mine = own(world.folder / "own", UNFIT)
    async with world.machine(MK).running() as skopje, world.machine(RS).running(overlay=mine) as belgrade:
        message = await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        held = await belgrade.gateway.reading.find(message)
        assert isinstance(held, ReceivedMessage)
        assert held.row.state is InState.HELD
        assert held.row.decision is not None
        assert [each.rule for each in held.row.decision.findings] == ["gate.unfit-overlay"]
        stopped = await belgrade.send(example("MT-01/person-sr-Cyrl", to=["mk.ilecu"]))
        assert finding_of(stopped).rule == "gate.unfit-overlay"
        assert isinstance(stopped, Stopped)
        assert (stopped.refused.code, stopped.allowed) == (Code.POLICY_DENIED, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("overlay: [", "own.yaml"),
        ("outer: []\n", "The key `overlay` is missing"),
        ("overlay: police\nobligations: []\n", "`obligations` is not a key here"),
        ("overlay: nowhere\n", "`nowhere` is not a channel"),
        ("overlay: police\n" + "#" * (1 << 20), "larger than"),
    ],
)
async def test_a_node_does_not_start_with_a_file_that_is_no_overlay(
    world: TestWorld, text: str | None, words: str
) -> None:
    path = world.folder / "own.yaml" if text is None else written(world.folder, text)
    with pytest.raises(OperatorError) as caught:
        async with world.machine(MK).serving(overlay=path):
            pass
    assert caught.value.code == "OVERLAY"
    assert str(path) in caught.value.what
    assert words in caught.value.what


@pytest.mark.parametrize("verdict", ["allow", "approve"])
async def test_a_node_does_not_start_with_rules_that_permit(world: TestWorld, verdict: str) -> None:
    path = written(world.folder, NOT_IN.replace("hold", verdict))
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
    with pytest.raises(OperatorError) as caught:
        async with world.machine(MK).serving(overlay=path):
            pass
    assert str(path) in caught.value.what
    assert f"`{verdict}` cannot stand here" in caught.value.what


async def test_status_and_why_name_the_overlay(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = written(world.folder / "own", NOT_IN)
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
        await skopje.submit()
    async with api(world, RS, overlay=path) as belgrade:
        await belgrade.until("/messages", lambda found: found["messages"])
        status = (await belgrade.get("/status"))["overlay"]
        assert (status["file"], status["channel"], status["fits"]) == (str(path), "police", True)
        assert status["rules"] == ["rs.look-first"]
        steps = (await belgrade.get(f"/messages/{message.hex()}/why"))["steps"]
        held, person = steps[:2]
        assert (held["rule"], held["overlay"]) == ("rs.look-first", status["digest"][:12])
        assert (person["rule"], person["overlay"]) == (None, None)
        # Screening tells the same rule once more, with the same mark; the clock has none.
        marks = {each["overlay"] for each in steps if each["rule"] == "rs.look-first"}
        assert marks == {status["digest"][:12]}
    async with named(world, RS, "belgrade", overlay=path):
        assert f"overlay: {path} over police, 1 rules" in (await run("--as", "belgrade", "status")).output
        assert "own overlay" in (await run("--as", "belgrade", "why", message.hex())).output


@pytest.mark.parametrize(("text", "well"), [(NOT_IN, True), ("overlay: [", False)])
async def test_a_check_looks_at_the_overlay(world: TestWorld, text: str, well: bool) -> None:
    machine = world.machine(MK)
    path = written(world.folder / "own", text)
    findings = await check_up(machine.config(overlay=path), machine.keystore().secrets, world.clock)
    (found,) = [each for each in findings if each.name == "overlay"]
    assert found.well is well
    assert str(path) in found.found
    assert bool(found.remedy) is not well
    without = await check_up(machine.config(), machine.keystore().secrets, world.clock)
    assert "overlay" not in {each.name for each in without}


async def test_without_an_overlay_the_status_says_so(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        assert (await skopje.get("/status"))["overlay"] is None


@pytest.mark.parametrize("verdict", ["deny", "hold"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_an_overlay_never_allows_what_the_network_does_not(channel: str, verdict: str) -> None:
    """Over every case of the shipped policies the decision gets no milder, and no finding of the network is lost."""
    severity = [Verdict.ALLOW, Verdict.HOLD, Verdict.APPROVE, Verdict.DENY]
    rule = f"{{id: own.x, predicate: purpose, verdict: {verdict}, parameters: {{purposes: [none]}}, article: NET"
    text = f"overlay: {channel}\nouter:\n  - {rule}, text: purpose-system}}\n"
    base = shipped_policies()
    laid = parse_overlay("own.yaml", text.encode(), base)
    cases = shipped_cases(channel)
    assert cases
    for before, after in zip(run_cases(base, cases), run_cases(laid, cases), strict=True):
        assert severity.index(after.decision.verdict) >= severity.index(before.decision.verdict), before.case.name
        assert set(before.decision.findings) <= set(after.decision.findings)
        if before.case.facts.disclosed is None:
            assert after.decision.verdict is not Verdict.ALLOW
            assert after.decision.obligations in ((), before.decision.obligations)


def test_a_mark_changes_nothing_but_the_finding() -> None:
    bundle = packaged_bundle()
    mine = Overlay(Path("own.yaml"), NOT_IN.encode(), next(iter(bundle.policies.channels)))
    finding = Finding("own.x", "NET", "x", Verdict.HOLD, None, (("a", "b"),))
    case = shipped_cases("police")[0]
    decision = run_cases(shipped_policies(), (case,))[0].decision
    decision = replace(decision, findings=(finding,))
    assert mine.marked(decision, frozenset()) == decision
    marked = mine.marked(decision, frozenset({"own.x"}))
    assert marked.findings == (replace(finding, parameters=(("a", "b"), ("overlay", mine.mark))),)
