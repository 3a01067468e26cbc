"""The fold: what the directory log says, entry by entry: docs/wire.md sections 6.2 and 6.15."""

from dataclasses import dataclass, field

from tests.oracle.charter import Charter
from tests.oracle.codec import Refused
from tests.oracle.effects import EFFECTS
from tests.oracle.entries import Entry, Statement, ids_of, parse_entry, verify_signer
from tests.oracle.log import leaf_hash, tree_root
from tests.oracle.network import Member, Network
from tests.oracle.rules import RULES, issued_at, nodes_of
from tests.oracle.shape import need
from tests.oracle.signed import Identity
from tests.oracle.statements import as_identity, as_number

DAY = 86400
SHORT = 72 * 3600
ENROLMENT, REVOCATION, SUSPENSION, RECOVERY = 1, 5, 6, 7
BY_REGISTRARS = (0, ENROLMENT, 4, REVOCATION, SUSPENSION, RECOVERY, 10)
BY_NODE = (2, 3, 8, 9, 11, 12)
NEW_IDENTITY = {RECOVERY: 4, 11: 5, 12: 4}
PER_NODE, PER_REGISTRAR = 500, 5000


@dataclass
class Fold:
    """A directory while its entries are read: who signed what waits, and how many statements each made of one day."""

    network: Network
    entries: list[bytes] = field(default_factory=list)
    gathered: dict[bytes, set[bytes]] = field(default_factory=dict)
    made: dict[tuple[bytes, int], int] = field(default_factory=dict)

    def root(self) -> bytes:
        """Return the root over all entries."""
        return tree_root([leaf_hash(entry) for entry in self.entries])


def fold(pin: bytes, entries: list[bytes]) -> Fold:
    """Return the directory that the entries make, from the pinned charter on."""
    first = entries[0] if entries else b""
    state = Fold(Network(start(pin, parse_entry(first)), pin), [first])
    for data in entries[1:]:
        append(state, parse_entry(data))
        state.entries.append(data)
    return state


def start(pin: bytes, entry: Entry) -> Charter:
    """Return the pinned charter; its hub and all its registrars signed it."""
    charter = entry.statement.body
    if not isinstance(charter, Charter) or entry.statement.id != pin:
        raise Refused("ROOT_MISMATCH")
    need(charter.version == 1)
    known = {ids_of(one)[0]: one for one in (*charter.registrars, charter.hub)}
    for signer in entry.signers:
        need(signer.ids[0] in known, "UNKNOWN_KEY")
        verify_signer(entry, signer, charter.network, known[signer.ids[0]])
    present = {signer.ids[0] for signer in entry.signers}
    need(ids_of(charter.hub)[0] in present, "KEY_POP")
    need(present == known.keys(), "QUORUM")
    return charter


def append(state: Fold, entry: Entry) -> None:
    """Take one more entry, or refuse it and change nothing."""
    network, statement = state.network, entry.statement
    need(statement.id not in network.in_force and statement.id != network.charter_id, "STATEMENT_ORDER")
    for name in nodes_of(statement):
        check_node(network, statement, name)
    RULES[statement.kind](network, statement)
    present = verify_signers(network, entry)
    before = state.gathered.get(statement.id)
    if before is None:
        new = {ids_of(one)[0] for one in possession(network, statement)}
        need(new <= present, "KEY_POP")
    else:
        need(not present <= before, "STATEMENT_ORDER")
    gathered = present | (before or set())
    count_statements(state, issued_at(statement) // DAY, present)
    if complete(network, statement, gathered):
        EFFECTS[statement.kind](network, statement)
        network.in_force.add(statement.id)
        state.gathered.pop(statement.id, None)
    else:
        state.gathered[statement.id] = gathered


def check_node(network: Network, statement: Statement, name: str) -> None:
    """Refuse a statement about a node that is unknown or revoked, or one that a suspended node signs."""
    member = network.nodes.get(name)
    if member is None:
        need(statement.kind == ENROLMENT, "UNKNOWN_SENDER")
        return
    need(statement.kind == RECOVERY or not member.revoked, "KEY_REVOKED")
    need(statement.kind not in BY_NODE or not member.suspended(issued_at(statement)), "NODE_SUSPENDED")


def verify_signers(network: Network, entry: Entry) -> set[bytes]:
    """Return the Ed25519 key ids of the signers; section 6.2 names each, and both its signatures verify."""
    named = {ids_of(one)[0]: one for one in may_sign(network, entry.statement)}
    for signer in entry.signers:
        if signer.ids[0] not in named:
            raise Refused(outsider(network, signer.ids[0]))
        verify_signer(entry, signer, network.charter.network, named[signer.ids[0]])
    return {signer.ids[0] for signer in entry.signers}


def outsider(network: Network, kid: bytes) -> str:
    """Return the code for a key that the rule does not name."""
    owner = network.owner_of(kid)
    if owner is None:
        return "UNKNOWN_KEY"
    member: Member | None = network.nodes.get(owner)
    former = member is not None and (member.revoked or ids_of(member.identity)[0] != kid)
    return "KEY_REVOKED" if former else "NOT_PERMITTED"


def may_sign(network: Network, statement: Statement) -> list[Identity]:
    """Return every identity whose signature section 6.2 names for a statement."""
    found = possession(network, statement)
    if statement.kind in BY_REGISTRARS:
        found = [*found, *network.charter.registrars]
    if statement.kind in (*BY_NODE, REVOCATION):
        found = [*found, *(network.nodes[name].identity for name in nodes_of(statement))]
    return found


def possession(network: Network, statement: Statement) -> list[Identity]:
    """Return the identities that a statement names for the first time."""
    if statement.kind == 0:
        body, old = statement.charter(), network.charter
        hub = [] if body.hub == old.hub else [body.hub]
        return [*(one for one in body.registrars if one not in old.registrars), *hub]
    body_fields = statement.fields()
    if statement.kind == ENROLMENT:
        return [] if nodes_of(statement)[0] in network.nodes else [as_identity(body_fields[11])]
    place = NEW_IDENTITY.get(statement.kind)
    return [] if place is None else [as_identity(body_fields[place])]


def complete(network: Network, statement: Statement, signers: set[bytes]) -> bool:
    """Tell whether the rule of section 6.2 is satisfied."""
    registrars = sum(ids_of(one)[0] in signers for one in network.charter.registrars)
    by_registrars = registrars >= (1 if alone(network, statement) else network.charter.threshold)
    if statement.kind in BY_REGISTRARS and by_registrars:
        return True
    if statement.kind not in (*BY_NODE, REVOCATION):
        return False
    return all(ids_of(network.nodes[name].identity)[0] in signers for name in nodes_of(statement))


def alone(network: Network, statement: Statement) -> bool:
    """Tell whether one registrar is enough: for a short suspension, some time after the last one."""
    if statement.kind != SUSPENSION or 3 not in statement.fields():
        return False
    since, until = issued_at(statement), as_number(statement.fields()[3])
    last = network.nodes[nodes_of(statement)[0]].short_until
    return until - since <= SHORT and (last is None or since >= last + SHORT)


def count_statements(state: Fold, day: int, signers: set[bytes]) -> None:
    """Refuse more statements of one issue day than a signer may make."""
    for signer in signers:
        most = PER_NODE if state.network.owner_of(signer) in state.network.nodes else PER_REGISTRAR
        need(state.made.get((signer, day), 0) < most, "QUOTA")
    for signer in signers:
        state.made[signer, day] = state.made.get((signer, day), 0) + 1
