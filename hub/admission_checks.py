"""The single checks of admission, each pure: a core and the facts it is held against in, None or a refusal out.

A refusal that concerns recipients names them in findings, so that a sender can seal again for the others. The rule ids
begin with ``hub.`` and stand for rules of the wire, not of a channel's policy. Bytes: docs/wire.md section 8.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from keys.directory import Directory
from protocol.charter import Charter
from protocol.core import Core, Recipient
from protocol.decision import Decision, Finding, Verdict
from protocol.errors import Code
from protocol.ids import NodeId, PolicyDigest, Reference
from protocol.limits import CLOCK_SKEW, DIRECTORY_FRESH, POLICY_GRACE
from protocol.records import ConsentToken, Participant, PolicyState

_WIRE: Final = "docs/wire.md"


@dataclass(frozen=True, slots=True)
class Refuse:
    """The hub says no: a stable code, the findings where there are any, and when a repeat makes sense (seconds)."""

    code: Code
    decision: Decision | None = None
    retry_after: int | None = None


def check_sender(sender: Participant | None) -> Refuse | None:
    """Refuse a sender that is unknown, revoked or suspended now."""
    if sender is None:
        return Refuse(Code.UNKNOWN_SENDER)
    if sender.revoked or sender.suspended:
        return Refuse(Code.NODE_SUSPENDED)
    return None


def check_times(core: Core, charter: Charter, now: int) -> Refuse | None:
    """Refuse a message from the future, one whose life has ended, and one that would outlive its channel's limit."""
    if core.issued_at > now + CLOCK_SKEW:
        return Refuse(Code.NOT_YET_VALID)
    if core.expires_at <= now:
        return Refuse(Code.EXPIRED)
    longest = charter.longest_life(core.channel)
    if core.expires_at - core.issued_at > longest:
        return _denied(core, "hub.longest-life", (("days", str(longest // 86_400)),))
    return None


def check_directory(core: Core, directory: Directory, entered: tuple[int, ...], now: int) -> Refuse | None:
    """Refuse a directory view that is not a prefix of ours (SPLIT_VIEW) or was superseded over 24 hours ago."""
    size = core.directory_size
    if size > directory.size or directory.root_at(size) != core.directory_root:
        return Refuse(Code.SPLIT_VIEW)
    if size < directory.size and entered[size] < now - DIRECTORY_FRESH:
        return Refuse(Code.STALE_DIRECTORY)
    return None


def check_recipients(core: Core, directory: Directory, now: int) -> Refuse | None:
    """Refuse with NO_VALID_KEY, naming each recipient that is not in the channel or whose key is not valid now."""
    named = tuple((each.node, reason) for each in core.to if (reason := _unfit(each, core, directory, now)) is not None)
    if not named:
        return None
    findings = tuple(_finding("hub.no-valid-key", node, (("reason", reason),)) for node, reason in named)
    return Refuse(Code.NO_VALID_KEY, Decision(Verdict.DENY, core.policy, findings))


def check_agreements(core: Core, directory: Directory) -> Refuse | None:
    """Refuse a named agreement that is unknown, between others, or of another channel; its dates are policy."""
    wrong = []
    for each in core.to:
        agreement = None if each.agreement is None else directory.agreement(each.agreement)
        fits = agreement is not None and agreement.binds(core.sender, each.node) and agreement.channel == core.channel
        if each.agreement is not None and not fits:
            wrong.append(_finding("hub.agreement", each.node))
    return Refuse(Code.POLICY_DENIED, Decision(Verdict.DENY, core.policy, tuple(wrong))) if wrong else None


def check_policy(core: Core, directory: Directory, loaded: Mapping[PolicyDigest, object], now: int) -> Refuse | None:
    """Refuse a digest that is neither active nor superseded within the last 24 hours (0 after an emergency)."""
    state = directory.policy()
    if state is None or core.policy not in accepted_digests(state, now) or core.policy not in loaded:
        return Refuse(Code.POLICY_UNKNOWN)
    return None


def accepted_digests(state: PolicyState, now: int) -> tuple[PolicyDigest, ...]:
    """Return the policy digests under which a message may have been cleared, the active one first."""
    previous = () if state.previous is None else (state.previous,)
    if now < state.activated_at:
        return previous
    grace = 0 if state.emergency else POLICY_GRACE
    return (state.active, *(previous if now - state.activated_at < grace else ()))


def check_references(
    core: Core,
    tokens: Mapping[Reference, ConsentToken],
    approvals: Mapping[Reference, ConsentToken],
    now: int,
) -> Refuse | None:
    """Refuse a consent or approval reference without a logged token for this sender that stands now."""
    addressed = {each.node for each in core.to}
    for reference in core.consents:
        consent = tokens.get(reference)
        if consent is None or not _stands(consent, core, now) or consent.recipient not in addressed:
            return Refuse(Code.CONSENT_MISSING)
    for reference in core.approvals:
        approval = approvals.get(reference)
        if approval is None or not _stands(approval, core, now):
            return Refuse(Code.APPROVAL_NEEDED)
    return None


def _stands(token: ConsentToken, core: Core, now: int) -> bool:
    return not token.withdrawn and now < token.expires_at and token.sender == core.sender


def _unfit(recipient: Recipient, core: Core, directory: Directory, now: int) -> str | None:
    participant = directory.participant(recipient.node, now)
    if participant is None or core.channel not in participant.channels:
        return "not-enrolled"
    if participant.revoked or participant.suspended:
        return "suspended"
    key = directory.find_key(recipient.key_id)
    if key is None or key.node != recipient.node or key.channel != core.channel:
        return "unknown-key"
    if directory.is_key_revoked(recipient.key_id):
        return "revoked-key"
    return None if key.not_before <= now < key.not_after else "outside-window"


def _denied(core: Core, rule: str, parameters: tuple[tuple[str, str], ...]) -> Refuse:
    finding = Finding(rule, _WIRE, rule, Verdict.DENY, None, parameters)
    return Refuse(Code.POLICY_DENIED, Decision(Verdict.DENY, core.policy, (finding,)))


def _finding(rule: str, node: NodeId, parameters: tuple[tuple[str, str], ...] = ()) -> Finding:
    return Finding(rule, _WIRE, rule, Verdict.DENY, node, parameters)
