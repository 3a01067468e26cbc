"""What each kind of statement asks of the directory before it: docs/wire.md sections 6.3 to 6.18."""

from collections.abc import Callable
from itertools import pairwise

from tests.oracle.entries import Statement
from tests.oracle.network import Network, owner_of_registrar
from tests.oracle.shape import need
from tests.oracle.signed import Identity
from tests.oracle.statements import FAMILIES, as_identity, as_list, as_number, as_text
from tests.oracle.wrap import check_public_key, recipient_key_id

WEEK = 7 * 86400
LONGEST_PERSON = 157 * WEEK
POLICY, RESTART, AGREEMENT, KEYS = 4, 10, 3, 1
ISSUED = {1: 3, 2: 2, 3: 3, 4: 2, 5: 2, 6: 2, 7: 3, 8: 2, 9: 2, 10: 2, 11: 2, 12: 3}


def nodes_of(statement: Statement) -> list[str]:
    """Return the nodes that a statement is about."""
    if statement.kind in (0, POLICY, RESTART):
        return []
    named = statement.fields()[1]
    return [as_text(party) for party in as_list(named)] if statement.kind == AGREEMENT else [as_text(named)]


def issued_at(statement: Statement) -> int:
    """Return when a statement says it was issued."""
    return as_number(statement.fields()[ISSUED[statement.kind]]) if statement.kind else statement.charter().created


def check_owner(network: Network, keys: list[bytes], owner: str) -> None:
    """Refuse a key or pin that belongs to somebody else."""
    need(all(network.owners.get(key, owner) == owner for key in keys), "KEY_ALREADY_BOUND")


def check_fresh(network: Network, identity: Identity) -> None:
    """Refuse an identity of which a key was ever bound."""
    need(not {identity.ed25519, identity.ml_dsa_65} & network.owners.keys(), "KEY_ALREADY_BOUND")


def check_charter(network: Network, statement: Statement) -> None:
    """Section 6.3, a later charter."""
    body, old = statement.charter(), network.charter
    need((body.network, body.training) == (old.network, old.training), "WRONG_AUDIENCE")
    follows = body.version == old.version + 1 and body.previous == network.charter_id
    need(follows and body.created >= old.created, "STATEMENT_ORDER")
    need(body.suite >= old.suite, "DOWNGRADE")
    for one in body.registrars:
        check_owner(network, [one.ed25519, one.ml_dsa_65], owner_of_registrar(one))
    check_owner(network, [body.hub.ed25519, body.hub.ml_dsa_65, *body.pins], "the hub")
    check_owner(network, body.log, "the log")
    for witness in body.witnesses:
        check_owner(network, [witness.ed25519, witness.ml_dsa_44], f"witness {witness.name}")


def check_enrolment(network: Network, statement: Statement) -> None:
    """Section 6.4."""
    body = statement.fields()
    name, identity = as_text(body[1]), as_identity(body[11])
    kinds, channels = FAMILIES[as_text(body[5])]
    joined = {as_text(item) for item in as_list(body[8])}
    need(body[4] in kinds and joined <= set(channels) and joined <= set(network.charter.weeks), "NOT_PERMITTED")
    need(14 not in body or body[4] == "auditor", "NOT_PERMITTED")
    member = network.nodes.get(name)
    need(body[2] == (member.version if member else 0) + 1, "STATEMENT_ORDER")
    if member is None:
        check_fresh(network, identity)
    else:
        need(identity == member.identity, "NOT_PERMITTED")
    check_owner(network, [bytes(body[12])], name)  # type: ignore[call-overload]


def check_keys(network: Network, statement: Statement) -> None:
    """Section 6.5."""
    body = statement.fields()
    member, issued = network.nodes[as_text(body[1])], as_number(body[2])
    need(body[3] == member.sequence + 1 and body.get(4) == member.publication, "KEY_CHAIN")
    keys: list[tuple[str, bytes, int, int]] = body[5]  # type: ignore[assignment]
    ids = {recipient_key_id(public) for _, public, _, _ in keys}
    need(len(ids) == len(keys) and not any((KEYS, kid) in network.things for kid in ids), "KEY_ALREADY_BOUND")
    for channel, public, start, end in keys:
        weeks = network.charter.weeks.get(channel)
        if weeks is None or channel not in member.channels:
            need(False, "NOT_PERMITTED")
            return
        need(end - start <= WEEK and issued < end <= issued + (weeks + 1) * WEEK, "NOT_PERMITTED")
        taken = [window for window in member.windows.values() if window[0] == channel]
        need(all(end <= first or last <= start for _, first, last in taken), "KEY_CHAIN")
        check_public_key(public)
    need(all(one[0] != other[0] or one[3] <= other[2] for one, other in pairwise(keys)), "KEY_CHAIN")


