"""The fold: one directory entry after the other, each verified, onto the state. Pure.

Order for one entry: (1) canonical form, (2) not in force already, (3) the body fits the directory, (4) every signer is
named by the rule and both signatures verify, (5) possession of new keys, (6) a signer not counted before, (7) quota.
The statement takes effect at the entry that completes its rule, and is in force from that entry's size on.
Bytes: docs/wire.md section 6.15.
"""

from typing import Final

from keys.bindings import check_charter_keys
from keys.checks import check_body
from keys.effects import apply_body
from keys.records import Holder, Pending
from keys.signers import Rule, founding_rule, issued_at, kid, rule_for
from keys.state import State
from protocol import domains
from protocol.charter import DAY, Charter
from protocol.cose import Signed, verify
from protocol.errors import Code, Fault, Malformed
from protocol.ids import NodeId
from protocol.merkle import leaf_hash
from protocol.statements import Entry, parse_entry

NODE_QUOTA: Final = 500  # statements a node may date to one day: agreements with a whole network at once (attack 70)
QUOTA: Final = 5_000  # statements a registrar may date to one day: a founding day


def found(raw: bytes, pinned: bytes) -> State:
    """Return the state after the first entry: the charter whose digest was pinned at installation.

    Refuses ROOT_MISMATCH for another charter, QUORUM unless every registrar signed, KEY_POP unless the hub did.
    """
    entry = parse_entry(raw)
    if not isinstance(entry.body, Charter) or entry.id != pinned:
        raise Fault(Code.ROOT_MISMATCH, "not the pinned charter")
    if entry.body.previous is not None:
        raise Malformed("not a first charter")
    state = State()
    rule = founding_rule(entry.body)
    check_charter_keys(state, entry.body)
    signers = _verify_signers(state, rule, entry, entry.body.network_id)
    _check_possession(rule, signers)
    if not rule.satisfied(signers):
        raise Fault(Code.QUORUM, "all registrars found a network")
    _enter(state, entry, signers, rule)
    _append(state, raw, entry)
    return state


def check(state: State, raw: bytes) -> Entry:
    """Return the entry if it may follow; raise the code of the first step that refuses. Nothing changes."""
    return _admit(state, raw)[0]


def apply(state: State, raw: bytes) -> None:
    """Write one more entry. After a fault the state is as it was before."""
    entry, rule, signers = _admit(state, raw)
    _enter(state, entry, signers, rule)
    _append(state, raw, entry)


def _admit(state: State, raw: bytes) -> tuple[Entry, Rule, frozenset[bytes]]:
    entry = parse_entry(raw)
    if entry.id in state.done:
        raise Fault(Code.STATEMENT_ORDER, "already in force")
    check_body(state, entry.body)
    rule = rule_for(state, entry.body)
    signers = _verify_signers(state, rule, entry, state.charter.network_id)
    pending = state.pending.get(entry.id)
    if pending is None:
        _check_possession(rule, signers)
    elif signers <= pending.signers:
        raise Fault(Code.STATEMENT_ORDER, "no new signature")
    day = issued_at(entry.body) // DAY
    if any(state.used.get((signer, day), 0) >= _quota(state, signer) for signer in signers):
        raise Fault(Code.QUOTA, "statements per day")
    return entry, rule, signers


def _quota(state: State, signer: bytes) -> int:
    owner = state.owners.get(signer)
    return NODE_QUOTA if owner is not None and owner.holder is Holder.NODE else QUOTA


def _verify_signers(state: State, rule: Rule, entry: Entry, network: bytes) -> frozenset[bytes]:
    for signed in entry.signatures:
        _verify_signer(state, rule, signed, network)
    return frozenset(signed.ed_kid for signed in entry.signatures)


def _verify_signer(state: State, rule: Rule, signed: Signed, network: bytes) -> None:
    public = rule.signer(signed.ed_kid)
    if public is None:
        raise Fault(_outsider(state, signed.ed_kid), "signer")
    verify(signed, public, domains.STATEMENT, network)


def _outsider(state: State, ed_kid: bytes) -> Code:
    """Say why a key may not sign: nobody's, a node's former one (attacks 42, 75), or somebody's who has no say."""
    owner = state.owners.get(ed_kid)
    if owner is None:
        return Code.UNKNOWN_KEY
    node = state.node(NodeId(owner.name)) if owner.holder is Holder.NODE else None
    former = node is not None and (node.entry.revoked or kid(node.entry.identity) != ed_kid)
    return Code.KEY_REVOKED if former else Code.NOT_PERMITTED


def _check_possession(rule: Rule, signers: frozenset[bytes]) -> None:
    if not {kid(each) for each in rule.possession} <= signers:
        raise Fault(Code.KEY_POP, "a new key signs for its possession")


def _enter(state: State, entry: Entry, signers: frozenset[bytes], rule: Rule) -> None:
    before = state.pending.pop(entry.id, None)
    gathered = signers | before.signers if before else signers
    since = state.size + 1
    if rule.satisfied(gathered):
        apply_body(state, entry.body, entry.id, since)
        state.done[entry.id] = since
    else:
        state.pending[entry.id] = Pending(entry.body, gathered)
    day = issued_at(entry.body) // DAY
    for signer in signers:
        state.used[signer, day] = state.used.get((signer, day), 0) + 1


def _append(state: State, raw: bytes, entry: Entry) -> None:
    state.frontier, _ = state.frontier.append(leaf_hash(raw))
    state.roots.append(state.frontier.root())
    state.times.append(max(state.times[-1], issued_at(entry.body)))
