"""What audits of systems like this one found, tried on this one, by the lesson's number."""

from collections.abc import Callable
from pathlib import Path

import pytest

from protocol import domains
from protocol.api import parse_problem
from protocol.cbor import Item, Tagged, decode, encode
from protocol.cose import parse as parse_signed
from protocol.cose import sign, verify
from protocol.errors import Code, Fault
from protocol.evidence import (
    Acceptance,
    Event,
    Receipt,
    encode_acceptance,
    parse_receipt,
    sign_receipt,
    verify_acceptance,
    verify_receipt,
)
from protocol.floe import open_ as open_floe
from protocol.floe import seal as seal_floe
from protocol.ids import MessageId
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.limits import MAX_SIGNED
from protocol.part_keys import part_aad, part_key
from protocol.wrap import open_wrap, parse_wrap, recipient_private, wrap_info
from tests.simulators.hub_world import World
from tests.simulators.party import NETWORK, NOW, CountingEntropy, Party, deliver, send
from tests.simulators.refusal import refused
from tests.simulators.small_log import ORIGIN, SmallLog

SENDER, BELGRADE, SARAJEVO = Party("mk.ilecu"), Party("rs.ilecu"), Party("ba.ilecu")
ENVELOPE = send(SENDER, BELGRADE, SARAJEVO)
MESSAGE = MessageId(b"m" * 32)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/mailboxes/../time",
        "/v1/mailboxes/%2e%2e/time",
        "/v1//time",
        "//v1/time",
        "/v1/time;x=1",
        "/V1/TIME",
        "/v1/time/",
        "/v1/time%00",
        "/v1/\uff54ime",
        "/v1/mailboxes/police%2f..%2fcso?after=0&wait=0",
        "/v1/mailboxes/POLICE?after=0&wait=0",
        "/v1/blobs/" + "A" * 64,
    ],
)
async def test_lesson_01_a_path_written_otherwise_leads_nowhere(tmp_path: Path, path: str) -> None:
    from yarl import URL

    world = World(tmp_path)
    await world.found()
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert (await rs.get("/v1/time"))[0] == 200
        raw = "".join(each if each.isascii() else "".join(f"%{byte:02X}" for byte in each.encode()) for each in path)
        async with rs.session.get(URL(rs.base + raw, encoded=True), allow_redirects=False) as answer:
            body = await answer.read()
    assert answer.status in {400, 404}
    assert parse_problem(body).code in {Code.NOT_FOUND, Code.MALFORMED}


def acceptance() -> tuple[bytes, SmallLog]:
    log = SmallLog()
    leaves = [encode_leaf(Leaf(LeafKind.MESSAGE, bytes([n]) * 32, NOW, 3, bytes(32))) for n in range(6)]
    for each in (*leaves, encode_leaf(Leaf(LeafKind.MESSAGE, MESSAGE, NOW, 3, bytes(32)))):
        log.append(each)
    return encode_acceptance(MESSAGE, log.inclusion(6), log.checkpoint()), log


RAW, LOG = acceptance()


def accepted(raw: bytes) -> Acceptance:
    return verify_acceptance(raw, MESSAGE, ORIGIN, LOG.keys)


def receipt() -> bytes:
    said = Receipt(event=Event.CONTENT_HANDOVER, message=MESSAGE, recipient=BELGRADE.node, at=NOW)
    return sign_receipt(said, BELGRADE.identity, NETWORK)


def confirmed(raw: bytes) -> None:
    verify_receipt(parse_receipt(raw), BELGRADE.identity.public, NETWORK)


def unnoticed(raw: bytes, check: Callable[[bytes], object]) -> list[int]:
    """Return where one flipped bit goes unnoticed."""
    out = []
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :]
        try:
            check(changed)
        except Fault:
            continue
        out.append(at)
    return out


def test_lesson_02_no_flipped_bit_of_any_evidence_is_accepted() -> None:
    accepted(RAW)
    confirmed(receipt())
    assert unnoticed(RAW, accepted) == []
    assert unnoticed(receipt(), confirmed) == []


def test_lesson_02_no_member_is_left_out_doubled_or_moved() -> None:
    fields: dict[int, Item] = dict(decode(RAW))  # type: ignore[call-overload]  # an acceptance is a map
    inclusion: list[Item] = list(fields[2])  # type: ignore[arg-type]  # a list
    proof: list[Item] = list(inclusion[3])  # type: ignore[arg-type]  # a list
    wrong = [
        *(encode({label: value for label, value in fields.items() if label != gone}) for gone in fields),
        encode(fields | {2: inclusion[:3]}),
        encode(fields | {2: [*inclusion, inclusion[3]]}),
        encode(fields | {2: [inclusion[1], inclusion[0], *inclusion[2:]]}),
        encode(fields | {2: [*inclusion[:3], proof[::-1]]}),
        encode(fields | {2: [*inclusion[:3], [*proof, proof[0]]]}),
        encode(fields | {2: [*inclusion[:3], proof[1:]]}),
        encode(fields | {1: fields[3], 3: fields[1]}),
    ]
    for raw in wrong:
        with pytest.raises(Fault):
            accepted(raw)


