"""Two verifiers that share no code refuse every changed bundle, whether or not its digests were made anew."""

import hashlib
import random
from copy import copy
from typing import Any

import pytest

from egnatia.evidence.single.codec import Refused
from egnatia.evidence.single.told import verify, witnessed
from keys.evidence_check import Verdict, verify_bundle
from protocol.cbor import Item, decode, encode
from protocol.disclosure import Source, disclose
from protocol.envelope import Delivery
from protocol.errors import Fault
from protocol.evidence import Event
from protocol.evidence_bundle import parse_evidence_bundle
from protocol.leaf import LeafKind
from protocol.opening import Reader, open_delivery
from protocol.statement_network import Reason, Revocation, Target
from tests.simulators.bundles import Said, TestCase
from tests.simulators.log import MemoryTree
from tests.simulators.network import AL, MK, RS
from tests.simulators.tampering import flipped, listed_anew, members_moved, pieces_of

REFUSED = "refused"
MINE = 1  # al.contact stands before mk.contact


def rich() -> TestCase:
    """Return a case with everything that a bundle may hold."""
    case = TestCase(members=(RS, MK, AL))
    said = case.send(RS, (MK, AL), life=120)
    case.clock.now += 60
    case.say(said, Event.CONTENT_HANDOVER)
    case.say(said, Event.CONTENT_ACCESS_TRACKING)
    case.clock.now += 60
    case.never_handed_out(said, AL)
    envelope = said.envelope
    delivery = Delivery(envelope.id, envelope.manifest, envelope.signed, MINE, envelope.wraps[MINE], envelope.contents)
    reader = Reader(MK.node, case.network.network_id, 1, case.network.nodes[MK.node].ring)
    opened = open_delivery(delivery, case.network.nodes[RS.node].identity.public, reader)
    said.shown, said.sealed = (disclose(Source(envelope.signed, "body", opened.body), ["/plate"]),), True
    return case


CASE = rich()
RAW = CASE.raw()
DRAW = random.Random(133)


def verdict(raw: bytes, pin: bytes = CASE.pin) -> str:
    """Return what this project says of a file."""
    try:
        return verify_bundle(parse_evidence_bundle(raw), pin).verdict.value
    except Fault:
        return REFUSED


def other_verdict(raw: bytes, pin: bytes = CASE.pin) -> str:
    """Return what the second verifier says of it."""
    try:
        file, told = verify(raw, pin)
    except Refused:
        return REFUSED
    return Verdict.VERIFIED.value if witnessed(file, told) else Verdict.NOT_WITNESSED.value


def both(raw: bytes, pin: bytes = CASE.pin) -> str:
    one, other = verdict(raw, pin), other_verdict(raw, pin)
    assert one == other
    return one


def test_the_bundle_itself_is_verified_by_both() -> None:
    assert both(RAW) == Verdict.VERIFIED
    assert both(RAW, bytes(32)) == REFUSED


def test_v2_a_flipped_byte_anywhere_is_refused() -> None:
    places = {0, len(RAW) - 1, *(DRAW.randrange(len(RAW)) for _ in range(120))}
    assert {both(flipped(RAW, at, 1 << at % 8)) for at in sorted(places)} == {REFUSED}


@pytest.mark.parametrize("member", range(4))
def test_v2_a_flipped_byte_in_a_member_that_is_listed_anew_is_never_verified(member: int) -> None:
    _, manifest, members = pieces_of(RAW)
    places = {0, len(members[member]) - 1, *(DRAW.randrange(len(members[member])) for _ in range(12))}
    found = set()
    for at in sorted(places):
        changed = [*members[:member], flipped(members[member], at), *members[member + 1 :]]
        found.add(both(listed_anew(manifest, changed)))
    assert Verdict.VERIFIED not in found
    assert REFUSED in found


def test_v2_members_dropped_repeated_exchanged_or_added_are_refused() -> None:
    moved = dict(members_moved(RAW))
    assert len(moved) > 30
    assert {what: outcome for what, raw in moved.items() if (outcome := both(raw)) != REFUSED} == {}


def _items(changed: Item, label: int) -> list[Item]:
    found = changed[label]  # type: ignore[index,call-overload]  # a map with lists
    assert isinstance(found, list)
    return found


