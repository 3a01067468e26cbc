"""Kinds for the objects of a message, for tokens, anchors, evidence of erasures and mailbox pages."""

from typing import Final

from egnatia.conformance.documents import read_body, read_document, same_json
from egnatia.conformance.fields import Fields
from egnatia.conformance.kind import Kind, declare
from protocol import domains
from protocol.anchor import commit, parse_anchor, verify_anchor
from protocol.catalogue.rows import flatten
from protocol.cbor import decode, encode
from protocol.core import encode_core, parse_core
from protocol.cose import verify
from protocol.envelope import parse_delivery, parse_envelope
from protocol.erasure import parse_erasure, verify_erasure
from protocol.errors import Code, Fault
from protocol.fields import check_commitment, encode_rows, parse_rows
from protocol.ids import KeyId, parse_node_id
from protocol.limits import MAX_OBJECT
from protocol.mailbox import encode_page, parse_page, verify_head
from protocol.opening import Reader, open_delivery
from protocol.ports import IdentityPublic
from protocol.short_reference import PATH as REFERENCE
from protocol.suite import SUITE_1, check_suite
from protocol.tokens import parse_token, verify_token
from protocol.wrap import (
    encode_wrap,
    open_wrap,
    parse_wrap,
    recipient_key_id,
    recipient_private,
    recipient_public_bytes,
)


class OneKey:
    """A recipient that holds the key of one seed (``protocol.ports.Unwrapper``)."""

    def __init__(self, seed: bytes) -> None:
        self._private = recipient_private(seed)
        self._key_id = recipient_key_id(recipient_public_bytes(seed))

    def unwrap(self, key_id: KeyId, ciphertext: bytes, info: bytes) -> bytes:
        """Return the wrapped secret; UNKNOWN_DECRYPTION_KEY for another key than the seed's, or WRAP_DECRYPT."""
        if key_id != self._key_id:
            raise Fault(Code.UNKNOWN_DECRYPTION_KEY)
        return open_wrap(self._private, parse_wrap(encode_wrap(key_id, ciphertext)), info)


def identity(fields: Fields, who: str) -> IdentityPublic:
    """Return the public keys of ``who``."""
    return IdentityPublic(fields.data(f"{who}-ed25519"), fields.data(f"{who}-mldsa65"))


def _cbor(fields: Fields) -> bool:
    raw = fields.data("item")
    return encode(decode(raw, fields.number("limit", MAX_OBJECT))) == raw


def _core(fields: Fields) -> bool:
    raw = fields.data("core")
    return encode_core(parse_core(raw)) == raw


def _rows(fields: Fields) -> bool:
    raw = fields.data("rows")
    rows = parse_rows(raw)
    if fields.has("commitment"):
        check_commitment(rows, fields.data("commitment"))
    return encode_rows(rows) == raw


def _document(fields: Fields) -> bool:
    rows = parse_rows(fields.data("rows"))
    document = read_body(rows)
    again = flatten(document) == [(row.path, row.value) for row in rows if row.path != REFERENCE]
    return again and (not fields.has("json") or same_json(fields.text("json"), document))


def _envelope(fields: Fields) -> bool:
    raw = fields.data("envelope")
    envelope = parse_envelope(raw)
    check_suite(envelope.manifest.core.suite, fields.number("minimum-suite", SUITE_1))
    verify(envelope.signed, identity(fields, "sender"), domains.MESSAGE, fields.data("network"))
    return envelope.encode() == raw and fields.maybe("id") in (None, envelope.id)


def _delivery(fields: Fields) -> bool:
    raw = fields.data("delivery")
    delivery = parse_delivery(raw)
    node = parse_node_id(fields.text("recipient"))
    minimum = fields.number("minimum-suite", SUITE_1)
    reader = Reader(node, fields.data("network"), minimum, OneKey(fields.data("seed")))
    opened = open_delivery(delivery, identity(fields, "sender"), reader)
    read_body(opened.body)
    if opened.identity is not None:
        read_document(opened.identity)
    rows = None if opened.identity is None else encode_rows(opened.identity)
    body = fields.maybe("rows") in (None, encode_rows(opened.body))
    return body and fields.maybe("identity-rows") == rows and delivery.encode() == raw


