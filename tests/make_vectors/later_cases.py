"""Objects that the wire got later: changes of identity, keystores in the middle of a change, voids in other places."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keys.certificates import TlsKey
from keys.identity import IdentitySeeds
from keys.private_keys import Role, Secrets, SharedLock, encode_secrets, public_part
from keys.sealed_store import MINIMUM, new_lock
from keys.shares import set_of, split
from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.cose import sign
from protocol.errors import Code
from protocol.statements import statement_id
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, NOW, Cast, Drawing, drawn
from tests.make_vectors.directory_cases import Founded
from tests.make_vectors.evidence_cases import SIZE, accepted, leaf_items
from tests.make_vectors.keystore_cases import PASSPHRASE, keystore_file
from tests.make_vectors.message import without
from tests.make_vectors.statement_cases import Body, identity, in_order, rows_of

VOID: dict[int, Item] = {1: 5, 3: "rs.contact", 6: "mk.contact", 7: "police", 8: 12, 9: 1}


def later_cases(cast: Cast) -> list[Case]:
    return [*_statements(cast), *_directories(cast), *_keystores(), *_voids(cast), *_pages(cast)]


def _change(cast: Cast, **changes: Item) -> Body:
    body: Body = {1: "rs.contact", 2: 2, 3: NOW, 4: identity(cast.other)}
    return body | {int(label[1:]): value for label, value in changes.items()}


def _statements(cast: Cast) -> list[Case]:
    out = Cases("statement")
    good = _change(cast)
    payload = encode([12, good])
    out.good("identity-id", "a statement of kind 12 and its id", payload=payload, id=statement_id(payload))
    for label, what in ((1, "node"), (2, "version"), (3, "time"), (4, "identity")):
        raw = encode([12, without(good, label)])
        out.bad(Code.MALFORMED, f"identity-without-{what}", f"the {what} is missing", payload=raw)
    for code, name, comment, change in (
        (Code.MALFORMED, "half", "half an identity", _change(cast, _4=[cast.other.public.ed25519])),
        (Code.MALFORMED, "version-true", "true is no version", _change(cast, _2=True)),
        (Code.MALFORMED, "time-negative", "a time before the epoch", _change(cast, _3=-1)),
        (
            Code.KEY_INVALID,
            "small-order",
            "the identity point as key",
            _change(cast, _4=[bytes([1]) + bytes(31), cast.other.public.mldsa65]),
        ),
    ):
        out.bad(code, f"identity-{name}", comment, payload=encode([12, change]))
    both = in_order([cast.other, cast.rs_signer], payload)
    out.good(
        "identity-entry",
        "a change signed with both identities",
        entry=encode([payload, rows_of(both, payload)]),
        network=NETWORK,
        signer_ed25519=[each.public.ed25519 for each in both],
        signer_mldsa65=[each.public.mldsa65 for each in both],
        id=statement_id(payload),
    )
    return out.found


def _directories(cast: Cast) -> list[Case]:
    network = Founded(cast)
    out = Cases("directory", pin=network.pin)
    payload = encode([12, _change(cast)])
    old, new = cast.rs_signer, cast.other
    changed = [*network.entries, network.signed(payload, old, new)]
    names = ["mk.contact", "rs.contact"]
    out.good("identity-changed", "a node changes its identity", entry=changed, participant=names)
    pins = network.payload("tls", {})
    speaks = [*changed, network.signed(pins, new)]
    out.good("identity-changed-speaks", "it speaks with the new identity", entry=speaks, participant=names)
    former = [*changed, network.signed(pins, old)]
    out.bad(Code.KEY_REVOKED, "identity-former", "a former identity speaks", entry=former)
    waiting = [*network.entries, network.signed(payload, new), network.signed(pins, old)]
    out.good("identity-waiting", "until both signed, the present one speaks", entry=waiting, participant=names)

    def after(code: Code, name: str, comment: str, body: Body, *signers: object) -> None:
        raw = network.signed(encode([12, body]), *signers)  # type: ignore[arg-type]  # signers
        out.bad(code, f"identity-{name}", comment, entry=[*network.entries, raw])

    after(Code.KEY_POP, "without-possession", "the new identity did not sign", _change(cast), old)
    taken = _change(cast, _4=identity(cast.sender))
    after(Code.KEY_ALREADY_BOUND, "of-another", "the keys of another node", taken, old, cast.sender)
    after(Code.STATEMENT_ORDER, "version-3", "a version is left out", _change(cast, _2=3), old, new)
    return out.found


def _tls(name: str) -> TlsKey:
    key = ec.derive_private_key(int.from_bytes(drawn("tls key", name, size=31)), ec.SECP256R1())
    return TlsKey(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def _keystores() -> list[Case]:
    lock = new_lock(PASSPHRASE.encode(), Drawing("keystore"), MINIMUM)
    shares = split(drawn("shared secret"), 2, 3, Drawing("shares"))
    secrets = Secrets(
        role=Role.NODE,
        name="rs.contact",
        identity=IdentitySeeds(drawn("present ed25519"), drawn("present mldsa65")),
        tls=_tls("present"),
        next_identity=IdentitySeeds(drawn("next ed25519"), drawn("next mldsa65")),
        next_tls=_tls("next"),
        shared=SharedLock(set_of(shares), drawn("shared secret")),
    )
    plain, public = encode_secrets(secrets), public_part(secrets)
    out = Cases("keystore", passphrase=PASSPHRASE)
    whole = keystore_file(lock, plain, public)
    out.good("change-under-way", "labels 11 to 13 of a keystore", file=whole, secrets=plain)
    fields: Body = decode(plain)  # type: ignore[assignment]  # a map
    for label in (11, 12, 13):
        fewer = encode(without(fields, label))
        out.good(f"label-{label}-absent", f"no label {label}", file=keystore_file(lock, fewer, public), secrets=fewer)
    known, secret = fields[13]  # type: ignore[misc]  # two elements
    set_id, _, digests = known  # type: ignore[misc]  # three elements
    for name, comment, change in (
        ("next-identity-half", "half a next identity", {11: fields[11][:1]}),  # type: ignore[index]
        ("next-seed-short", "a seed of 31 bytes", {11: [bytes(31), bytes(32)]}),
        ("next-tls-text", "a TLS key is bytes", {12: "key"}),
        ("shared-secret-short", "a secret of 31 bytes", {13: [known, secret[:-1]]}),  # type: ignore[index]
        ("shared-threshold-1", "a threshold of one share", {13: [[set_id, 1, digests], secret]}),
        ("shared-threshold-4", "a threshold above the number of shares", {13: [[set_id, 4, digests], secret]}),
        ("shared-digest-short", "a digest of 31 bytes", {13: [[set_id, 2, [bytes(31)] * 3], secret]}),
        ("shared-set-id-long", "a set id of five bytes", {13: [[bytes(5), 2, digests], secret]}),
    ):
        wrong = encode(fields | change)  # type: ignore[operator]  # maps
        out.bad(Code.MALFORMED, name, comment, file=keystore_file(lock, wrong, public))
    return out.found


def _voids(cast: Cast) -> list[Case]:
    out = Cases("evidence", network=NETWORK, **cast.sender.fields("sender"))

    def bad(code: Code, name: str, comment: str, item: Item, domain: str = domains.EVIDENCE) -> None:
        raw = sign(cast.sender, domain, NETWORK, encode(item))
        out.bad(code, f"void-{name}", comment, void=raw)

    bad(Code.MALFORMED, "event-6", "an event outside the list", VOID | {1: 6})
    bad(Code.MALFORMED, "reason-5", "a reason outside the list", VOID | {9: 5})
    bad(Code.MALFORMED, "reason-true", "true is not 1", VOID | {9: True})
    bad(Code.MALFORMED, "sequence-beyond", "a number beyond 2^53 - 1", VOID | {8: 1 << 53})
    bad(Code.MALFORMED, "sender-capital", "a capital letter in a node id", VOID | {6: "MK.contact"})
    bad(Code.MALFORMED, "no-reason", "the reason is missing", without(VOID, 9))
    bad(Code.MALFORMED, "an-array", "a void is a map", list(VOID.values()))
    bad(Code.UNKNOWN_FIELD, "time", "a void states no time", VOID | {4: NOW})
    bad(Code.BAD_SIGNATURE, "other-domain", "signed as another kind of object", VOID, domains.TOKEN)
    by_recipient = sign(cast.rs_signer, domains.EVIDENCE, NETWORK, encode(VOID))
    out.bad(Code.UNKNOWN_KEY, "void-by-the-recipient", "signed by its recipient", void=by_recipient)
    return out.found


def _pages(cast: Cast) -> list[Case]:
    """A void reaches its recipient as item kind 2, like a receipt (section 4.1)."""
    void = sign(cast.sender, domains.EVIDENCE, NETWORK, encode(VOID))
    inclusion, checkpoint = accepted(cast, encode(leaf_items(kind=2, digest=drawn("void"))))
    head = sign(cast.hub, domains.MAILBOX, NETWORK, encode(["rs.contact", "police", 9, SIZE]))
    page = encode({1: head, 2: checkpoint, 3: [[9, 2, inclusion, void]]})
    out = Cases("mailbox", network=NETWORK, **cast.hub.fields("hub"))
    out.good("void", "a void among the items", page=page, count=9)
    return out.found
