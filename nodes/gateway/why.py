"""For any message: where it is, who has to act, which rule stopped it, and what to do next. Pure over stored rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from keys.summaries import when
from nodes.gateway.inbox import InRow, InState
from nodes.gateway.outbox import OutRow, OutState, Sent
from nodes.gateway.overlay import mark_of
from nodes.gateway.silence import SILENCE_DAYS
from policies.case_words import HOLD
from policies.clocks.words import tell
from policies.clocks.zones import DAY
from policies.explain import explain, explain_finding
from policies.model import Rule
from policies.texts import Library
from protocol.core import Mode
from protocol.decision import Decision, Finding, Verdict
from protocol.errors import Code
from protocol.ids import NodeId
from protocol.meanings import MEANINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the answer. ``node`` is the addressee it concerns, None when it concerns the message as a whole."""

    where: str
    who: str
    sentence: str
    remedy: str
    node: NodeId | None = None
    code: Code | None = None
    rule: str | None = None
    article: str | None = None
    overlay: str | None = None  # which overlay of this node the rule stands in, None for a rule of the network


@dataclass(frozen=True, slots=True)
class Reader:
    """In which words, under which texts, and when the answer is read."""

    language: str
    texts: Library | None
    now: int
    withheld: frozenset[NodeId] = frozenset()  # addressees whose key for the message was revoked
    labels: Mapping[NodeId, str] = field(default_factory=dict)  # how the directory calls the participants
    answered: bool = False  # whether this node has answered the message
    rules: Mapping[str, Rule] = field(default_factory=dict)  # of the message's channel, by their ids


def why_sent(row: OutRow, people: Sequence[Sent], reader: Reader) -> tuple[Step, ...]:
    """Return where a sent message stands, one step for each addressee once the hub has it."""
    match row.state:
        case OutState.READY:
            return (_waiting(row),)
        case OutState.ACCEPTED:
            return tuple(_at_addressee(row, each, reader) for each in people)
        case OutState.REFUSED:
            return (*_refused(row, reader), *_all_the_same(people))
        case OutState.REPLACED:
            return (_meant("here", "nobody", row.code or Code.NO_VALID_KEY),)
        case OutState.EXPIRED:
            return (_meant("here", "you", Code.EXPIRED),)


def why_received(row: InRow, reader: Reader) -> tuple[Step, ...]:
    """Return where a received message stands."""
    match row.state:
        case InState.ACCEPTED | InState.RELEASED:
            return (_here(row, reader),)
        case InState.HELD:
            return _held(row, reader)
        case InState.RETURNED:
            sentence = "It was returned to its sender, who is told so."
            return (Step(where="sender", who="sender", sentence=sentence, remedy="Wait for a new message."),)
        case InState.UNOPENABLE:
            return (_meant("here", "sender", row.code or Code.CANNOT_OPEN),)
        case InState.GONE:
            sentence = "The hub no longer has its content: it was deleted, or withheld because its key was revoked."
            return (
                Step(
                    where="nowhere",
                    who="you",
                    sentence=sentence,
                    remedy="Ask the sender to send it again, and keep the node running.",
                    code=Code.EXPIRED,
                ),
            )


def _here(row: InRow, reader: Reader) -> Step:
    """Return what is left to do with a message that may be read. A clock that runs has a step of its own."""
    if row.read_at is None:
        sentence, remedy = "It is here and was not read yet.", "Open it; the sender is told that you did."
        return Step(where="here", who="you", sentence=sentence, remedy=remedy)
    if reader.answered:
        return Step(where="here", who="nobody", sentence="It was read and answered here.", remedy="Nothing to do.")
    who = "you" if row.mode is Mode.ACTION and row.in_reply_to is None else "nobody"
    remedy = "Answer it with `reply`, where it asks for an answer."
    return Step(where="here", who=who, sentence="It was read here.", remedy=remedy)


def _waiting(row: OutRow) -> Step:
    if row.code is None:
        sentence = "It is sealed and waits in this node's outbox for the hub."
        return Step(where="outbox", who="nobody", sentence=sentence, remedy="Nothing to do: it is offered by itself.")
    return _meant("outbox", "nobody", row.code)