def test_v2_pieces_of_a_message_dropped_repeated_or_exchanged_are_refused_or_prove_less() -> None:
    _, manifest, members = pieces_of(RAW)
    for label in (3, 4, 5, 6, 7):
        message = decode(members[3])
        _items(message, label).append(_items(message, label)[0])
        assert both(listed_anew(manifest, [*members[:3], encode(message)])) == REFUSED, label
    backwards = decode(members[3])
    _items(backwards, 3).reverse()
    assert both(listed_anew(manifest, [*members[:3], encode(backwards)])) == REFUSED
    fewer = decode(members[3])
    _items(fewer, 3).pop()
    raw = listed_anew(manifest, [*members[:3], encode(fewer)])
    assert both(raw) == Verdict.VERIFIED  # it holds, and says what it lacks: a file proves only what is in it
    (message,) = verify_bundle(parse_evidence_bundle(raw), CASE.pin).messages
    assert message.recipients[MINE].first(Event.CONTENT_ACCESS_TRACKING) is None


def test_v3_an_unsigned_piece_inside_a_member_is_refused() -> None:
    _, manifest, members = pieces_of(RAW)
    for label, junk in ((7, b"believe me"), (8, b"believe me"), (4, [b"believe me"]), (5, [[0, b"believe me"]])):
        message = dict(decode(members[3])) | {label: junk}  # type: ignore[call-overload]  # a map
        assert both(listed_anew(manifest, [*members[:3], encode(message)])) == REFUSED
    entries = decode(members[0])
    assert isinstance(entries, list)
    for changed in ([*entries, entries[-1]], entries[:-1], [*entries[:-2], entries[-1], entries[-2]], entries[1:]):
        assert both(listed_anew(manifest, [encode(changed), *members[1:]])) == REFUSED


def test_attack_075_no_help_of_the_operator_verifies_a_key_that_was_revoked_before_its_use() -> None:
    """He signs what he likes with the hub's keys; the witnesses do not."""
    case = TestCase()
    before = case.network.directory
    body = Revocation(node=RS.node, issued_at=case.clock(), target=Target.NODE, ids=(), reason=Reason.COMPROMISED)
    lifted = case.senders.seal(RS, MK)
    case.network.append(body, *case.network.quorum)
    tries = {
        "as it is": {},
        "at the size before": {"leaf_directory_size": before.size, "leaf_directory_root": before.root},
        "at that size, root of now": {"leaf_directory_size": before.size},
    }
    for what, leaf in tries.items():
        for witnesses in ((), ("auditor",)):
            forged = copy(case)
            forged.said, forged.tree, forged.witnesses = [], MemoryTree(), witnesses
            fields = {key.removeprefix("leaf_"): value for key, value in leaf.items()}
            forged.said.append(Said(lifted, forged.log(LeafKind.MESSAGE, lifted.id, **fields)))
            assert both(forged.raw(), case.pin) != Verdict.VERIFIED, what


JUNK: tuple[Item, ...] = (0, 1, -1, 1 << 53, True, None, "", "body", b"", bytes(32), [], {}, [0], {1: 1})


def _steps(item: Item, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Return the way to every piece of an item."""
    found = [path]
    if isinstance(item, dict):
        found += [step for key, each in item.items() for step in _steps(each, (*path, int(key)))]
    elif isinstance(item, list):
        found += [step for at, each in enumerate(item) for step in _steps(each, (*path, at))]
    return found


def _replaced(item: Any, path: tuple[int, ...], value: Item) -> Any:
    if not path:
        return value
    out = copy(item)
    out[path[0]] = _replaced(item[path[0]], path[1:], value)
    return out


@pytest.mark.parametrize("member", [0, 3])
def test_v3_any_other_piece_in_any_place_is_refused_alike_and_never_crashes_a_verifier(member: int) -> None:
    _, manifest, members = pieces_of(RAW)
    item = decode(members[member])
    steps = _steps(item)
    for _ in range(24):
        changed = encode(_replaced(item, DRAW.choice(steps), DRAW.choice(JUNK)))
        both(listed_anew(manifest, [*members[:member], changed, *members[member + 1 :]]))
    fields = decode(manifest)
    for _ in range(12):
        again = encode(_replaced(fields, DRAW.choice(_steps(fields)), DRAW.choice(JUNK)))
        both(encode([hashlib.sha256(again).digest(), again, members]))
