"""Checks once more what proves a message: its id, its sender's seal, its place in the log, every signed receipt.

All of it was verified when it arrived; here it is verified again from the stored bytes, for whoever asks "how do we
know?". Nothing of it needs the hub.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from keys.directory import Directory
from keys.signed_head import proof_charter
from nodes.gateway.evidences import HUB, Proof, subject_of
from nodes.gateway.promises import Standing
from nodes.gateway.restarts import LOST
from protocol import domains
from protocol.checkpoint import messages_origin
from protocol.cose import parse as parse_signed
from protocol.cose import verify
from protocol.envelope import parse_manifest
from protocol.errors import Code, Fault, Malformed
from protocol.evidence import Event, parse_receipt, verify_acceptance, verify_receipt
from protocol.ids import MessageId, NodeId, message_id
from protocol.leaf import Leaf
from protocol.limits import MAX_SIGNED
from protocol.unserved import verify_unserved

SEALED: Final = "sealed"
LOGGED: Final = "logged"
HANDED_OVER: Final = "handed-over"
OPENED: Final = "opened"
NOT_OPENED: Final = "not-opened"
RETURNED: Final = "returned"
NEVER_FETCHED: Final = "never-fetched"
_EVENTS: Final = {
    Event.CONTENT_HANDOVER: HANDED_OVER,
    Event.CONTENT_ACCESS_TRACKING: OPENED,
    Event.CONTENT_HANDOVER_FAILURE: NOT_OPENED,
    Event.CONSIGNMENT_REJECTION: RETURNED,
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what, by whom it was signed, when it happened, and the fault, None when it holds.

    ``lost`` says that the log's leaf for it was lost and its place proves nothing any more.
    """

    what: str
    who: str
    at: int | None
    fault: Code | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class SealCheck:
    """All checks of one message, in the order in which things happened."""

    checks: tuple[Check, ...]
    position: int | None = None  # in the hub's log
    standing: Standing | None = None  # how many witnesses cover that place

    @property
    def holds(self) -> bool:
        """Whether the message is under its sender's seal and stands in the log, and nothing contradicts it."""
        return not any(each.fault for each in self.checks) and {SEALED} <= {each.what for each in self.checks}

    @property
    def logged(self) -> bool:
        """Whether a verified place in the hub's log is among the checks."""
        return any(each.what == LOGGED and each.fault is None for each in self.checks)


def check_seal(message: MessageId, manifest: bytes | None, proofs: Sequence[Proof], directory: Directory) -> SealCheck:
    """Return what holds and what does not. Signatures take some milliseconds each: call it in a thread."""
    checks: list[Check] = []
    position, leaf = None, None
    for each in proofs:
        if each.issuer.removeprefix(LOST) == HUB:
            check, found = _logged(message, each, directory)
            checks.append(check)
            position, leaf = (position, leaf) if found is None else found
        elif subject_of(each.issuer.removeprefix(LOST)) is not None:
            checks.append(_unserved(message, each, directory))
        else:
            checks.append(_receipt(message, each, directory))
    return SealCheck((_sealed(message, manifest, leaf, directory), *checks), position)


def _sealed(message: MessageId, manifest: bytes | None, leaf: Leaf | None, directory: Directory) -> Check:
    if manifest is None:
        return Check(SEALED, "", None, Code.BAD_EVIDENCE)
    try:
        signed = parse_signed(manifest, MAX_SIGNED)
        core = parse_manifest(signed.payload).core
        size, time = (directory.size, None) if leaf is None else (leaf.directory_size, leaf.time)
        sender = directory.participant_at(core.sender, size, time)
        if message_id(signed.payload) != message:
            return Check(SEALED, core.sender, core.issued_at, Code.BAD_EVIDENCE)
        if sender is None:
            return Check(SEALED, core.sender, core.issued_at, Code.UNKNOWN_SENDER)
        verify(signed, sender.identity, domains.MESSAGE, directory.network_id)
    except Fault as fault:
        return Check(SEALED, "", None, fault.code)
    return Check(SEALED, core.sender, core.issued_at)


def _logged(message: MessageId, proof: Proof, directory: Directory) -> tuple[Check, tuple[int, Leaf] | None]:
    lost = proof.issuer.startswith(LOST)
    origin = messages_origin(directory.network_id)
    try:
        found = verify_acceptance(proof.proof, message, origin, proof_charter(proof.proof, directory).hub_log_keys)
        directory.check_view(found.leaf.directory_size, found.leaf.directory_root)
    except Fault as fault:
        return Check(LOGGED, HUB, proof.logged_at, fault.code, lost), None
    return Check(LOGGED, HUB, found.leaf.time, None, lost), (found.index, found.leaf)


def _unserved(message: MessageId, proof: Proof, directory: Directory) -> Check:
    lost = proof.issuer.startswith(LOST)
    who = subject_of(proof.issuer.removeprefix(LOST)) or NodeId(HUB)
    try:
        keys = proof_charter(proof.proof, directory).hub_log_keys
        found = verify_unserved(proof.proof, message, messages_origin(directory.network_id), keys)
        if found.record.recipient != who:
            raise Fault(Code.BAD_EVIDENCE, "record of another recipient")
        directory.check_view(found.leaf.directory_size, found.leaf.directory_root)
    except Fault as fault:
        return Check(NEVER_FETCHED, who, proof.logged_at, fault.code, lost)
    return Check(NEVER_FETCHED, who, found.leaf.time, None, lost)


def _receipt(message: MessageId, proof: Proof, directory: Directory) -> Check:
    node = NodeId(proof.issuer.removeprefix(LOST))
    lost = proof.issuer.startswith(LOST)
    what = _EVENTS.get(Event(proof.event), OPENED)
    try:
        receipt = parse_receipt(proof.raw)
        issuer = directory.participant(node)
        if issuer is None or (receipt.receipt.message, receipt.receipt.event) != (message, proof.event):
            raise Malformed("receipt")
        verify_receipt(receipt, issuer.identity, directory.network_id)
    except Fault as fault:
        return Check(what, node, proof.at, fault.code, lost)
    return Check(what, node, proof.at, None, lost)
