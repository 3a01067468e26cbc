"""Tells a story to the running network, step by step, and notes which rule objected where and which let pass."""

import datetime as dt
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from egnatia.demo.client import Answer, Unexpected
from nodes.gateway.consent_versions import sheet_of
from policies.facts import Side, Use
from policies.model import PolicySet
from protocol.decision import parse_decision
from protocol.envelope import Envelope
from protocol.ids import Channel, TypeId
from tests.simulators.policies import shipped_policies
from tests.stories.bypass import Bypass
from tests.stories.change import suspend
from tests.stories.script import Step, Story, document_of, filled, request_of
from tests.stories.town import Town, person_of

OUTER_SIDES: Final = (Side.SENDER, Side.HUB, Side.RECIPIENT)
GUARD: Final = "guard"  # not a side: what refuses before any rule is asked
_PAUSE_S: Final = 0.1
_PATIENCE_S: Final = 120
_BY_PHONE: Final = {"channel": "phone", "told": "She was told what had been sent already."}
_NOT_TOLD: Final = "refused"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one side did with one step: the rule that objected, or that was asked and had no objection."""

    rule: str
    fired: bool
    side: str
    story: str
    step: str


@dataclass
class Rules:
    """What the policies say of each rule: where it is asked, and whether the hub can ask it."""

    policies: PolicySet = field(default_factory=shipped_policies)

    def __post_init__(self) -> None:
        self._outer = {each.rule.id for policy in self.policies.channels.values() for each in policy.outer}
        self._rules = {rule.id: rule for policy in self.policies.channels.values() for rule in policy.rules()}

    def knows(self, rule: str) -> bool:
        """Return whether a rule of the policies, the engine or the gate has this id; clocks and screening speak too."""
        return rule in self._rules or rule.startswith(("engine.", "gate."))

    def at(self, fires: Iterable[str], side: Side) -> set[str]:
        """Return those of the rules that this side asks; a rule of the engine itself is asked by every side."""
        return {
            each
            for each in fires
            if each not in self._rules
            or (side in self._rules[each].sides and (side is not Side.HUB or each in self._outer))
        }

    def asked(self, channel: str, type_: str, side: Side) -> set[str]:
        """Return every rule that this side asks of a message."""
        found = self.policies.channels[Channel(channel)].sets[TypeId(type_)]
        rules = {each.rule.id for each in found.outer} | {each.rule.id for each in found.inner}
        return self.at(rules, side)

    def of_disclosure(self, channel: str, type_: str) -> set[str]:
        """Return the rules that are asked when rows of such a message are shown to others."""
        listed = self.policies.channels[Channel(channel)].disclosure
        return {each.rule.id for each in listed if not each.rule.types or type_ in each.rule.types}

    def of_use(self, channel: str, type_: str, use: Use) -> set[str]:
        """Return the rules that are asked when such a message is put to a use where it is kept."""
        listed = (each.rule for each in self.policies.channels[Channel(channel)].uses)
        return {each.id for each in listed if use in each.uses and (not each.types or type_ in each.types)}


@dataclass
class Teller:
    """Tells stories; ``seen`` grows with every step."""

    town: Town
    rules: Rules = field(default_factory=Rules)
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bypass = Bypass(self.town)

    def tell(self, story: Story, **names: Any) -> None:
        """Take every step; ``AssertionError`` names the step that came out otherwise. ``names`` are known before."""
        told = _Telling(self, story, dict(names))
        for step in story.steps:
            try:
                told.take(step)
            except Unexpected as other:
                raise AssertionError(f"{story.file}, {step.step}: {other}") from other


@dataclass
class _Telling:
    """One story while it is told: the names that its steps gave."""

    teller: Teller
    story: Story
    names: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, tuple[str, str]] = field(default_factory=dict)  # channel and type by name

    def take(self, step: Step) -> None:
        if step.consent is not None:
            self._consent(step)
        elif step.withdraw is not None:
            self._node(step.by).post(f"/consents/{self.names[step.withdraw + '.id']}/withdraw", _BY_PHONE).done()
        elif step.show is not None:
            self._show(step)
        elif step.read is not None:
            self._read(step)
        elif step.export is not None:
            self._export(step)
        elif step.release is not None:
            path = f"/messages/{self.names[step.release]}/release"
            self._node(step.by).post(path, {"reason": "The sender was called."}).done()
        elif step.suspend is not None:
            suspend(self.teller.town, step.suspend)
        else:
            self._send(step)

    def _node(self, name: str) -> Any:
        return self.teller.town.nodes[name]

    def _note(self, rules: Iterable[str], side: str, step: Step, *, fired: bool) -> None:
        self.teller.seen += [Seen(each, fired, str(side), self.story.file, step.step) for each in sorted(rules)]

    def _send(self, step: Step) -> None:
        request = request_of(step, self.names, dt.datetime.now(tz=dt.UTC).date())
        if step.sign is not None:
            request["sign_as"] = person_of(step.by, step.sign).id.hex()
        if step.fires or step.hub is not None:
            self._refused(step, request)
        else:
            self._accepted(step, request)

    def _accepted(self, step: Step, request: dict[str, Any]) -> None:
        channel, type_ = request["channel"], request["type"]
        if step.lenient or step.forged or step.by not in self.teller.town.nodes:
            envelope, reply = self.teller.bypass.submit(step, request, filled(step.forged, self.names))
            assert reply.status == 201, self._told(step, f"the hub says {reply.problem}")
            message = envelope.id.hex()
        else:
            message = self._node(step.by).send(request)
            self._note(self.teller.rules.asked(channel, type_, Side.SENDER), Side.SENDER, step, fired=False)
            self._row(step, step.by, "outbox", message, "accepted_at")
        self._note(self.teller.rules.asked(channel, type_, Side.HUB), Side.HUB, step, fired=False)
        readers = [each for each in request["to"] if each in self.teller.town.nodes]
        for reader in readers:
            self._settled(reader, message, step, "accepted")
            self._note(self.teller.rules.asked(channel, type_, Side.RECIPIENT), Side.RECIPIENT, step, fired=False)
        if step.name is not None:
            self.names[step.name] = message
            self.headers[step.name] = channel, type_

    def _refused(self, step: Step, request: dict[str, Any]) -> None:
        rules = self.teller.rules
        own = step.by in self.teller.town.nodes and not (step.lenient or step.forged)
        if own:
            found = _findings(self._node(step.by).post("/messages", request), self._told(step, ""))
            self._compare(step, found, rules.at(step.fires, Side.SENDER), Side.SENDER)
        at_hub = rules.at(step.fires, Side.HUB)
        at_reader = set() if at_hub or step.hub is not None else rules.at(step.fires, Side.RECIPIENT)
        reader = next((each for each in request["to"] if each in self.teller.town.nodes), None)
        if step.own or not (at_hub or step.hub or (at_reader and reader)):
            assert own, self._told(step, "nobody is asked")
            return
        envelope, reply = self.teller.bypass.submit(step, request, filled(step.forged, self.names))
        if at_hub or step.hub is not None:
            self._at_hub(step, reply, at_hub)
            return
        assert reply.status == 201, self._told(step, f"the hub says {reply.problem}")
        self._held(step, str(reader), envelope, at_reader)

    def _at_hub(self, step: Step, reply: Any, expected: set[str]) -> None:
        assert reply.status >= 400, self._told(step, "the hub took it")
        problem = reply.problem
        if step.hub is not None:
            assert str(problem.code) == step.hub, self._told(step, f"the hub says {problem.code}")
            return
        assert problem.decision is not None, self._told(step, f"the hub says {problem.code} and names no rule")
        found = {each.rule for each in parse_decision(problem.decision).findings}
        self._compare(step, found, expected, Side.HUB)

    def _held(self, step: Step, reader: str, envelope: Envelope, expected: set[str]) -> None:
        message = envelope.id.hex()
        self._settled(reader, message, step, "held")
        if step.name is not None:
            self.names[step.name] = message
            self.headers[step.name] = envelope.manifest.core.channel, envelope.manifest.core.type
        steps = self._node(reader).get(f"/messages/{message}/why").done()["steps"]
        told = {each["rule"] for each in steps if each["rule"]}
        self._compare(step, {each for each in told if self.teller.rules.knows(each)}, expected, Side.RECIPIENT)

    def _settled(self, reader: str, message: str, step: Step, state: str) -> None:
        """Wait until a recipient has judged a message, and expect a state."""
        row = self._row(step, reader, "inbox", message, "state")
        where = "" if row["state"] == state else self._node(reader).where(message)
        assert row["state"] == state, self._told(step, f"{reader} has it as {row['state']}: {where}")

    def _row(self, step: Step, at: str, box: str, message: str, key: str) -> Any:
        """Wait until a node lists a message with a value under a key, and return the entry."""
        end = time.monotonic() + _PATIENCE_S
        while True:
            answer = self._node(at).get(f"/messages?box={box}&id={message}")
            found = next((row for row in answer.body.get("messages", ()) if row[key] is not None), None)
            if found is not None:
                return found
            assert time.monotonic() < end, self._told(
                step, f"not in the {box} of {at}: {self._node(at).where(message)}"
            )
            time.sleep(_PAUSE_S)

    def _compare(self, step: Step, found: set[str], expected: set[str], side: Side) -> None:
        assert found == expected, self._told(
            step, f"at the {side}: not told {sorted(found - expected)}, told in vain {sorted(expected - found)}"
        )
        self._note(found, side, step, fired=True)

    def _show(self, step: Step) -> None:
        """Show rows of a received message to another participant; only the own node judges that."""
        message, (channel, type_) = self.names[str(step.show)], self.headers[str(step.show)]
        (recipient,) = step.to or ()
        answer = self._node(step.by).post(f"/messages/{message}/disclosures", {"to": recipient, **step.header})
        if step.before:
            assert answer.status >= 400, self._told(step, f"was let through: {answer.body}")
            assert not answer.body.get("findings"), self._told(step, f"a rule spoke: {answer.body}")
            self._note(step.before, GUARD, step, fired=True)
            return
        if step.fires:
            found = _findings(answer, self._told(step, ""))
            self._compare(step, found, set(step.fires), Side.SENDER)
            return
        if answer.status >= 400:
            raise AssertionError(self._told(step, f"refused: {sorted(_findings(answer, step.step))}"))
        self._note(self.teller.rules.of_disclosure(channel, type_), Side.SENDER, step, fired=False)

    def _read(self, step: Step) -> None:
        """Read or print a message where it is kept; only that node judges it."""
        message, (channel, type_) = self.names[str(step.read)], self.headers[str(step.read)]
        use = Use(step.header.get("use", Use.READ))
        answer = self._node(step.by).get(f"/messages/{message}?use={use}")
        end = time.monotonic() + _PATIENCE_S
        while step.fires and answer.status < 400 and time.monotonic() < end:  # a statement is on its way to the node
            time.sleep(_PAUSE_S)
            answer = self._node(step.by).get(f"/messages/{message}?use={use}")
        if step.fires:
            self._compare(step, _findings(answer, self._told(step, "")), set(step.fires), Side.SENDER)
            return
        assert answer.status < 400, self._told(step, f"refused: {answer.body}")
        self._note(self.teller.rules.of_use(channel, type_, use), Side.SENDER, step, fired=False)

    def _export(self, step: Step) -> None:
        """Make the copy of a kept message for a court file; only that node judges it."""
        message, (channel, type_) = self.names[str(step.export)], self.headers[str(step.export)]
        (court,) = step.to or ()
        answer = self._node(step.by).post(f"/messages/{message}/exports", {"for": court, **step.header})
        if step.fires:
            self._compare(step, _findings(answer, self._told(step, "")), set(step.fires), Side.SENDER)
            return
        assert answer.status < 400, self._told(step, f"refused: {answer.body}")
        self._note(self.teller.rules.of_use(channel, type_, Use.EXPORT), Side.SENDER, step, fired=False)

    def _consent(self, step: Step) -> None:
        """Record a consent and wait until the hub has logged its references."""
        document = document_of(step, str(step.consent), self.names, dt.datetime.now(tz=dt.UTC).date())
        if "read_back" in document.get("record", {}):  # the sheet of this very record was read to the person
            document["record"]["read_back"]["sheet"] = sheet_of(document)
        node = self._node(step.by)
        made = node.post("/consents", {"document": document, **step.header}).done()
        if step.name is not None:
            self.names |= {f"{step.name}.id": made["id"], f"{step.name}.document": document}
            for each in made["references"]:
                self.names.setdefault(f"{step.name}.{each['recipient']}", []).append(each["reference"])
            self.names[step.name] = [each["reference"] for each in made["references"]]
        wanted = {each["reference"] for each in made["references"]}
        end = time.monotonic() + _PATIENCE_S
        while True:
            rows = node.get("/consents").done()["consents"]
            states = {each["reference"]: each["token"] for row in rows for each in row["references"]}
            if all(states.get(each) == "logged" for each in wanted):
                return
            assert time.monotonic() < end, self._told(step, f"the hub did not log the consent: {states}")
            time.sleep(_PAUSE_S)

    def _told(self, step: Step, what: str) -> str:
        return f"{self.story.file}, {step.step}: {what}"


def _findings(answer: Answer, where: str) -> set[str]:
    """Return the rules that a node's refusal names."""
    assert answer.status >= 400, f"{where} allowed, and should have been refused: {answer.body}"
    listed = answer.body.get("findings")
    assert listed, f"{where} refused by no rule: {answer.body}"
    for each in listed:
        assert each["article"], f"{where} {each['rule']} names no article"
        assert each["sentence"], f"{where} {each['rule']} says nothing"
        assert each["remedy"], f"{where} {each['rule']} names no lawful way"
    return {str(each["rule"]) for each in listed}
