"""A policy decision as a value: what was decided, by which rules, under which policy. Words are rendered where read.

Specified in docs/wire.md section 8.2.
"""

from dataclasses import dataclass
from enum import StrEnum

from protocol.cbor import Item, decode, encode
from protocol.errors import Malformed
from protocol.ids import NodeId, PolicyDigest, parse_digest, parse_node_id
from protocol.shapes import as_fixed, as_int, as_list, as_text


class Verdict(StrEnum):
    """Allow; deny; hold (a recipient's person must release it); approve (a second person is needed first)."""

    ALLOW = "allow"
    DENY = "deny"
    HOLD = "hold"
    APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fired: its id, its article, the text id of its sentence, whom it concerns, and its parameters.

    Parameters are codes, counts and node ids, never content: a finding is stored in logs and shown to auditors.
    """

    rule: str
    article: str
    text: str
    verdict: Verdict
    recipient: NodeId | None = None
    parameters: tuple[tuple[str, str], ...] = ()


class Asks(StrEnum):
    """What an obligation asks of people: to know something, or to do one of four things until a time."""

    KNOW = "know"
    NOTIFY_OWNER = "notify-owner"
    REVIEW_BY = "review-by"
    COPY_TO = "copy-to"
    SECOND_PERSON = "second-person"


@dataclass(frozen=True, slots=True)
class Duty:
    """An obligation that somebody has to do something about, ``within`` seconds after the message counts as sent.

    ``to`` names whom it is owed: node ids of owners, or kinds of participants for a copy; empty where nobody is told.
    """

    id: str
    asks: Asks
    article: str
    text: str
    within: int
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome over all rules. ``findings`` are the rules that did not allow.

    Obligations go with an allow and with a hold, where they begin with the release. ``duties`` are those of them that
    ask for something to be done.
    """

    verdict: Verdict
    policy: PolicyDigest
    findings: tuple[Finding, ...] = ()
    obligations: tuple[str, ...] = ()
    duties: tuple[Duty, ...] = ()

    def refused(self) -> frozenset[NodeId]:
        """Return the recipients that a finding names."""
        return frozenset(f.recipient for f in self.findings if f.recipient is not None)


def encode_decision(decision: Decision) -> bytes:
    """Return the decision's bytes for storage and audit."""
    findings: list[Item] = [
        [f.rule, f.article, f.text, str(f.verdict), f.recipient, [[k, v] for k, v in f.parameters]]
        for f in decision.findings
    ]
    duties = {each.id: each for each in decision.duties}
    obligations: list[Item] = [_duty(duties[each]) if each in duties else each for each in decision.obligations]
    return encode([str(decision.verdict), decision.policy, findings, obligations])


def _duty(duty: Duty) -> Item:
    return [duty.id, str(duty.asks), duty.article, duty.text, duty.within, list(duty.to)]


def parse_decision(raw: bytes) -> Decision:
    """Return the decision that ``raw`` encodes, or raise MALFORMED."""
    verdict, policy, findings, obligations = as_fixed(decode(raw), "decision", 4)
    listed = [_parse_obligation(each) for each in as_list(obligations, "obligations")]
    names = [each if isinstance(each, str) else each.id for each in listed]
    duties = tuple(each for each in listed if isinstance(each, Duty))
    if any(names.count(each.id) > 1 for each in duties):
        raise Malformed("obligation twice")
    return Decision(
        _verdict(verdict),
        PolicyDigest(parse_digest(policy)),
        tuple(_parse_finding(each) for each in as_list(findings, "findings")),
        tuple(names),
        duties,
    )


def _parse_obligation(item: Item) -> str | Duty:
    """Return an obligation: a bare id asks to know something, a list says what is to be done."""
    if isinstance(item, str):
        return as_text(item, "obligation")
    name, asks, article, text, within, to = as_fixed(item, "obligation", 6)
    if not isinstance(asks, str) or asks not in {each.value for each in Asks} - {Asks.KNOW.value}:
        raise Malformed("asks")
    return Duty(
        as_text(name, "obligation"),
        Asks(asks),
        as_text(article, "article", 200),
        as_text(text, "text"),
        as_int(within, "within"),
        tuple(as_text(each, "to") for each in as_list(to, "to")),
    )


def _verdict(item: Item) -> Verdict:
    if not isinstance(item, str) or item not in {each.value for each in Verdict}:
        raise Malformed("verdict")
    return Verdict(item)


def _parse_finding(item: Item) -> Finding:
    rule, article, text, verdict, recipient, parameters = as_fixed(item, "finding", 6)
    pairs = [as_fixed(each, "parameter", 2) for each in as_list(parameters, "parameters")]
    return Finding(
        as_text(rule, "rule"),
        as_text(article, "article", 200),
        as_text(text, "text"),
        _verdict(verdict),
        None if recipient is None else parse_node_id(recipient),
        tuple((as_text(name, "name"), as_text(value, "value", 500)) for name, value in pairs),
    )