def test_lesson_03_evidence_with_a_member_that_nothing_covers() -> None:
    fields: dict[int, Item] = dict(decode(RAW))  # type: ignore[call-overload]  # an acceptance is a map
    for label in (0, 4, 99):
        with refused(Code.MALFORMED, Code.UNKNOWN_FIELD):
            accepted(encode(fields | {label: b"a note"}))
    signed: dict[int, Item] = dict(decode(parse_receipt(receipt()).signed.payload))  # type: ignore[call-overload]  # a map
    raw = sign(BELGRADE.identity, domains.EVIDENCE, NETWORK, encode(signed | {6: "a note"}))
    with refused(Code.MALFORMED, Code.UNKNOWN_FIELD):
        parse_receipt(raw)


def test_lesson_06_key_ids_exchanged_or_lent() -> None:
    """The id in a header chooses no key: the verifier knows whose signature it wants before it looks."""
    own, other = SENDER.identity, BELGRADE.identity
    lent = sign(other, domains.MESSAGE, NETWORK, b"payload")
    with refused(Code.UNKNOWN_KEY):
        verify(parse_signed(lent, MAX_SIGNED), own.public, domains.MESSAGE, NETWORK)
    tagged, foreign = decode(sign(own, domains.MESSAGE, NETWORK, b"payload")), decode(lent)
    assert isinstance(tagged, Tagged)
    assert isinstance(foreign, Tagged)
    *head, signatures = tagged.value  # type: ignore[misc]  # COSE_Sign
    mixed = [[ours[0], ours[1], theirs[2]] for ours, theirs in zip(signatures, foreign.value[3], strict=True)]  # type: ignore[index,call-overload,arg-type]
    with refused(Code.BAD_SIGNATURE):
        verify(parse_signed(encode(Tagged(98, [*head, mixed])), MAX_SIGNED), own.public, domains.MESSAGE, NETWORK)


EVERY_DOMAIN = sorted(domains.SIGNED)


@pytest.mark.parametrize("domain", EVERY_DOMAIN)
def test_lesson_06_one_key_in_every_role_signs_for_one_role_only(domain: str) -> None:
    signed = parse_signed(sign(SENDER.identity, domain, NETWORK, b"payload"), MAX_SIGNED)
    assert verify(signed, SENDER.identity.public, domain, NETWORK) == b"payload"
    for another in EVERY_DOMAIN:
        if another != domain:
            with refused(Code.BAD_SIGNATURE):
                verify(signed, SENDER.identity.public, another, NETWORK)


def test_lesson_07_a_ciphertext_of_one_use_in_another() -> None:
    """The same key material under another name, core or reader opens nothing."""
    secret, core = b"s" * 32, ENVELOPE.manifest.core_bytes
    sealed = seal_floe(part_key(secret, core, "body"), part_aad(core, "body"), b"rows", CountingEntropy())
    assert open_floe(part_key(secret, core, "body"), part_aad(core, "body"), sealed) == b"rows"
    for name, about in (("identity", core), ("att-00", core), ("body", core + b"\x00")):
        with refused(Code.COMMITMENT):
            open_floe(part_key(secret, about, name), part_aad(about, name), sealed)
    wrap = parse_wrap(deliver(ENVELOPE, BELGRADE).wrap)
    other = send(SENDER, BELGRADE, entropy=CountingEntropy("other")).manifest.core_bytes
    for about, node in ((other, BELGRADE.node), (core, SARAJEVO.node)):
        with refused(Code.WRAP_DECRYPT):
            open_wrap(recipient_private(BELGRADE.seed), wrap, wrap_info(about, node, wrap.protected))


def test_lesson_31_a_stored_message_shows_routing_and_nothing_else() -> None:
    secret = ("SK-1234-AB", "seen at the border")
    told = ENVELOPE.encode() + encode_acceptance(ENVELOPE.id, LOG.inclusion(6), LOG.checkpoint())
    assert b"mk.ilecu" in told, "the control: routing is there"
    assert not [each for each in secret if each.encode() in told or each.encode("utf-16-le") in told]
