"""Kinds for what is encrypted: FLOE, key wraps, padding, keystore files."""

from typing import Final

from egnatia.conformance.fields import Fields
from egnatia.conformance.kind import Kind, declare
from keys.private_keys import encode_secrets
from keys.sealed_store import open_secrets
from protocol.errors import Code, Fault
from protocol.floe import DEFAULT, Params, open_
from protocol.ids import parse_node_id
from protocol.padding import pad, unpad
from protocol.wrap import (
    encode_wrap,
    open_wrap,
    parse_recipient_public,
    parse_wrap,
    recipient_key_id,
    recipient_private,
    recipient_public_bytes,
    wrap_info,
)


def _floe(fields: Fields) -> bool:
    params = Params(
        segment=fields.number("segment", DEFAULT.segment), rotation=fields.number("rotation", DEFAULT.rotation)
    )
    plaintext = open_(fields.data("key"), fields.data("aad"), fields.data("ciphertext"), params)
    return fields.maybe("plaintext") in (None, plaintext)


def _wrap(fields: Fields) -> bool:
    if fields.choice("wrap", "public-key") == "public-key":
        public = fields.data("public-key")
        parse_recipient_public(public)
        return fields.maybe("key-id") in (None, recipient_key_id(public))
    raw = fields.data("wrap")
    wrap = parse_wrap(raw)
    seed = fields.data("seed")
    if wrap.key_id != recipient_key_id(recipient_public_bytes(seed)):
        raise Fault(Code.UNKNOWN_DECRYPTION_KEY)
    info = wrap_info(fields.data("core"), parse_node_id(fields.text("recipient")), wrap.protected)
    secret = open_wrap(recipient_private(seed), wrap, info)
    same = encode_wrap(wrap.key_id, wrap.sealed) == raw
    return same and fields.maybe("secret") in (None, secret)


def _padding(fields: Fields) -> bool:
    padded = fields.data("padded")
    content = unpad(padded)
    return pad(content) == padded and fields.maybe("content") in (None, content)


def _keystore(fields: Fields) -> bool:
    secrets, _ = open_secrets(fields.data("file"), fields.text("passphrase").encode())
    return fields.maybe("secrets") in (None, encode_secrets(secrets))


SEALED_KINDS: Final = (
    Kind(
        "floe",
        "open a ciphertext",
        declare(
            key="bytes the key",
            aad="bytes the additional data",
            ciphertext="bytes header and segments",
            segment="number? bytes of a segment; 1048576 where absent",
            rotation="number? binary logarithm of the segments under one key; 20 where absent",
            plaintext="bytes? what it holds",
        ),
        _floe,
    ),
    Kind(
        "hpke-wrap",
        "open a key wrap, or check a recipient's public key",
        declare(
            wrap="bytes? the wrap",
            public_key="bytes? or a public key",
            key_id="bytes? with a public key: its id",
            seed="bytes? with a wrap: the 32-byte seed of the recipient's key",
            core="bytes? with a wrap: the core's bytes",
            recipient="text? with a wrap: the node it is for",
            secret="bytes? with a wrap: what it holds",  # noqa: S106 - a declaration, no secret
        ),
        _wrap,
    ),
    Kind(
        "padding",
        "remove the padding",
        declare(padded="bytes the padded content", content="bytes? the content"),
        _padding,
    ),
    Kind(
        "keystore",
        "open a keystore file",
        declare(
            file="bytes the file",
            passphrase="text the passphrase",  # noqa: S106 - a declaration, no secret
            secrets="bytes? its plaintext",
        ),
        _keystore,
    ),
)
