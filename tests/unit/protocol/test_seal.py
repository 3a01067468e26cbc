"""Seal and open: what arrives is what was written, only where it was meant to, and nothing altered is accepted."""

import hashlib

from protocol import domains
from protocol.cbor import decode, encode
from protocol.core import Mode
from protocol.cose import parse as parse_signed
from protocol.cose import sign
from protocol.envelope import Delivery, Envelope, parse_delivery, parse_envelope
from protocol.errors import Code
from protocol.ids import NodeId, Reference
from protocol.limits import MAX_SIGNED
from protocol.opening import Reader, open_delivery
from protocol.seal import Issue, seal
from protocol.stages import Addressee
from tests.simulators.faults import refused
from tests.simulators.party import NETWORK, NOW, CountingEntropy, Party, PlainRing, cleared, deliver, draft, send

SKOPJE, BELGRADE, SARAJEVO, VIENNA = Party("mk.ilecu"), Party("rs.ilecu"), Party("ba.ilecu"), Party("at.lotse")


def fields(rows: object) -> dict[str, object]:
    return {row.path: row.value for row in rows}  # type: ignore[attr-defined]  # rows of an opened message


def test_each_recipient_reads_what_was_written() -> None:
    envelope = parse_envelope(send(SKOPJE, BELGRADE, SARAJEVO).encode())
    for reader in (BELGRADE, SARAJEVO):
        opened = reader.opens(deliver(envelope, reader), SKOPJE)
        assert fields(opened.body) == {"/plate": "SK-1234-AB", "/reason": "seen at the border"}
        assert opened.id == hashlib.sha256(envelope.signed.payload).digest()
        assert opened.identity is None


def test_core_carries_what_the_draft_said() -> None:
    core = send(SKOPJE, SARAJEVO, BELGRADE).manifest.core
    assert [each.node for each in core.to] == ["ba.ilecu", "rs.ilecu"]
    assert core.expires_at - core.issued_at == 14 * 86_400
    assert core.handling == ("H0",)
    assert core.directory_size == 7


def test_identity_opens_only_for_the_entitled() -> None:
    who = (Addressee(BELGRADE.node, Mode.ACTION, reads_identity=True), Addressee(VIENNA.node, Mode.INFORMATION))
    envelope = send(
        SARAJEVO,
        BELGRADE,
        VIENNA,
        to=who,
        channel="cso",
        handling=(),
        urgency=None,
        identity=(("/name", "Ђорђевић"),),
        consents=(Reference(b"k" * 16),),
    )
    entitled = BELGRADE.opens(deliver(envelope, BELGRADE), SARAJEVO)
    other = VIENNA.opens(deliver(envelope, VIENNA), SARAJEVO)
    assert entitled.identity is not None
    assert fields(entitled.identity) == {"/name": "Ђорђевић"}
    assert other.identity is None
    assert {name for name, _ in entitled.part_keys} == {"body", "identity"}
    assert {len(wrap) for wrap in envelope.wraps} == {len(envelope.wraps[0])}


def test_content_never_stands_in_the_envelope() -> None:
    raw = send(SKOPJE, BELGRADE, body=(("/canary", "quail-egg-4711"),)).encode()
    assert b"quail-egg-4711" not in raw


def test_sealing_needs_exactly_one_key_per_addressee() -> None:
    issue = Issue(NETWORK, NOW, 7, b"r" * 32)
    one = cleared(draft(SKOPJE, BELGRADE))
    for targets in ((), (SARAJEVO.target,), (BELGRADE.target, SARAJEVO.target)):
        with refused(Code.NO_VALID_KEY):
            seal(one, targets, issue, SKOPJE.identity, CountingEntropy())


def test_oversized_content_is_refused_before_signing() -> None:
    issue = Issue(NETWORK, NOW, 7, b"r" * 32)
    body = tuple((f"/{n:04}", "x" * 60_000) for n in range(9))
    with refused(Code.TOO_LARGE):
        seal(cleared(draft(SKOPJE, BELGRADE, body=body)), (BELGRADE.target,), issue, SKOPJE.identity, CountingEntropy())


def test_a_node_that_is_not_addressed_cannot_open() -> None:
    envelope = send(SKOPJE, BELGRADE)
    delivery = deliver(envelope, BELGRADE)
    with refused(Code.NOT_A_RECIPIENT):
        SARAJEVO.opens(delivery, SKOPJE)


def test_another_recipients_wrap_is_refused() -> None:
    envelope = send(SKOPJE, BELGRADE, SARAJEVO)
    with refused(Code.NOT_A_RECIPIENT):
        BELGRADE.opens(deliver(envelope, SARAJEVO), SKOPJE)


def test_an_erased_key_is_named_locally() -> None:
    delivery = deliver(send(SKOPJE, BELGRADE), BELGRADE)
    with refused(Code.UNKNOWN_DECRYPTION_KEY):
        open_delivery(delivery, SKOPJE.identity.public, Reader(BELGRADE.node, NETWORK, 1, PlainRing()))


def test_another_networks_reader_refuses_the_signature() -> None:
    delivery = deliver(send(SKOPJE, BELGRADE), BELGRADE)
    with refused(Code.BAD_SIGNATURE):
        open_delivery(delivery, SKOPJE.identity.public, Reader(BELGRADE.node, b"t" * 16, 1, PlainRing(BELGRADE.seed)))


def test_a_suite_below_the_networks_minimum_is_a_downgrade() -> None:
    delivery = deliver(send(SKOPJE, BELGRADE), BELGRADE)
    with refused(Code.DOWNGRADE):
        open_delivery(delivery, SKOPJE.identity.public, Reader(BELGRADE.node, NETWORK, 2, PlainRing(BELGRADE.seed)))


class ShortSecret:
    """A ring that returns half a secret, as a hostile sender could have wrapped."""

    def unwrap(self, key_id: object, ciphertext: object, info: object) -> bytes:
        del key_id, ciphertext, info
        return b"s" * 32


def test_a_wrapped_secret_of_another_length_is_refused() -> None:
    delivery = deliver(send(SKOPJE, BELGRADE), BELGRADE)
    with refused(Code.WRAP_DECRYPT):
        open_delivery(delivery, SKOPJE.identity.public, Reader(BELGRADE.node, NETWORK, 1, ShortSecret()))


def test_wrap_for_another_key_than_the_core_names() -> None:
    envelope = send(SKOPJE, BELGRADE, SARAJEVO)
    core, hashes, parts = decode(envelope.signed.payload)  # type: ignore[misc]  # a manifest has three members
    payload = encode([core, [hashes[1], hashes[0]], parts])
    delivery = signed_delivery(payload, 1, envelope.wraps[0], envelope)
    with refused(Code.WRAP_HASH):
        BELGRADE.opens(delivery, SKOPJE)


def signed_delivery(payload: bytes, index: int, wrap: bytes, envelope: Envelope) -> Delivery:
    raw = sign(SKOPJE.identity, domains.MESSAGE, NETWORK, payload)
    signed = parse_signed(raw, MAX_SIGNED)
    return parse_delivery(encode([signed.raw, index, wrap, list(envelope.contents)]))


def test_node_ids_are_what_the_directory_uses() -> None:
    assert send(SKOPJE, BELGRADE).manifest.core.recipient(NodeId("rs.ilecu")) is not None
    assert send(SKOPJE, BELGRADE).manifest.core.recipient(NodeId("xk.ilecu")) is None
