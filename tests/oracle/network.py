"""What a directory knows of its members: docs/wire.md section 6.15."""

from dataclasses import dataclass, field

from tests.oracle.charter import Charter
from tests.oracle.signed import ED25519, Identity, identity_id, key_id


@dataclass
class Member:
    """One node; windows are those of recipient keys that were not revoked, by key id."""

    identity: Identity
    version: int
    channels: set[str]
    revoked: bool = False
    sequence: int = 0
    publication: bytes | None = None
    windows: dict[bytes, tuple[str, int, int]] = field(default_factory=dict)
    people: set[bytes] = field(default_factory=set)
    capability: tuple[int, int, int, dict[str, int]] | None = None
    pins_issued: int = 0
    suspensions: list[int | None] = field(default_factory=list)
    short_until: int | None = None

    def suspended(self, now: int) -> bool:
        """Tell whether a suspension stands at a time."""
        return any(until is None or now < until for until in self.suspensions)


@dataclass
class Network:
    """The state after some entries: charter, members, who owns which key for ever, and what has ended.

    `things` says whose the recipient keys, persons and agreements are, each by its target (6.8) and its id.
    """

    charter: Charter
    charter_id: bytes
    nodes: dict[str, Member] = field(default_factory=dict)
    owners: dict[bytes, str] = field(default_factory=dict)
    things: dict[tuple[int, bytes], list[str]] = field(default_factory=dict)
    ended: set[bytes] = field(default_factory=set)
    restarts: dict[str, int] = field(default_factory=dict)
    in_force: set[bytes] = field(default_factory=set)
    policy: tuple[int, bytes] | None = None

    def __post_init__(self) -> None:
        """Bind the charter's keys."""
        bind_charter(self, self.charter)

    def participants(self) -> list[str]:
        """Return the nodes that are enrolled and not revoked."""
        return sorted(name for name, member in self.nodes.items() if not member.revoked)

    def owner_of(self, kid: bytes) -> str | None:
        """Return whose Ed25519 key has this id."""
        return next((owner for key, owner in self.owners.items() if key_id(ED25519, key) == kid), None)


def bind_charter(network: Network, charter: Charter) -> None:
    """Give the keys of a charter to their owners."""
    for one in charter.registrars:
        bind_identity(network, one, owner_of_registrar(one))
    bind_identity(network, charter.hub, "the hub")
    network.owners |= dict.fromkeys(charter.pins, "the hub")
    for witness in charter.witnesses:
        network.owners[witness.ed25519] = network.owners[witness.ml_dsa_44] = f"witness {witness.name}"
    network.owners |= dict.fromkeys(charter.log, "the log")


def owner_of_registrar(one: Identity) -> str:
    """Return the name under which a registrar owns keys; it has no other."""
    return f"registrar {identity_id(one).hex()}"


def bind_identity(network: Network, identity: Identity, owner: str) -> None:
    """Give both keys of an identity to an owner for ever."""
    network.owners[identity.ed25519] = network.owners[identity.ml_dsa_65] = owner
