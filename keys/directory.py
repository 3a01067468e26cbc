"""The directory: who is who in a network, as all entries up to one size say. A frozen value; growing makes a new one.

Every node and the hub fold the same entries and therefore see the same directory. Questions with ``at`` are about time
under the present size; questions ending in ``_at`` are about an earlier size, as evidence asks them (decision 8).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import assert_never

from keys.fold import apply, check, found
from keys.records import Holder, NodeState, PersonKey, RestartRecord
from keys.rotation import Chain
from keys.signers import Rule, rule_for
from keys.state import State
from protocol.charter import Charter
from protocol.errors import Code, Fault
from protocol.ids import Channel, KeyId, NodeId, StatementId
from protocol.ports import IdentityPublic
from protocol.records import Agreement, Participant, PolicyState, RecipientKey
from protocol.statement_network import Restart
from protocol.statement_nodes import Capability
from protocol.statements import Body, Entry


class Standing(Enum):
    """How far a statement has come."""

    UNKNOWN = auto()
    PENDING = auto()
    IN_FORCE = auto()


@dataclass(frozen=True, slots=True)
class Directory:
    """All that the first ``size`` entries of a directory log say. Built by ``start`` and ``extend`` only."""

    _state: State

    @staticmethod
    def start(charter_entry: bytes, pinned_digest: bytes) -> "Directory":
        """Return the directory of size 1. Refuses ROOT_MISMATCH unless this is the charter pinned at installation."""
        return Directory(found(charter_entry, pinned_digest))

    def extend(self, entries: Sequence[bytes]) -> "Directory":
        """Return the directory with ``entries`` folded on; a fault in any of them refuses them all.

        Codes: MALFORMED, UNKNOWN_FIELD, QUORUM, KEY_POP, KEY_ALREADY_BOUND, KEY_CHAIN, KEY_INVALID, KEY_REVOKED,
        STATEMENT_ORDER, MISSING_SIGNATURE, BAD_SIGNATURE, UNKNOWN_KEY, UNKNOWN_SENDER, NODE_SUSPENDED, NOT_PERMITTED,
        DOWNGRADE, WRONG_AUDIENCE, QUOTA.
        """
        state = self._state.copy()
        for raw in entries:
            apply(state, raw)
        return Directory(state)

    @property
    def network_id(self) -> bytes:
        """The 16 random bytes that name this network."""
        return self.charter.network_id

    @property
    def charter(self) -> Charter:
        """The charter in force."""
        return self._state.charter

    @property
    def size(self) -> int:
        """How many entries this directory folds."""
        return self._state.size

    @property
    def root(self) -> bytes:
        """The Merkle root over those entries."""
        return self._state.roots[-1]

    @property
    def time(self) -> int:
        """The latest issue time any statement states; the directory's own idea of now."""
        return self._state.times[-1]

    def root_at(self, size: int) -> bytes:
        """Return the root over the first ``size`` entries. Refuses STALE_DIRECTORY beyond this directory's size."""
        if not 0 <= size <= self.size:
            raise Fault(Code.STALE_DIRECTORY, f"{size} of {self.size}")
        return self._state.roots[size]

    def check_view(self, size: int, root: bytes) -> None:
        """Raise SPLIT_VIEW unless a directory of this size and root is a prefix of this one (attacks 15, 17).

        Refuses STALE_DIRECTORY when ``size`` lies beyond: nothing can be said before this node has synchronised.
        """
        if self.root_at(size) != root:
            raise Fault(Code.SPLIT_VIEW, str(size))

    def participant(self, node: NodeId, now: int | None = None) -> Participant | None:
        """Return a node's entry, revoked or not; suspended as of ``now`` (by default the directory's own time)."""
        found = self._state.node(node)
        return None if found is None else _shown(found, self.time if now is None else now)

    def participants(self, now: int | None = None) -> tuple[Participant, ...]:
        """Return every entry, ascending by node, revoked ones included."""
        at = self.time if now is None else now
        return tuple(_shown(history[-1], at) for _, history in sorted(self._state.nodes.items()))

    def participant_at(self, node: NodeId, size: int, time: int | None = None) -> Participant | None:
        """Return the entry as the first ``size`` entries show it; suspended as of ``time``."""
        history = self._state.nodes.get(node, ())
        index = bisect_right(history, size, key=lambda each: each.since)
        if index == 0:
            return None
        return _shown(history[index - 1], self._state.times[min(size, self.size)] if time is None else time)

    def recipient_key(self, node: NodeId, channel: Channel, at: int) -> RecipientKey | None:
        """Return the key whose window contains ``at``. None when there is none: never an expired one (attack 73)."""
        ids = self._state.live.get((node, channel), ())
        index = bisect_right(ids, at, key=lambda each: self._state.keys[each].key.not_before)
        key = self._state.keys[ids[index - 1]].key if index else None
        return key if key is not None and at < key.not_after else None

    def recipient_keys(self, node: NodeId, channel: Channel) -> tuple[RecipientKey, ...]:
        """Return the keys of a node for a channel that were not revoked, ascending by window."""
        return tuple(self._state.keys[each].key for each in self._state.live.get((node, channel), ()))

    def find_key(self, key_id: KeyId) -> RecipientKey | None:
        """Return a recipient key by its id, whatever became of it."""
        record = self._state.keys.get(key_id)
        return record.key if record else None

    def is_key_revoked(self, key_id: KeyId) -> bool:
        """Return whether the key was revoked, itself or with its node. An unknown key counts as revoked."""
        record = self._state.keys.get(key_id)
        return record is None or record.span.ended is not None

    def check_key_at(self, key_id: KeyId, size: int, time: int) -> RecipientKey:
        """Return the key if it was valid at a leaf with this directory size and time.

        Refuses KEY_NOT_IN_LOG, KEY_REVOKED, KEY_NOT_VALID_AT_TIME (attacks 14, 41, 42, 75: the log's time counts, never
        the sender's).
        """
        record = self._state.keys.get(key_id)
        if record is None or record.span.since > size:
            raise Fault(Code.KEY_NOT_IN_LOG)
        if not record.span.covers(size):
            raise Fault(Code.KEY_REVOKED)
        if not record.key.not_before <= time < record.key.not_after:
            raise Fault(Code.KEY_NOT_VALID_AT_TIME)
        return record.key

    def key_valid_at(self, key_id: KeyId, size: int, time: int) -> bool:
        """Return whether ``check_key_at`` would return the key."""
        try:
            self.check_key_at(key_id, size, time)
        except Fault:
            return False
        return True

    def signing_identity(self, node: NodeId) -> IdentityPublic | None:
        """Return the identity a node signs with now; None when it is unknown or revoked."""
        return self.signing_identity_at(node, self.size)

    def signing_identity_at(self, node: NodeId, size: int) -> IdentityPublic | None:
        """Return the identity a node signed with at ``size``; None when it was unknown or revoked then."""
        shown = self.participant_at(node, size)
        return None if shown is None or shown.revoked else shown.identity

    def identity_by_kid(self, kid: bytes) -> NodeId | None:
        """Return the node that ever owned a signing key: by the id of its Ed25519 half, its ML-DSA half or the pair."""
        owner = self._state.owners.get(kid)
        return NodeId(owner.name) if owner is not None and owner.holder is Holder.NODE else None

    def node_by_tls_pin(self, pin: bytes) -> NodeId | None:
        """Return the node that connects with this TLS key now. A revoked node has no pins."""
        node = self._state.pins.get(pin)
        found = self._state.node(node) if node is not None else None
        return node if found is not None and pin in found.pins and not found.entry.revoked else None

    def tls_pins(self, node: NodeId) -> tuple[bytes, ...]:
        """Return the TLS keys a node may connect with now, the one in use first; a revoked node has none."""
        found = self._state.node(node)
        return () if found is None or found.entry.revoked else found.pins

    def agreement(self, id_: StatementId) -> Agreement | None:
        """Return an agreement in force, its own dates aside; None when it is unknown, pending or ended."""
        return self.agreement_at(id_, self.size)

    def agreement_at(self, id_: StatementId, size: int) -> Agreement | None:
        """Return an agreement that was in force at ``size``."""
        record = self._state.agreements.get(id_)
        return record.agreement if record is not None and record.span.covers(size) else None

    def agreements(self) -> tuple[Agreement, ...]:
        """Return every agreement in force, in the order they came into force."""
        return tuple(each.agreement for each in self._state.agreements.values() if each.span.ended is None)

    def agreements_between(self, a: NodeId, b: NodeId, channel: Channel, at: int) -> tuple[Agreement, ...]:
        """Return the agreements in force between two nodes for a channel whose dates contain ``at``."""
        ids = self._state.between.get((min(a, b), max(a, b), channel), ())
        standing = [found for each in ids if (found := self.agreement(each)) is not None]
        return tuple(each for each in standing if each.in_force(at))

    def policy(self) -> PolicyState | None:
        """Return the last policy the registrars put in force; it is active from its ``activated_at``."""
        return self.policy_at(self.size)

    def policy_at(self, size: int) -> PolicyState | None:
        """Return the policy in force at ``size``."""
        return next((each.state for each in reversed(self._state.policies) if each.since <= size), None)

    def charter_at(self, size: int) -> Charter | None:
        """Return the charter in force at ``size``, None at size 0."""
        return next((each.charter for each in reversed(self._state.charters) if each.since <= size), None)

    def charters_from(self, size: int) -> tuple[Charter, ...]:
        """Return the charters that were in force at ``size`` or later, the newest first."""
        records = self._state.charters
        first = max(0, bisect_right(records, size, key=lambda each: each.since) - 1)
        return tuple(each.charter for each in reversed(records[first:]))

    def charter_id(self) -> StatementId:
        """Return the id of the charter in force, which the next one names as its previous."""
        return self._state.charters[-1].id

    def capability(self, node: NodeId) -> Capability | None:
        """Return what a node said it understands; None means the network's minimum."""
        return self._state.capabilities.get(node)

    def person_key(self, kid: bytes) -> PersonKey | None:
        """Return a personal key whose binding stands, by the id of the pair; its window is the caller's question."""
        return self.person_key_at(kid, self.size)

    def person_key_at(self, kid: bytes, size: int) -> PersonKey | None:
        """Return a personal key whose binding stood at ``size``."""
        record = self._state.people.get(kid)
        return record.key if record is not None and record.span.covers(size) else None

    def person_by_signing_key(self, ed_kid: bytes) -> PersonKey | None:
        """Return a personal key by the id of its Ed25519 half, whatever became of its binding."""
        kid = self._state.people_by_half.get(ed_kid)
        return self._state.people[kid].key if kid is not None else None

    def restarts(self) -> tuple[Restart, ...]:
        """Return the restarts the registrars declared, in log order."""
        return tuple(each.restart for each in self._state.restarts)

    def restart_records(self) -> tuple[RestartRecord, ...]:
        """Return the same restarts, each with the directory size from which it is in force."""
        return tuple(self._state.restarts)

    def chain(self, node: NodeId) -> Chain:
        """Return where a node's key publications stand."""
        return self._state.chains.get(node, Chain())

    def version(self, node: NodeId) -> int:
        """Return the version of a node's enrolment, 0 for an unknown node. The next statement carries one more."""
        found = self._state.node(node)
        return found.version if found else 0

    def standing(self, id_: StatementId) -> Standing:
        """Return whether a statement is unknown, waits for signatures, or is in force."""
        if id_ in self._state.done:
            return Standing.IN_FORCE
        return Standing.PENDING if id_ in self._state.pending else Standing.UNKNOWN

    def rule_for(self, body: Body) -> Rule:
        """Return who must sign ``body`` as the directory stands."""
        return rule_for(self._state, body)

    def pending(self) -> tuple[tuple[StatementId, Body, int], ...]:
        """Return every statement that waits, with how many signatures it lacks."""
        return tuple(
            (id_, each.body, self.rule_for(each.body).lacking(each.signers))
            for id_, each in self._state.pending.items()
        )

    def check_in_force(self, id_: StatementId) -> int:
        """Return since which size a statement is in force; QUORUM while it lacks signatures, NOT_FOUND if unknown."""
        match self.standing(id_):
            case Standing.IN_FORCE:
                return self._state.done[id_]
            case Standing.PENDING:
                raise Fault(Code.QUORUM, "signatures are lacking")
            case Standing.UNKNOWN:
                raise Fault(Code.NOT_FOUND, "statement")
            case never:
                assert_never(never)


def check_entry(directory: Directory, raw: bytes) -> Entry:
    """Return the entry if it may be appended to ``directory``; raises the codes of ``extend``. Nothing changes.

    NOT here: whether its issue time is near the hub's (``keys.admission.check_issue_time``).
    """
    return check(directory._state, raw)  # noqa: SLF001 - the directory's other half


def _shown(found: NodeState, at: int) -> Participant:
    suspended = found.suspended(at)
    return replace(found.entry, suspended=True) if suspended else found.entry
