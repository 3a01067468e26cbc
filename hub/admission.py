"""Whether the hub takes a message. Pure: envelope, caller and what the hub knows go in, a verdict comes out.

In this order: (1) the connection's node is the sender, (2) the sender is enrolled and may send, (3) suite, (4) both
signatures and the wraps, (5) times, (6) the directory the sender relied on, (7) every recipient and its key at the
current directory size, (8) agreements, (9) policy digest, (10) consents and approvals, (11) the channel's outer rules.
NOT here: the work of step 4 (``hub.examination``), and what needs the transaction: replay, equivocation, quota
(``hub.intake``).
Bytes: docs/wire.md section 8.4.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.admission_checks import (
    Refuse,
    check_agreements,
    check_directory,
    check_policy,
    check_recipients,
    check_references,
    check_sender,
    check_times,
)
from keys.directory import Directory
from policies.engine import decide_outer
from policies.facts import OuterFacts, ReplyFacts, Side
from policies.gather import Known, View, facts_of_core
from policies.model import PolicySet
from protocol.core import Core
from protocol.decision import Verdict
from protocol.envelope import Envelope
from protocol.errors import Code, Fault
from protocol.ids import NodeId, PolicyDigest, Reference
from protocol.ports import IdentityPublic
from protocol.records import ConsentToken
from protocol.suite import check_suite


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionView:
    """What the hub knows at one moment. ``entered`` holds the hub's time of each directory entry, by index."""

    directory: Directory
    policies: Mapping[PolicyDigest, PolicySet]
    entered: tuple[int, ...]
    now: int
    tokens: Mapping[Reference, ConsentToken] = field(default_factory=dict)
    approvals: Mapping[Reference, ConsentToken] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A parsed message, the connection's node, the identity that signed it as verified, and what it replies to."""

    envelope: Envelope
    caller: NodeId
    verified: IdentityPublic
    reply: ReplyFacts | None = None


@dataclass(frozen=True, slots=True)
class Admit:
    """The message may be stored under the directory of this size."""

    directory_size: int


def screen(core: Core, caller: NodeId, view: AdmissionView) -> IdentityPublic | Refuse:
    """Return the identity that must have signed; steps 1 to 3, before any cryptography is paid for."""
    if core.sender != caller:
        return Refuse(Code.SENDER_MISMATCH)
    sender = view.directory.participant(core.sender, view.now)
    refused = check_sender(sender)
    if refused is not None or sender is None:
        return refused or Refuse(Code.UNKNOWN_SENDER)
    try:
        check_suite(core.suite, view.directory.charter.minimum_suite)
    except Fault as fault:
        return Refuse(fault.code)
    return sender.identity


# A hold binds the recipient's side, where a person can release it; the hub passes the message on.
_REFUSING: Final = {Verdict.DENY: Code.POLICY_DENIED, Verdict.APPROVE: Code.APPROVAL_NEEDED}
_CHECKS: Final[tuple[Callable[[Core, AdmissionView], Refuse | None], ...]] = (
    lambda core, view: check_times(core, view.directory.charter, view.now),
    lambda core, view: check_directory(core, view.directory, view.entered, view.now),
    lambda core, view: check_recipients(core, view.directory, view.now),
    lambda core, view: check_agreements(core, view.directory),
    lambda core, view: check_policy(core, view.directory, view.policies, view.now),
    lambda core, view: check_references(core, view.tokens, view.approvals, view.now),
)


def admit(candidate: Candidate, view: AdmissionView) -> Admit | Refuse:
    """Return whether the message may be stored now. Its signatures were verified under ``candidate.verified``."""
    core = candidate.envelope.manifest.core
    identity = screen(core, candidate.caller, view)
    if isinstance(identity, Refuse):
        return identity
    if identity != candidate.verified:
        return Refuse(Code.UNKNOWN_KEY)  # the sender's identity changed between verification and this moment
    for check in _CHECKS:
        refused = check(core, view)
        if refused is not None:
            return refused
    decision = decide_outer(view.policies[core.policy], _facts(candidate, view))
    code = _REFUSING.get(decision.verdict)
    return Admit(view.directory.size) if code is None else Refuse(code, decision)


def _facts(candidate: Candidate, view: AdmissionView) -> OuterFacts:
    core = candidate.envelope.manifest.core
    directory = view.directory
    seen = View(lambda node: directory.participant(node, view.now), directory.agreement, directory.policy())
    known = Known(
        side=Side.HUB,
        reply=candidate.reply,
        tokens={each: view.tokens[each] for each in core.consents},
        approvals={each: view.approvals[each] for each in core.approvals},
    )
    return facts_of_core(core, seen, known, view.now)
