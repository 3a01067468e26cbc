"""COSE_Sign: one shape, two signatures, one domain, one network."""

from dataclasses import replace

import pytest

from protocol import domains
from protocol.cbor import Item, Tagged, decode, encode
from protocol.cose import (
    ED25519,
    ML_DSA_65,
    check_identity_public,
    ed25519_kid,
    identity_kid,
    mldsa_kid,
    parse,
    sign,
    to_be_signed,
    verify,
)
from protocol.errors import Code
from protocol.limits import MAX_SIGNED
from protocol.ports import IdentityPublic
from tests.simulators.party import NETWORK, PlainIdentity
from tests.simulators.refusal import refused

SIGNER, OTHER = PlainIdentity("mk.ilecu"), PlainIdentity("rs.ilecu")
PAYLOAD = b"payload"
RAW = sign(SIGNER, domains.MESSAGE, NETWORK, PAYLOAD)


def opened() -> tuple[list[Item], list[list[Item]]]:
    """Return the four elements and the two signatures, free to be changed."""
    tagged = decode(RAW)
    assert isinstance(tagged, Tagged)
    body = list(tagged.value)  # type: ignore[arg-type]  # sign writes an array
    return body, [list(each) for each in body[3]]  # type: ignore[union-attr, arg-type]  # of arrays


def with_signatures(*signatures: Item) -> bytes:
    body, _ = opened()
    return encode(Tagged(98, [*body[:3], list(signatures)]))


def with_element(place: int, value: Item) -> bytes:
    body, _ = opened()
    body[place] = value
    return encode(Tagged(98, body))


def with_part(which: int, place: int, value: Item) -> bytes:
    """Replace a part of one signature."""
    _, signatures = opened()
    signatures[which][place] = value
    return with_signatures(*signatures)


def test_a_signed_object_returns_its_payload_once_verified() -> None:
    signed = parse(RAW, MAX_SIGNED)
    assert signed.raw == RAW
    assert (signed.ed_kid, signed.ml_kid) == (ed25519_kid(SIGNER.public.ed25519), mldsa_kid(SIGNER.public.mldsa65))
    assert verify(signed, SIGNER.public, domains.MESSAGE, NETWORK) == PAYLOAD


def test_two_signings_differ_and_both_verify() -> None:
    again = sign(SIGNER, domains.MESSAGE, NETWORK, PAYLOAD)
    assert again != RAW
    assert verify(parse(again, MAX_SIGNED), SIGNER.public, domains.MESSAGE, NETWORK) == PAYLOAD


@pytest.mark.parametrize("domain", [each for each in domains.SIGNED if each != domains.MESSAGE])
def test_no_signature_is_valid_in_another_domain(domain: str) -> None:
    with refused(Code.BAD_SIGNATURE):
        verify(parse(RAW, MAX_SIGNED), SIGNER.public, domain, NETWORK)


def test_no_signature_is_valid_in_another_network() -> None:
    with refused(Code.BAD_SIGNATURE):
        verify(parse(RAW, MAX_SIGNED), SIGNER.public, domains.MESSAGE, bytes(16))


def test_an_unlisted_domain_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="xb/1 letter"):
        sign(SIGNER, "xb/1 letter", NETWORK, PAYLOAD)


@pytest.mark.parametrize(
    "public",
    [
        OTHER.public,
        IdentityPublic(SIGNER.public.ed25519, OTHER.public.mldsa65),
        IdentityPublic(OTHER.public.ed25519, SIGNER.public.mldsa65),
    ],
)
def test_another_identity_is_an_unknown_key(public: IdentityPublic) -> None:
    with refused(Code.UNKNOWN_KEY):
        verify(parse(RAW, MAX_SIGNED), public, domains.MESSAGE, NETWORK)


@pytest.mark.parametrize("field", ["ed_signature", "ml_signature"])
def test_each_signature_is_verified(field: str) -> None:
    signed = parse(RAW, MAX_SIGNED)
    good: bytes = getattr(signed, field)
    for bad in (b"", good[:-1], good + b"\x00", bytes((good[0] ^ 1,)) + good[1:]):
        with refused(Code.BAD_SIGNATURE):
            verify(replace(signed, **{field: bad}), SIGNER.public, domains.MESSAGE, NETWORK)


def test_a_changed_payload_fails() -> None:
    with refused(Code.BAD_SIGNATURE):
        verify(parse(with_element(2, b"paYload"), MAX_SIGNED), SIGNER.public, domains.MESSAGE, NETWORK)


@pytest.mark.parametrize("cut", ["ed25519", "mldsa65"])
def test_a_key_of_a_wrong_length_verifies_nothing(cut: str) -> None:
    public = replace(SIGNER.public, **{cut: getattr(SIGNER.public, cut)[:-1]})
    kids = {"ed_kid": ed25519_kid(public.ed25519), "ml_kid": mldsa_kid(public.mldsa65)}
    with refused(Code.BAD_SIGNATURE):
        verify(replace(parse(RAW, MAX_SIGNED), **kids), public, domains.MESSAGE, NETWORK)


