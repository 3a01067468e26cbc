"""A policy decision as a value: what was decided, by which rules, under which policy. Words are rendered where read."""

from dataclasses import dataclass
from enum import StrEnum

from protocol.cbor import Item, decode, encode
from protocol.errors import Malformed
from protocol.ids import NodeId, PolicyDigest, parse_digest, parse_node_id
from protocol.shapes import as_fixed, as_list, as_text


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


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome over all rules. ``findings`` are the rules that did not allow; obligations go with an allow."""

    verdict: Verdict
    policy: PolicyDigest
    findings: tuple[Finding, ...] = ()
    obligations: tuple[str, ...] = ()

    def refused(self) -> frozenset[NodeId]:
        """Return the recipients that a finding names."""
        return frozenset(f.recipient for f in self.findings if f.recipient is not None)


def encode_decision(decision: Decision) -> bytes:
    """Return the decision's bytes for storage and audit."""
    findings: list[Item] = [
        [f.rule, f.article, f.text, str(f.verdict), f.recipient, [[k, v] for k, v in f.parameters]]
        for f in decision.findings
    ]
    return encode([str(decision.verdict), decision.policy, findings, list(decision.obligations)])


def parse_decision(raw: bytes) -> Decision:
    """Return the decision that ``raw`` encodes, or raise MALFORMED."""
    verdict, policy, findings, obligations = as_fixed(decode(raw), "decision", 4)
    return Decision(
        _verdict(verdict),
        PolicyDigest(parse_digest(policy)),
        tuple(_parse_finding(each) for each in as_list(findings, "findings")),
        tuple(as_text(each, "obligation") for each in as_list(obligations, "obligations")),
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
