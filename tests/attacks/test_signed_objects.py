"""Attacks on the two-signature object."""

import pytest

from protocol import domains
from protocol.cbor import Item, Tagged, decode, encode
from protocol.cose import (
    ED25519,
    ML_DSA_65,
    check_identity_public,
    ed25519_kid,
    ed25519_verifies,
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

SIGNER = PlainIdentity("mk.ilecu")
PAYLOAD = b"payload"
RAW = sign(SIGNER, domains.MESSAGE, NETWORK, PAYLOAD)
AAD = encode([domains.MESSAGE, NETWORK])
ED_HEADER = encode({1: ED25519, 4: ed25519_kid(SIGNER.public.ed25519)})
ML_HEADER = encode({1: ML_DSA_65, 4: mldsa_kid(SIGNER.public.mldsa65)})


def elements() -> list[Item]:
    tagged = decode(RAW)
    assert isinstance(tagged, Tagged)
    return list(tagged.value)  # type: ignore[arg-type]  # COSE_Sign is an array


def signature(which: int) -> list[Item]:
    return list(elements()[3][which])  # type: ignore[index, arg-type]  # an array of arrays


def signed_with(*signatures: Item) -> bytes:
    return encode(Tagged(98, [*elements()[:3], list(signatures)]))


def checked(raw: bytes) -> bytes:
    return verify(parse(raw, MAX_SIGNED), SIGNER.public, domains.MESSAGE, NETWORK)


def test_the_untouched_object_verifies() -> None:
    assert checked(RAW) == checked(signed_with(signature(0), signature(1))) == PAYLOAD


@pytest.mark.parametrize("kept", [(0,), (1,), ()])
def test_attack_030_stripped_signature(kept: tuple[int, ...]) -> None:
    with refused(Code.MISSING_SIGNATURE):
        checked(signed_with(*map(signature, kept)))


@pytest.mark.parametrize("which", [0, 1])
def test_attack_030_emptied_signature(which: int) -> None:
    signatures = [signature(0), signature(1)]
    signatures[which][2] = b""
    with refused(Code.BAD_SIGNATURE):
        checked(signed_with(*signatures))


# Canonical and other encodings of all points of small order, and strings that are no point at all
BAD_POINTS = (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0200000000000000000000000000000000000000000000000000000000000000",
    "ff" * 32,
    "",
    "00" * 31,
)


@pytest.mark.parametrize("text", BAD_POINTS)
def test_attack_068_weak_ed25519_key(text: str) -> None:
    with refused(Code.KEY_INVALID):
        check_identity_public(IdentityPublic(bytes.fromhex(text), SIGNER.public.mldsa65))
    for forged in (bytes(64), bytes.fromhex(BAD_POINTS[0]) + bytes(32)):
        assert not ed25519_verifies(bytes.fromhex(text), forged, b"any message")


@pytest.mark.parametrize("algorithm", [-8, -7, -35, -48, -50, 5])
@pytest.mark.parametrize("which", [0, 1])
def test_attack_085_other_algorithm(algorithm: int, which: int) -> None:
    signatures = [signature(0), signature(1)]
    kid = decode(signatures[which][0])[4]  # type: ignore[arg-type, index]  # a header map in bytes
    signatures[which][0] = encode({1: algorithm, 4: kid})
    with refused(Code.UNKNOWN_KEY):
        checked(signed_with(*signatures))


def test_attack_086_ed25519_signature_under_mldsa() -> None:
    classical = SIGNER.sign_ed25519(to_be_signed(ML_HEADER, AAD, PAYLOAD))
    with refused(Code.BAD_SIGNATURE):
        checked(signed_with(signature(0), [ML_HEADER, {}, classical]))
    with refused(Code.BAD_SIGNATURE):
        checked(signed_with([ED_HEADER, {}, signature(1)[2]], signature(1)))


def test_attack_087_two_ed25519_signatures() -> None:
    other = PlainIdentity("other")
    header = encode({1: ED25519, 4: ed25519_kid(other.public.ed25519)})
    second = [header, {}, other.sign_ed25519(to_be_signed(header, AAD, PAYLOAD))]
    for signatures in ((signature(0), second), (signature(0), signature(0)), (signature(0), signature(1), second)):
        with refused(Code.DUPLICATE_SIGNATURE):
            checked(signed_with(*signatures))


@pytest.mark.parametrize(
    "raw",
    [
        encode(elements()),
        b"\xd8\x61" + RAW[2:],
        b"\xd2" + RAW[2:],
        b"\xd8\x62" + RAW,
        encode(Tagged(98, [b"\xa0", *elements()[1:]])),
    ],
    ids=["untagged", "tag 97", "tag 18", "tagged twice", "protected a0"],
)
def test_attack_099_other_tag_or_empty_header(raw: bytes) -> None:
    with refused(Code.MALFORMED):
        checked(raw)


@pytest.mark.parametrize("extra", [{1: ED25519}, {4: bytes(32)}, {1: ED25519, 4: bytes(32)}, {33: b"x5chain"}])
def test_attack_100_unprotected_header(extra: dict[int, Item]) -> None:
    body = elements()
    with refused(Code.MALFORMED):
        checked(encode(Tagged(98, [body[0], extra, *body[2:]])))
    for which in (0, 1):
        signatures = [signature(0), signature(1)]
        signatures[which][1] = extra
        with refused(Code.MALFORMED):
            checked(signed_with(*signatures))


@pytest.mark.parametrize(
    "body",
    [
        [b"", {}, None, elements()[3]],
        [b"", {}, PAYLOAD, elements()[3], b"second payload"],
        [b"", {}, PAYLOAD, b"second payload", elements()[3]],
        [b"", {}, Tagged(98, elements()), elements()[3]],
        [b"", {}, [PAYLOAD, PAYLOAD], elements()[3]],
        [b"", {}, PAYLOAD, [[*signature(0), PAYLOAD], signature(1)]],
        [b"", {}, PAYLOAD, [Tagged(98, elements()), signature(1)]],
    ],
    ids=["detached", "behind", "before", "nested", "list", "in a signature", "for a signature"],
)
def test_attack_101_signature_wrapping(body: list[Item]) -> None:
    with refused(Code.MALFORMED):
        checked(encode(Tagged(98, body)))


def test_attack_101_payload_of_another_object() -> None:
    """The payload inside a wrapper is not the wrapper's: signing a signed object does not lend it the signature."""
    wrapper = encode(Tagged(98, [b"", {}, RAW, elements()[3]]))
    with refused(Code.BAD_SIGNATURE):
        checked(wrapper)
