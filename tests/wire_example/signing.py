"""One signed object of the worked example: both Sig_structures, both signatures, the COSE_Sign."""

from protocol.cbor import Tagged, encode
from protocol.cose import ED25519, ML_DSA_65, ed25519_kid, mldsa_kid, parse, to_be_signed, verify
from protocol.limits import MAX_SIGNED
from tests.wire_example.book import Book
from tests.wire_example.parties import NETWORK, Identity


def sign_in(book: Book, name: str, payload: bytes, identity: Identity, domain: str) -> bytes:
    """Add everything between a payload and its COSE_Sign, and return the latter."""
    aad = book.put(f"{name}.external-aad", encode([domain, NETWORK]), f'cbor(["{domain}", network id])')
    ed_header = book.put(f"{name}.ed25519.protected", encode({1: ED25519, 4: ed25519_kid(identity.public.ed25519)}))
    ml_header = book.put(f"{name}.ml-dsa-65.protected", encode({1: ML_DSA_65, 4: mldsa_kid(identity.public.mldsa65)}))
    ed_message = book.put(f"{name}.ed25519.to-be-signed", to_be_signed(ed_header, aad, payload))
    ml_message = book.put(f"{name}.ml-dsa-65.to-be-signed", to_be_signed(ml_header, aad, payload))
    ed_signature = book.put(f"{name}.ed25519.signature", identity.sign_ed25519(ed_message))
    ml_signature = book.random(
        f"{name}.ml-dsa-65.signature",
        lambda: identity.sign_mldsa65(ml_message),
        lambda found: identity.check_mldsa65(found, ml_message),
    )
    rows = [[ed_header, {}, ed_signature], [ml_header, {}, ml_signature]]
    signed = book.put(f"{name}.signed", encode(Tagged(98, [b"", {}, payload, rows])), "the COSE_Sign")
    verify(parse(signed, MAX_SIGNED), identity.public, domain, NETWORK)
    return signed


def sign_short(book: Book, name: str, payload: bytes, identity: Identity, domain: str) -> bytes:
    """Add payload and COSE_Sign only, with the stored signature between them, and return the latter."""
    book.put(f"{name}.payload", payload)
    aad = encode([domain, NETWORK])
    ed_header = encode({1: ED25519, 4: ed25519_kid(identity.public.ed25519)})
    ml_header = encode({1: ML_DSA_65, 4: mldsa_kid(identity.public.mldsa65)})
    ml_message = to_be_signed(ml_header, aad, payload)
    ml_signature = book.random(
        f"{name}.ml-dsa-65.signature",
        lambda: identity.sign_mldsa65(ml_message),
        lambda found: identity.check_mldsa65(found, ml_message),
    )
    rows = [
        [ed_header, {}, identity.sign_ed25519(to_be_signed(ed_header, aad, payload))],
        [ml_header, {}, ml_signature],
    ]
    signed = book.put(f"{name}.signed", encode(Tagged(98, [b"", {}, payload, rows])))
    verify(parse(signed, MAX_SIGNED), identity.public, domain, NETWORK)
    return signed
