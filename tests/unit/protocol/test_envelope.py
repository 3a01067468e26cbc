"""An envelope parses only when manifest, wraps and parts agree with each other."""

import dataclasses
import hashlib

import pytest

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.core import encode_core
from protocol.cose import sign
from protocol.envelope import parse_delivery, parse_envelope, parse_manifest
from protocol.errors import Code
from protocol.limits import MAX_ENVELOPE, MAX_PART
from tests.simulators.faults import refused
from tests.simulators.party import NETWORK, Party, deliver, send

A, B, C = Party("mk.ilecu"), Party("rs.ilecu"), Party("ba.ilecu")
ENVELOPE = send(A, B, C)
CORE, HASHES, PARTS = decode(ENVELOPE.signed.payload)  # type: ignore[misc]  # a manifest has three members
DIGEST = bytes(32)


def manifest(core: Item = CORE, hashes: Item = HASHES, parts: Item = PARTS) -> bytes:
    return encode([core, hashes, parts])


def test_manifest_survives() -> None:
    assert parse_manifest(manifest()) == ENVELOPE.manifest
    attachments: Item = [["att-00", 10, DIGEST], ["att-63", 10, DIGEST], *PARTS]
    assert [part.inline for part in parse_manifest(manifest(parts=attachments)).parts] == [False, False, True]


BAD: list[tuple[bytes, Code]] = [
    (manifest(hashes=[HASHES[0]]), Code.MALFORMED),
    (manifest(hashes=[*HASHES, DIGEST]), Code.MALFORMED),
    (manifest(hashes=[HASHES[0], b"short"]), Code.MALFORMED),
    (manifest(core="text"), Code.MALFORMED),
    (manifest(parts=[]), Code.MALFORMED),
    (manifest(parts=[["att-00", 1, DIGEST]]), Code.MALFORMED),
    (manifest(parts=[["body", 1, DIGEST]] * 2), Code.MALFORMED),
    (manifest(parts=[["body", 1, DIGEST], ["att-00", 1, DIGEST]]), Code.MALFORMED),
    (manifest(parts=[["body", 1, DIGEST], ["identity", 1, DIGEST]]), Code.MALFORMED),
    (manifest(parts=[["att-64", 1, DIGEST], ["body", 1, DIGEST]]), Code.MALFORMED),
    (manifest(parts=[["../body", 1, DIGEST], ["body", 1, DIGEST]]), Code.MALFORMED),
    (manifest(parts=[[7, 1, DIGEST]]), Code.MALFORMED),
    (manifest(parts=[["body", 0, DIGEST]]), Code.MALFORMED),
    (manifest(parts=[["body", MAX_PART + 1, DIGEST]]), Code.TOO_LARGE),
]


@pytest.mark.parametrize(("raw", "code"), BAD)
def test_manifest_refuses(raw: bytes, code: Code) -> None:
    with refused(code):
        parse_manifest(raw)


def test_identity_commitment_without_its_part() -> None:
    core = dataclasses.replace(
        ENVELOPE.manifest.core,
        channel="cso",
        handling=(),
        urgency=None,
        identity_root=DIGEST,  # type: ignore[arg-type]  # a channel
    )
    with refused(Code.MALFORMED):
        parse_manifest(manifest(core=encode_core(core)))


def submission(**changes: Item) -> bytes:
    fields: dict[str, Item] = {
        "signed": ENVELOPE.signed.raw,
        "wraps": list(ENVELOPE.wraps),
        "contents": list(ENVELOPE.contents),
    }
    return encode(list((fields | changes).values()))


def test_submission_refuses() -> None:
    flipped = ENVELOPE.contents[0][:-1] + bytes([ENVELOPE.contents[0][-1] ^ 1])
    cases: list[tuple[bytes, Code]] = [
        (submission(wraps=[ENVELOPE.wraps[1], ENVELOPE.wraps[0]]), Code.WRAP_HASH),
        (submission(wraps=[ENVELOPE.wraps[0]]), Code.WRAP_HASH),
        (submission(wraps=[]), Code.MALFORMED),
        (submission(contents=[flipped]), Code.BODY_HASH),
        (submission(contents=[ENVELOPE.contents[0] + b"x"]), Code.BODY_HASH),
        (submission(contents=[ENVELOPE.contents[0]] * 2), Code.PART_MISSING),
        (submission(contents=[ENVELOPE.contents[0]] * 3), Code.MALFORMED),
        (submission(signed=b"x"), Code.MALFORMED),
        (encode([ENVELOPE.signed.raw]), Code.MALFORMED),
        (bytes(MAX_ENVELOPE + 1), Code.TOO_LARGE),
    ]
    for raw, code in cases:
        with refused(code):
            parse_envelope(raw)


def test_delivery_refuses() -> None:
    good = deliver(ENVELOPE, B)
    assert parse_delivery(good.encode()) == good
    contents: Item = list(good.contents)
    for index, wrap, code in (
        (good.index, ENVELOPE.wraps[1 - good.index], Code.WRAP_HASH),
        (1 - good.index, good.wrap, Code.WRAP_HASH),
        (2, good.wrap, Code.MALFORMED),
    ):
        with refused(code):
            parse_delivery(encode([good.signed.raw, index, wrap, contents]))


def test_the_id_is_the_digest_of_the_payload_not_of_the_signatures() -> None:
    again = sign(A.identity, domains.MESSAGE, NETWORK, ENVELOPE.signed.payload)
    assert again != ENVELOPE.signed.raw
    assert (
        parse_envelope(submission(signed=again)).id == ENVELOPE.id == hashlib.sha256(ENVELOPE.signed.payload).digest()
    )
