"""That a recipient was never handed a message: verified in a small real log, refused when any part is another's."""

from dataclasses import replace

import pytest

from protocol.cbor import Item, decode, encode
from protocol.core import Core
from protocol.errors import Code
from protocol.ids import Channel, MessageId, NodeId
from protocol.leaf import Leaf, LeafKind, encode_leaf, payload_digest
from protocol.unserved import (
    Unserved,
    check_unserved_core,
    encode_unserved_evidence,
    parse_unserved,
    verify_unserved,
)
from tests.simulators.faults import refused
from tests.simulators.party import NOW, Party, message_number, send
from tests.simulators.small_log import ORIGIN, SmallLog

SKOPJE, BELGRADE = Party("mk.ilecu"), Party("rs.ilecu")
MESSAGE = message_number(4)
RECORD = Unserved(MESSAGE, NodeId("rs.ilecu"), Channel("police"), 17, NOW)


def log_of(record: Unserved = RECORD, kind: LeafKind = LeafKind.UNSERVED, time: int = NOW) -> SmallLog:
    log = SmallLog()
    for digest in (bytes(32), payload_digest(record.encode()), bytes(32)):
        log.append(encode_leaf(Leaf(kind, digest, time, 3, bytes(32))))
    return log


def evidence(log: SmallLog, record: Unserved = RECORD) -> bytes:
    return encode_unserved_evidence(record, log.inclusion(1), log.checkpoint())


def test_the_evidence_is_rebuilt_identically_and_verifies() -> None:
    log = log_of()
    raw = evidence(log)
    found = verify_unserved(raw, MESSAGE, ORIGIN, log.keys)
    assert (found.record, found.index, found.leaf.time, found.checkpoint.size) == (RECORD, 1, NOW, 3)
    checkpoint = decode(raw)[3]  # type: ignore[index,call-overload]  # a map
    assert encode_unserved_evidence(parse_unserved(RECORD.encode()), log.inclusion(1), checkpoint) == raw


@pytest.mark.parametrize(
    "log",
    [
        log_of(kind=LeafKind.EVIDENCE),
        log_of(replace(RECORD, number=18)),
        log_of(time=NOW - 1),
    ],
    ids=["a leaf of another kind", "a leaf of another record", "a leaf from before the end"],
)
def test_a_leaf_that_is_not_the_records(log: SmallLog) -> None:
    with refused(Code.BAD_EVIDENCE):
        verify_unserved(evidence(log), MESSAGE, ORIGIN, log.keys)


def test_a_record_of_another_message_and_a_proof_for_another_size() -> None:
    log = log_of()
    with refused(Code.BAD_EVIDENCE):
        verify_unserved(evidence(log), MessageId(bytes(32)), ORIGIN, log.keys)
    old = log.inclusion(1)
    log.append(b"more")
    with refused(Code.BAD_INCLUSION):
        verify_unserved(encode_unserved_evidence(RECORD, old, log.checkpoint()), MESSAGE, ORIGIN, log.keys)


@pytest.mark.parametrize(
    "items",
    [
        [MESSAGE, "rs.ilecu", "police", 17],
        [MESSAGE, "rs.ilecu", "police", 17, NOW, 0],
        [bytes(31), "rs.ilecu", "police", 17, NOW],
        [MESSAGE, "RS.ilecu", "police", 17, NOW],
        [MESSAGE, "rs.ilecu", "pigeon", 17, NOW],
        [MESSAGE, "rs.ilecu", "police", 0, NOW],
        [MESSAGE, "rs.ilecu", "police", True, NOW],
        [MESSAGE, "rs.ilecu", "police", 17, -1],
        {1: MESSAGE},
    ],
)
def test_a_record_of_another_form(items: Item) -> None:
    with refused(Code.MALFORMED):
        parse_unserved(encode(items))


@pytest.mark.parametrize("change", [{1: 7}, {1: b""}, {2: []}, {3: "text"}])
def test_evidence_of_another_form(change: dict[int, Item]) -> None:
    log = log_of()
    raw = encode(dict(decode(evidence(log))) | change)  # type: ignore[call-overload]  # a map
    with refused(Code.MALFORMED):
        verify_unserved(raw, MESSAGE, ORIGIN, log.keys)


def core() -> Core:
    return send(SKOPJE, BELGRADE).manifest.core


def record_of(core: Core) -> Unserved:
    return Unserved(MESSAGE, BELGRADE.node, core.channel, 1, core.expires_at)


def test_a_record_tells_the_messages_own_recipient_channel_and_end() -> None:
    sent = core()
    check_unserved_core(record_of(sent), sent)
    with refused(Code.NOT_A_RECIPIENT):
        check_unserved_core(replace(record_of(sent), recipient=SKOPJE.node), sent)
    for change in ({"channel": Channel("rogatory")}, {"expires_at": sent.expires_at - 1}):
        with refused(Code.BAD_EVIDENCE):
            check_unserved_core(replace(record_of(sent), **change), sent)  # type: ignore[arg-type]