def check_agreement(network: Network, statement: Statement) -> None:
    """Section 6.6."""
    channel = as_text(statement.fields()[2])
    joined = all(channel in network.nodes[name].channels for name in nodes_of(statement))
    need(joined and channel in network.charter.weeks, "NOT_PERMITTED")


def check_policy(network: Network, statement: Statement) -> None:
    """Section 6.7."""
    body = statement.fields()
    if network.policy is not None:
        activated, bundle = network.policy
        need(as_number(body[3]) >= activated and body[1] != bundle, "STATEMENT_ORDER")


def check_revocation(network: Network, statement: Statement) -> None:
    """Section 6.8."""
    body = statement.fields()
    for item in as_list(body[4]):
        owners = network.things.get((as_number(body[3]), item), [])  # type: ignore[arg-type]
        need(body[1] in owners, "NOT_PERMITTED")
        need(item not in network.ended, "STATEMENT_ORDER")


def check_suspension(network: Network, statement: Statement) -> None:
    """Section 6.9: a lift lifts something."""
    body = statement.fields()
    need(not body[4] or bool(network.nodes[as_text(body[1])].suspensions), "STATEMENT_ORDER")


def check_recovery(network: Network, statement: Statement) -> None:
    """Section 6.10."""
    check_identity_change(network, statement)
    body = statement.fields()
    check_owner(network, [bytes(body[5])], as_text(body[1]))  # type: ignore[call-overload]


def check_identity_change(network: Network, statement: Statement) -> None:
    """Section 6.18."""
    body = statement.fields()
    need(body[2] == network.nodes[as_text(body[1])].version + 1, "STATEMENT_ORDER")
    check_fresh(network, as_identity(body[4]))


def check_capability(network: Network, statement: Statement) -> None:
    """Section 6.11."""
    body = statement.fields()
    wire, suite = as_number(body[3]), as_number(body[4])
    need(wire >= 1 and suite >= network.charter.suite, "DOWNGRADE")
    before = network.nodes[as_text(body[1])].capability
    if before is not None:
        issued, old_wire, old_suite, types = before
        need(as_number(body[2]) >= issued, "STATEMENT_ORDER")
        now: dict[str, int] = body[5]  # type: ignore[assignment]
        kept = all(now.get(name, 0) >= version for name, version in types.items())
        need(wire >= old_wire and suite >= old_suite and kept, "DOWNGRADE")


def check_tls(network: Network, statement: Statement) -> None:
    """Section 6.12."""
    body = statement.fields()
    name = as_text(body[1])
    need(as_number(body[2]) >= network.nodes[name].pins_issued, "STATEMENT_ORDER")
    check_owner(network, as_list(body[3]), name)  # type: ignore[arg-type]


def check_restart(network: Network, statement: Statement) -> None:
    """Section 6.13."""
    body = statement.fields()
    need(as_number(body[2]) >= network.restarts.get(as_text(body[1]), 0), "STATEMENT_ORDER")


def check_person(network: Network, statement: Statement) -> None:
    """Section 6.14."""
    body = statement.fields()
    need(as_number(body[7]) - as_number(body[6]) <= LONGEST_PERSON, "NOT_PERMITTED")
    check_fresh(network, as_identity(body[5]))


RULES: dict[int, Callable[[Network, Statement], None]] = {
    0: check_charter,
    1: check_enrolment,
    2: check_keys,
    3: check_agreement,
    4: check_policy,
    5: check_revocation,
    6: check_suspension,
    7: check_recovery,
    8: check_capability,
    9: check_tls,
    10: check_restart,
    11: check_person,
    12: check_identity_change,
}
