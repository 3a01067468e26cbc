"""One message in a bundle: ciphertext and rows only as they were signed, receipts of this message in log order."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from protocol.cbor import decode, encode
from protocol.disclosure import Source, disclose
from protocol.envelope import Delivery
from protocol.errors import Code
from protocol.evidence import Event
from protocol.evidence_told import encode_told, parse_told, show_in_bundle
from protocol.opening import Reader, open_delivery
from tests.simulators.bundles import Said, TestCase
from tests.simulators.network import AL, MK, RS
from tests.simulators.refusal import refused


def rich() -> tuple[TestCase, Said]:
    """Return a case whose message brings ciphertext, wraps and one row."""
    case = TestCase()
    said = case.send()
    case.say(said, Event.CONTENT_HANDOVER)
    case.say(said, Event.CONTENT_ACCESS_TRACKING)
    envelope = said.envelope
    delivery = Delivery(envelope.id, envelope.manifest, envelope.signed, 0, envelope.wraps[0], envelope.contents)
    reader = Reader(MK.node, case.network.network_id, 1, case.network.nodes[MK.node].ring)
    opened = open_delivery(delivery, case.network.nodes[RS.node].identity.public, reader)
    said.shown = (disclose(Source(envelope.signed, "body", opened.body), ["/plate"]),)
    said.sealed = True
    return case, said


CASE, SAID = rich()
TOLD = CASE.told(SAID)
RAW = encode_told(TOLD)


def test_what_is_parsed_is_written_the_same_again() -> None:
    found = parse_told(RAW)
    assert found == TOLD
    assert encode_told(found) == RAW
    assert found.id == SAID.envelope.id
    assert [each.index for each in found.inclusions] == [0, 1, 2]
    assert found.shown[0].logged is None
    assert show_in_bundle(found.shown[0]) == found.shown[0]
    bare = encode_told(replace(TOLD, contents=(), wraps=(), shown=()))
    assert set(decode(bare)) == {1, 2, 3}  # type: ignore[arg-type]  # a map
    assert encode_told(parse_told(bare)) == bare


def changed(change: Callable[[dict[int, Any]], object]) -> bytes:
    fields: dict[int, Any] = dict(decode(RAW))  # type: ignore[call-overload]  # a map
    for label in (3, 4, 5, 6):
        fields[label] = list(fields[label])
    change(fields)
    return encode(fields)


def _set(place: int, value: object) -> Callable[[dict[int, Any]], object]:
    return lambda fields: fields.update({place: value})


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (Code.UNKNOWN_FIELD, _set(8, 0)),
        (Code.MALFORMED, _set(7, [])),
        (Code.MALFORMED, _set(4, [])),
        (Code.MALFORMED, _set(5, [])),
        (Code.MALFORMED, _set(6, [])),
        (Code.BODY_HASH, _set(4, [b"x" * 256])),
        (Code.PART_MISSING, lambda fields: fields[4].append(b"x")),
        (Code.WRAP_HASH, _set(5, [[0, b"x"]])),
        (Code.MALFORMED, _set(5, [[1, b"x"]])),
        (Code.BAD_EVIDENCE, lambda fields: fields[5].append(fields[5][0])),
        (Code.BAD_EVIDENCE, lambda fields: fields[6].append(fields[6][0])),
        (Code.DISCLOSURE, lambda fields: fields[6].__setitem__(0, ["identity", fields[6][0][1]])),
        (Code.BAD_EVIDENCE, lambda fields: fields[3].reverse()),
        (Code.BAD_EVIDENCE, lambda fields: fields[3].append(fields[3][0])),
        (Code.MALFORMED, lambda fields: fields[3].append([b"", fields[2]])),
    ],
)
def test_what_the_sender_did_not_sign_is_refused(code: Code, change: Callable[[dict[int, Any]], object]) -> None:
    with refused(code):
        parse_told(changed(change))


def test_a_receipt_of_another_message_is_refused() -> None:
    case = TestCase()
    one, other = case.send(), case.send()
    case.say(other, Event.CONTENT_HANDOVER)
    one.receipts = other.receipts
    with refused(Code.BAD_EVIDENCE):
        parse_told(encode_told(case.told(one)))


def quiet(**changes: object) -> TestCase:
    """Return a case of two recipients, neither of which fetched the message."""
    case = TestCase(members=(RS, MK, AL))
    said = case.send(RS, (MK, AL))
    case.clock.now = said.envelope.manifest.core.expires_at
    case.never_handed_out(said, **changes)
    case.never_handed_out(said, AL)
    return case


def test_records_of_the_hub_are_written_the_same_again() -> None:
    case = quiet()
    told = case.told(case.said[0])
    raw = encode_told(told)
    assert parse_told(raw) == told
    assert encode_told(parse_told(raw)) == raw
    assert [each.index for each in told.inclusions] == [0, 1, 2]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (Code.BAD_EVIDENCE, {"message": bytes(32)}),
        (Code.NOT_A_RECIPIENT, {"recipient": RS.node}),
        (Code.BAD_EVIDENCE, {"channel": "rogatory"}),
        (Code.BAD_EVIDENCE, {"expires_at": 7}),
    ],
)
def test_a_record_that_is_not_of_this_message_is_refused(code: Code, changes: dict[str, object]) -> None:
    case = quiet(**changes)
    with refused(code):
        parse_told(encode_told(case.told(case.said[0])))


def test_records_out_of_the_order_of_the_log_are_refused() -> None:
    case = quiet()
    case.said[0].unserved.reverse()
    with refused(Code.BAD_EVIDENCE):
        parse_told(encode_told(case.told(case.said[0])))