def _token(fields: Fields) -> bool:
    raw = fields.data("token")
    token = parse_token(raw)
    verify_token(token, identity(fields, "holder"), fields.data("network"))
    return token.signed.raw == raw and fields.maybe("id") in (None, token.id)


def _anchor(fields: Fields) -> bool:
    raw = fields.data("anchor")
    anchor = parse_anchor(raw)
    verify_anchor(anchor, identity(fields, "node"), fields.data("network"))
    said = anchor.anchor
    if fields.has("salt"):
        opened = commit(fields.data("salt"), said.node, said.count, fields.data("head"))
        if opened != said.commitment:
            return False
    return anchor.signed.raw == raw and fields.maybe("id") in (None, anchor.id)


def _erasure(fields: Fields) -> bool:
    raw = fields.data("erasure")
    erasure = parse_erasure(raw)
    verify_erasure(erasure, identity(fields, "node"), fields.data("network"))
    return erasure.signed.raw == raw and fields.maybe("id") in (None, erasure.id)


def _page(fields: Fields) -> bool:
    raw = fields.data("page")
    page = parse_page(raw)
    head = verify_head(page.head, identity(fields, "hub"), fields.data("network"))
    return encode_page(page) == raw and fields.number("count", head.count) == head.count


_IDENTITY: Final = "bytes the {} half of the {}'s identity"


def keys_of(who: str) -> dict[str, str]:
    """Return the two declarations of an identity's halves."""
    return {
        f"{who}_ed25519": _IDENTITY.format("Ed25519", who),
        f"{who}_mldsa65": _IDENTITY.format("ML-DSA-65", who),
    }


OBJECT_KINDS: Final = (
    Kind(
        "cbor",
        "decode, and encode to the same bytes",
        declare(item="bytes one item", limit="number? bytes the reader accepts; 4194304 where absent"),
        _cbor,
    ),
    Kind("core", "parse a message's core", declare(core="bytes the core"), _core),
    Kind(
        "rows",
        "parse a part's plaintext, recompute its commitment",
        declare(
            rows="bytes the rows",
            commitment="bytes? the core's commitment; rows that it does not commit to are refused",
        ),
        _rows,
    ),
    Kind(
        "document",
        "parse a body's rows, check the short reference, read the document",
        declare(
            rows="bytes the rows",
            json="text? the document as JSON, compared as a value and not as a text",
        ),
        _document,
    ),
    Kind(
        "envelope",
        "parse a submission (not what is inside its wraps), check the suite, verify both signatures",
        declare(
            envelope="bytes the submission",
            network="bytes the network id",
            **keys_of("sender"),
            minimum_suite="number? the network's least suite; 1 where absent",
            id="bytes? the message id it has",
        ),
        _envelope,
    ),
    Kind(
        "delivery",
        "parse what a node fetches, verify and open it, read its documents",
        declare(
            delivery="bytes the delivery",
            network="bytes the network id",
            **keys_of("sender"),
            recipient="text the node that opens",
            seed="bytes the 32-byte seed of its recipient key",
            minimum_suite="number? the network's least suite; 1 where absent",
            rows="bytes? the body's rows",
            identity_rows="bytes? the identity part's rows; its absence states that this recipient reads none",
        ),
        _delivery,
    ),
    Kind(
        "token",
        "parse a consent or approval token, verify both signatures",
        declare(
            token="bytes the signed token",  # noqa: S106 - an object of the wire, no secret
            network="bytes the network id",
            **keys_of("holder"),
            id="bytes? its id",
        ),
        _token,
    ),
    Kind(
        "anchor",
        "parse an anchor of a node's own log, verify both signatures, open its commitment",
        declare(
            anchor="bytes the signed anchor",
            network="bytes the network id",
            **keys_of("node"),
            salt="bytes? the 16-byte salt; with it stands the head",
            head="bytes? with a salt: the head that the anchor commits to",
            id="bytes? its id",
        ),
        _anchor,
    ),
    Kind(
        "erasure",
        "parse evidence of an erasure, verify both signatures",
        declare(
            erasure="bytes the signed evidence",
            network="bytes the network id",
            **keys_of("node"),
            id="bytes? its id",
        ),
        _erasure,
    ),
    Kind(
        "mailbox",
        "parse a fetch answer, verify its head",
        declare(
            page="bytes the answer",
            network="bytes the network id",
            **keys_of("hub"),
            count="number? the items that the head counts",
        ),
        _page,
    ),
)