def _at_addressee(row: OutRow, who: Sent, reader: Reader) -> Step:
    if who.rejected_at is not None:
        return _said(who, "recipient", "you", "returned it.", "Read the reason with the recipient and send a new one.")
    if who.read_at is not None:
        return _said(who, "recipient", "recipient", "received and opened it.", "Wait for the answer.")
    if who.handed_over_at is not None and who.held:
        return _held_there(who, reader)
    if who.handed_over_at is not None:
        return _said(who, "recipient", "recipient", "received it and has not opened it yet.", "Wait, or call them.")
    if who.failed_at is not None:
        meaning = MEANINGS[Code.CANNOT_OPEN]
        return Step(
            where="recipient",
            who="you",
            node=who.node,
            code=Code.CANNOT_OPEN,
            sentence=meaning.sentence,
            remedy=meaning.remedy,
        )
    if who.never_fetched:
        return Step(
            where="hub",
            who="you",
            node=who.node,
            sentence=f"{who.node} never fetched it before it ran out; the hub has signed this.",
            remedy="Call them, and send it again if it is still needed. `evidence` holds the proof.",
        )
    if row.expires_at <= reader.now:
        return Step(
            where="hub",
            who="you",
            node=who.node,
            sentence=f"{who.node}: no hand-over evidence by {when(row.expires_at)}.",
            remedy="Call them: ask whether it came, and send it again if it did not.",
        )
    if who.node in reader.withheld:
        return Step(
            where="hub",
            who="you",
            node=who.node,
            code=Code.KEY_REVOKED,
            sentence=f"The hub withholds it from {who.node}: the key it was sealed to was revoked.",
            remedy="Send it again; it is sealed to the new key. Nobody can open what was withheld.",
        )
    silent = (reader.now - (row.accepted_at or reader.now)) // DAY
    if silent >= SILENCE_DAYS:
        return _silent(who, silent, reader)
    return _said(who, "hub", "recipient", "has not fetched it from the hub yet.", "Wait; you are told after 3 days.")


def _held_there(who: Sent, reader: Reader) -> Step:
    """Return that a recipient holds it, with the rule that it named to this node alone."""
    sentence, remedy, rule = "received it; a person there has to release it.", "Wait, or call them.", who.held_rule
    known = None if rule is None else reader.rules.get(rule)
    if rule is None or reader.texts is None:
        return replace(_said(who, "recipient", "recipient", sentence, remedy), rule=rule)
    told = tell("hold.elsewhere", HOLD, {"who": who.node}, reader.texts, reader.language)
    if known is None:
        return replace(_said(who, "recipient", "recipient", sentence, told.remedy), rule=rule, sentence=told.sentence)
    finding = Finding(known.id, known.article, known.text, Verdict.DENY)
    words = explain_finding(finding, reader.texts, reader.language)
    return Step(
        where="recipient",
        who="recipient",
        node=who.node,
        rule=rule,
        article=words.article,
        sentence=f"{told.sentence} {words.sentence}",
        remedy=f"{words.remedy} {told.remedy}",
    )


def _silent(who: Sent, days: int, reader: Reader) -> Step:
    """Return the notice that nothing was fetched, and whom to call (protocol decision 11)."""
    label = reader.labels.get(who.node, who.node)
    if reader.texts is None:
        remedy = f"Call the duty desk of {label}."
        return _said(who, "hub", "recipient", f"has fetched nothing for {days} days.", remedy)
    told = tell(
        "clock.silent", "NET", {"who": who.node, "days": str(days), "label": label}, reader.texts, reader.language
    )
    return Step(
        where="hub",
        who="recipient",
        node=who.node,
        rule=told.rule,
        article=told.article,
        sentence=told.sentence,
        remedy=told.remedy,
    )


def _said(who: Sent, where: str, actor: str, rest: str, remedy: str) -> Step:
    return Step(where=where, who=actor, node=who.node, sentence=f"{who.node} {rest}", remedy=remedy)


def _refused(row: OutRow, reader: Reader) -> tuple[Step, ...]:
    found = _explained(row.refusal, reader, "hub", "you")
    return found or (_meant("hub", "you", row.code or Code.POLICY_DENIED),)


def _all_the_same(people: Sequence[Sent]) -> tuple[Step, ...]:
    """Return who received a message that the hub says it refused."""
    remedy = "The receipt proves it: show it to the operator of the hub, and do not send the message again."
    return tuple(
        _said(each, "recipient", "you", "received it although the hub refused it.", remedy)
        for each in people
        if each.handed_over_at is not None
    )


def _held(row: InRow, reader: Reader) -> tuple[Step, ...]:
    found = _explained(row.decision, reader, "here", "you")
    sentence = "It is here, and a rule holds it back until a person decides."
    last = Step(where="here", who="you", sentence=sentence, remedy="Release it with a reason, or return it.")
    return (*found, last)


def _explained(decision: Decision | None, reader: Reader, where: str, who: str) -> tuple[Step, ...]:
    if decision is None:
        return ()
    if reader.texts is None:
        return tuple(
            Step(
                where=where,
                who=who,
                node=each.recipient,
                rule=each.rule,
                article=each.article,
                sentence=each.rule,
                remedy="Ask your operator why the policy is not here.",
                overlay=mark_of(each),
            )
            for each in decision.findings
        )
    return tuple(
        Step(
            where=where,
            who=who,
            node=each.recipient,
            rule=each.rule,
            article=each.article,
            sentence=each.sentence,
            remedy=each.remedy,
            overlay=mark_of(finding),
        )
        for finding, each in zip(decision.findings, explain(decision, reader.texts, reader.language), strict=True)
    )


def _meant(where: str, who: str, code: Code) -> Step:
    meaning = MEANINGS[code]
    return Step(where=where, who=who, code=code, sentence=meaning.sentence, remedy=meaning.remedy)
