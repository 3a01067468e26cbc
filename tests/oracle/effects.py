"""What a statement changes once it is in force: docs/wire.md sections 6.3 to 6.18."""

from collections.abc import Callable

from tests.oracle.entries import Statement
from tests.oracle.network import Member, Network, bind_charter, bind_identity
from tests.oracle.signed import identity_id
from tests.oracle.statements import as_identity, as_list, as_number, as_text
from tests.oracle.wrap import recipient_key_id

SHORT = 72 * 3600
NODE, KEYS, PERSONS = 0, 1, 2


def enact_charter(network: Network, statement: Statement) -> None:
    """Put a later charter in the place of the one before."""
    charter = statement.charter()
    network.charter, network.charter_id = charter, statement.id
    bind_charter(network, charter)


def enact_enrolment(network: Network, statement: Statement) -> None:
    """Enrol a node, or replace its entry."""
    body = statement.fields()
    name, channels = as_text(body[1]), {as_text(item) for item in as_list(body[8])}
    member = network.nodes.setdefault(name, Member(as_identity(body[11]), 0, channels))
    member.version, member.channels = as_number(body[2]), channels
    left = [key for key, window in member.windows.items() if window[0] not in channels]
    end_keys(network, member, left)
    bind_identity(network, member.identity, name)
    network.owners[bytes(body[12])] = name  # type: ignore[call-overload]


def end_keys(network: Network, member: Member, keys: list[bytes]) -> None:
    """End recipient keys of a node."""
    for key in keys:
        member.windows.pop(key, None)
        network.ended.add(key)


def enact_keys(network: Network, statement: Statement) -> None:
    """Publish recipient keys."""
    body = statement.fields()
    name = as_text(body[1])
    member = network.nodes[name]
    member.sequence, member.publication = as_number(body[3]), statement.id
    for channel, public, start, end in as_list(body[5]):  # type: ignore[misc]
        kid = recipient_key_id(public)
        network.things[KEYS, kid] = [name]
        member.windows[kid] = (channel, start, end)


def enact_agreement(network: Network, statement: Statement) -> None:
    """Remember whose agreement it is."""
    network.things[3, statement.id] = [as_text(party) for party in as_list(statement.fields()[1])]


def enact_policy(network: Network, statement: Statement) -> None:
    """Remember the latest policy and since when it acts."""
    body = statement.fields()
    network.policy = (as_number(body[3]), bytes(body[1]))  # type: ignore[call-overload]


def enact_revocation(network: Network, statement: Statement) -> None:
    """End a node with all it has, or single things of it."""
    body = statement.fields()
    member = network.nodes[as_text(body[1])]
    if body[3] == NODE:
        member.revoked = True
        end_all(network, member)
    elif body[3] == KEYS:
        end_keys(network, member, as_list(body[4]))  # type: ignore[arg-type]
    else:
        network.ended |= set(as_list(body[4]))  # type: ignore[arg-type]


def end_all(network: Network, member: Member) -> None:
    """End the recipient keys and the persons of a node."""
    end_keys(network, member, list(member.windows))
    network.ended |= member.people


def enact_suspension(network: Network, statement: Statement) -> None:
    """Suspend a node, or lift every suspension."""
    body = statement.fields()
    member = network.nodes[as_text(body[1])]
    if body[4]:
        member.suspensions.clear()
        return
    until = as_number(body[3]) if 3 in body else None
    member.suspensions.append(until)
    if until is not None and until - as_number(body[2]) <= SHORT:
        member.short_until = until


def enact_recovery(network: Network, statement: Statement) -> None:
    """Give a node a new identity; everything published before ends."""
    body = statement.fields()
    name = as_text(body[1])
    take_identity(network, name, statement)
    member = network.nodes[name]
    member.revoked = False
    end_all(network, member)
    network.owners[bytes(body[5])] = name  # type: ignore[call-overload]


def take_identity(network: Network, name: str, statement: Statement) -> None:
    """Give a node new signing keys; the ones before are former ones."""
    body = statement.fields()
    member = network.nodes[name]
    member.identity, member.version = as_identity(body[4]), as_number(body[2])
    bind_identity(network, member.identity, name)


def enact_capability(network: Network, statement: Statement) -> None:
    """Remember what a node understands."""
    body = statement.fields()
    numbers = [as_number(body[place]) for place in (2, 3, 4)]
    network.nodes[as_text(body[1])].capability = (*numbers, body[5])  # type: ignore[assignment]


def enact_tls(network: Network, statement: Statement) -> None:
    """Bind TLS pins."""
    body = statement.fields()
    name = as_text(body[1])
    network.nodes[name].pins_issued = as_number(body[2])
    for pin in as_list(body[3]):
        network.owners[pin] = name  # type: ignore[index]


def enact_restart(network: Network, statement: Statement) -> None:
    """Remember the latest restart of a log."""
    body = statement.fields()
    network.restarts[as_text(body[1])] = as_number(body[2])


def enact_person(network: Network, statement: Statement) -> None:
    """Bind a personal identity."""
    body = statement.fields()
    name, identity = as_text(body[1]), as_identity(body[5])
    kid = identity_id(identity)
    network.things[PERSONS, kid] = [name]
    network.nodes[name].people.add(kid)
    bind_identity(network, identity, "person")


def enact_identity(network: Network, statement: Statement) -> None:
    """Change a node's signing keys."""
    take_identity(network, as_text(statement.fields()[1]), statement)


EFFECTS: dict[int, Callable[[Network, Statement], None]] = {
    0: enact_charter,
    1: enact_enrolment,
    2: enact_keys,
    3: enact_agreement,
    4: enact_policy,
    5: enact_revocation,
    6: enact_suspension,
    7: enact_recovery,
    8: enact_capability,
    9: enact_tls,
    10: enact_restart,
    11: enact_person,
    12: enact_identity,
}