def header(algorithm: Item, kid: Item) -> bytes:
    return encode({1: algorithm, 4: kid})


KID = bytes(32)


@pytest.mark.parametrize(
    "raw",
    [
        encode(opened()[0]),
        encode(Tagged(98, b"")),
        encode(Tagged(98, opened()[0][:3])),
        encode(Tagged(98, [*opened()[0], b""])),
        with_element(0, b"\xa0"),
        with_element(0, None),
        with_element(1, []),
        with_element(2, None),
        with_element(2, "payload"),
        with_element(2, Tagged(98, opened()[0])),
        with_element(3, {}),
        with_element(3, opened()[1][0]),
        with_signatures(*opened()[1][::-1]),
        with_signatures(opened()[1][0], opened()[1][1][:2]),
        with_part(0, 0, b""),
        with_part(0, 0, {1: ED25519, 4: KID}),
        with_part(0, 0, header(ED25519, KID[:8])),
        with_part(0, 0, header(ED25519, KID + b"\x00")),
        with_part(0, 0, header(ED25519, "kid")),
        with_part(0, 0, encode({1: ED25519})),
        with_part(0, 0, header(ED25519, KID) + b"\x00"),
        with_part(0, 1, []),
        with_part(0, 2, None),
        RAW + b"\x00",
        RAW[:-1],
        b"",
    ],
)
def test_other_shapes_are_malformed(raw: bytes) -> None:
    with refused(Code.MALFORMED):
        parse(raw, MAX_SIGNED)


@pytest.mark.parametrize(
    "raw",
    [
        with_element(1, {4: KID}),
        with_part(0, 1, {1: -8}),
        with_part(1, 1, {4: KID}),
        with_part(0, 0, encode({1: ED25519, 4: KID, 5: b""})),
        with_part(0, 0, encode({1: ED25519, 2: [1], 4: KID})),
    ],
)
def test_other_header_fields_are_malformed(raw: bytes) -> None:
    with refused(Code.MALFORMED):
        parse(raw, MAX_SIGNED)


@pytest.mark.parametrize("algorithm", [-8, -7, -50, 0, 1, None, True, "Ed25519"])
@pytest.mark.parametrize("which", [0, 1])
def test_other_algorithms_are_unknown_keys(algorithm: Item, which: int) -> None:
    with refused(Code.UNKNOWN_KEY):
        parse(with_part(which, 0, header(algorithm, KID)), MAX_SIGNED)


def test_one_signature_or_none_is_missing_one() -> None:
    ed, ml = opened()[1]
    for signatures in ((), (ed,), (ml,)):
        with refused(Code.MISSING_SIGNATURE):
            parse(with_signatures(*signatures), MAX_SIGNED)


def test_two_signatures_of_one_algorithm_are_duplicates() -> None:
    ed, ml = opened()[1]
    for signatures in ((ed, ed), (ml, ml), (ed, ml, ml), (ed, ed, ml)):
        with refused(Code.DUPLICATE_SIGNATURE):
            parse(with_signatures(*signatures), MAX_SIGNED)


def test_the_limit_is_held_before_anything_is_read() -> None:
    assert parse(RAW, len(RAW)).payload == PAYLOAD
    with refused(Code.TOO_LARGE):
        parse(RAW, len(RAW) - 1)


def test_key_ids_are_distinct_over_algorithms_and_purposes() -> None:
    pk = bytes(32)
    ids = {ed25519_kid(pk), mldsa_kid(pk), identity_kid(IdentityPublic(pk, pk)), identity_kid(SIGNER.public)}
    assert len(ids) == 4
    assert all(len(each) == 32 for each in ids)


def test_a_generated_identity_may_be_registered() -> None:
    check_identity_public(SIGNER.public)


@pytest.mark.parametrize("size", [0, 1951, 1953])
def test_an_mldsa_key_of_another_length_is_invalid(size: int) -> None:
    with refused(Code.KEY_INVALID):
        check_identity_public(IdentityPublic(SIGNER.public.ed25519, bytes(size)))


def test_what_is_signed_is_the_sig_structure() -> None:
    protected = header(ML_DSA_65, KID)
    assert decode(to_be_signed(protected, b"aad", b"text")) == ["Signature", b"", protected, b"aad", b"text"]


def test_the_bytes_around_a_payload() -> None:
    """Numbers that other implementations read: tag 98, empty headers, alg -19 and -49, kid in label 4."""
    signed = parse(RAW, MAX_SIGNED)
    ed = "83" + "5826" + "a2013204" + "5820" + signed.ed_kid.hex() + "a0" + "5840" + signed.ed_signature.hex()
    ml = "83" + "5827" + "a201383004" + "5820" + signed.ml_kid.hex() + "a0" + "590ced" + signed.ml_signature.hex()
    assert RAW.hex() == "d862" + "84" + "40" + "a0" + "47" + PAYLOAD.hex() + "82" + ed + ml
