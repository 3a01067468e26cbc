"""The fold's tables. Only ``keys.fold`` writes them, and only on a copy; a ``Directory`` never changes its own."""

from dataclasses import dataclass, field, fields

from keys.records import (
    AgreementRecord,
    CharterRecord,
    KeyRecord,
    NodeState,
    Owner,
    Pending,
    PersonRecord,
    PolicyRecord,
    RestartRecord,
)
from keys.rotation import Chain
from protocol.charter import Charter
from protocol.ids import Channel, KeyId, NodeId, StatementId
from protocol.merkle import EMPTY_ROOT, Frontier
from protocol.statement_nodes import Capability, TlsPins


@dataclass(slots=True)
class State:
    """All that the first ``size`` entries say. Values are frozen; only the tables themselves grow."""

    frontier: Frontier = field(default_factory=Frontier)
    roots: list[bytes] = field(default_factory=lambda: [EMPTY_ROOT])  # by size
    times: list[int] = field(default_factory=lambda: [0])  # by size: latest issue time so far
    charters: list[CharterRecord] = field(default_factory=list)
    policies: list[PolicyRecord] = field(default_factory=list)
    restarts: list[RestartRecord] = field(default_factory=list)
    nodes: dict[NodeId, tuple[NodeState, ...]] = field(default_factory=dict)
    chains: dict[NodeId, Chain] = field(default_factory=dict)
    keys: dict[KeyId, KeyRecord] = field(default_factory=dict)
    live: dict[tuple[NodeId, Channel], tuple[KeyId, ...]] = field(default_factory=dict)  # ascending by window
    capabilities: dict[NodeId, Capability] = field(default_factory=dict)
    pin_changes: dict[NodeId, TlsPins] = field(default_factory=dict)
    pins: dict[bytes, NodeId | None] = field(default_factory=dict)  # every pin ever bound; None is the hub
    owners: dict[bytes, Owner] = field(default_factory=dict)  # id of each half and of each pair -> owner, for ever
    people: dict[bytes, PersonRecord] = field(default_factory=dict)  # by identity id
    people_by_half: dict[bytes, bytes] = field(default_factory=dict)  # id of the Ed25519 half -> identity id
    agreements: dict[StatementId, AgreementRecord] = field(default_factory=dict)
    between: dict[tuple[NodeId, NodeId, Channel], tuple[StatementId, ...]] = field(default_factory=dict)
    pending: dict[StatementId, Pending] = field(default_factory=dict)
    done: dict[StatementId, int] = field(default_factory=dict)  # in force since this size
    used: dict[tuple[bytes, int], int] = field(default_factory=dict)  # (signer, day) -> statements

    @property
    def size(self) -> int:
        """How many entries were folded."""
        return self.frontier.size

    @property
    def charter(self) -> Charter:
        """The charter in force; there is always one after the first entry."""
        return self.charters[-1].charter

    def node(self, node: NodeId) -> NodeState | None:
        """Return the node as it stands now."""
        history = self.nodes.get(node)
        return history[-1] if history else None

    def copy(self) -> "State":
        """Return tables that can grow without changing these."""
        out = State()
        for each in fields(self):
            value = getattr(self, each.name)
            setattr(out, each.name, value.copy() if isinstance(value, dict | list) else value)
        return out
