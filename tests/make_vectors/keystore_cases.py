"""Keystore files."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.identity import IdentitySeeds
from keys.private_keys import Role, Secrets, encode_secrets, public_part
from keys.sealed_store import MINIMUM, Lock, new_lock
from protocol.cbor import Item, decode, encode
from protocol.errors import Code
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import Cast, Drawing, drawn

PASSPHRASE = "correct horse battery"
HEADER = ("format", "version", "memory", "passes", "lanes", "salt", "nonce", "commitment")


def _header(lock: Lock, **changes: Item) -> bytes:
    cost = lock.cost
    values = (
        "xb/1 keystore",
        1,
        cost.memory,
        cost.passes,
        cost.lanes,
        lock.salt,
        drawn("nonce", size=12),
        lock.commitment,
    )
    return encode(list((dict(zip(HEADER, values, strict=True)) | changes).values()))


def keystore_file(lock: Lock, plaintext: bytes, public: Item, **changes: Item) -> bytes:
    """Return a file whose header and public part may be wrong under a ciphertext that is right."""
    header = _header(lock, **changes)
    return encode([header, public, AESGCM(lock.key).encrypt(drawn("nonce", size=12), plaintext, header)])


def keystore_cases(_: Cast) -> list[Case]:
    lock = new_lock(PASSPHRASE.encode(), Drawing("keystore"), MINIMUM)
    seeds = IdentitySeeds(drawn("keystore ed25519"), drawn("keystore mldsa65"))
    secrets = Secrets(role=Role.REGISTRAR, name="ministry", identity=seeds)
    plain, public = encode_secrets(secrets), public_part(secrets)
    good = keystore_file(lock, plain, public)
    out = Cases("keystore", file=good, passphrase=PASSPHRASE)
    out.good("opens", "a registrar's keystore", secrets=plain)
    header, _, ciphertext = decode(good)  # type: ignore[misc]  # three elements
    _headers(out, lock, plain, public)
    out.bad(Code.MALFORMED, "two-elements", "an element too few", file=encode([header, public]))
    out.bad(Code.MALFORMED, "header-inline", "the header is bytes", file=encode([decode(header), public, ciphertext]))  # type: ignore[arg-type]
    out.bad(Code.MALFORMED, "trailing-byte", "a byte follows", file=good + b"\x00")
    out.bad(Code.KEYSTORE_AUTH, "other-passphrase", "another passphrase", passphrase="correct horse batterie")
    out.bad(
        Code.KEYSTORE_AUTH,
        "salt-changed",
        "another salt",
        file=keystore_file(lock, plain, public, salt=drawn("salt", size=16)),
    )
    out.bad(
        Code.KEYSTORE_AUTH,
        "commitment-changed",
        "another commitment",
        file=keystore_file(lock, plain, public, commitment=drawn("commitment")),
    )
    turned = ciphertext[:-1] + bytes([ciphertext[-1] ^ 1])  # type: ignore[operator,index]  # bytes
    out.bad(
        Code.KEYSTORE_AUTH,
        "ciphertext-changed",
        "one bit of the ciphertext is another",
        file=encode([header, public, turned]),
    )
    out.bad(
        Code.KEYSTORE_AUTH,
        "nonce-changed",
        "another nonce",
        file=encode([_header(lock, nonce=bytes(12)), public, ciphertext]),
    )
    other = public_part(Secrets(role=Role.REGISTRAR, name="ministry", identity=IdentitySeeds(drawn("x"), drawn("y"))))
    out.bad(
        Code.KEYSTORE_MISMATCH,
        "public-part-of-another",
        "public keys that are not the seeds'",
        file=keystore_file(lock, plain, other),
    )
    named = public_part(Secrets(role=Role.REGISTRAR, name="police", identity=seeds))
    out.bad(
        Code.KEYSTORE_MISMATCH, "other-name", "another name in the public part", file=keystore_file(lock, plain, named)
    )
    out.bad(
        Code.UNKNOWN_FIELD,
        "secret-unknown",
        "a secret of no known kind",
        file=keystore_file(lock, _more(plain), public),
    )
    out.bad(
        Code.MALFORMED, "secrets-malformed", "a plaintext that is no item", file=keystore_file(lock, b"\xff", public)
    )
    return out.found


def _headers(out: Cases, lock: Lock, plain: bytes, public: Item) -> None:
    for name, comment, changes in (
        ("memory-too-small", "less than 64 MiB", {"memory": 65_535}),
        ("memory-too-large", "more than 1 GiB", {"memory": 1_048_577}),
        ("passes-2", "fewer than three passes", {"passes": 2}),
        ("passes-11", "more than ten passes", {"passes": 11}),
        ("lanes-0", "no lane", {"lanes": 0}),
        ("lanes-17", "more than sixteen lanes", {"lanes": 17}),
    ):
        out.bad(Code.KEYSTORE_PARAMS, name, comment, file=keystore_file(lock, plain, public, **changes))
    for name, comment, changes in (
        ("other-format", "another format", {"format": "xb/2 keystore"}),
        ("version-2", "another version", {"version": 2}),
        ("version-true", "true is not 1", {"version": True}),
        ("salt-short", "a salt of 15 bytes", {"salt": bytes(15)}),
        ("nonce-long", "a nonce of 13 bytes", {"nonce": bytes(13)}),
        ("commitment-short", "a commitment of 31 bytes", {"commitment": bytes(31)}),
        ("memory-text", "a number as text", {"memory": "65536"}),
        ("header-more", "a field more", {"more": 0}),
    ):
        out.bad(Code.MALFORMED, name, comment, file=keystore_file(lock, plain, public, **changes))


def _more(plain: bytes) -> bytes:
    fields = decode(plain)
    assert isinstance(fields, dict)
    return encode({**fields, 99: b""})  # type: ignore[dict-item]  # integer keys
