"""What a keystore protects, as one frozen value, and its bytes. Which parts are there depends on whose it is.

Specified in docs/wire.md section 13.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from keys.certificates import Authority, TlsKey
from keys.epochs import KEY_SIZE, EpochKey
from keys.identity import SEED_SIZE, IdentitySeeds, private_identity
from keys.log_signer import LogSeeds, log_signer
from keys.recipient_ring import RecipientSeed, recipient_seed
from keys.shares import SECRET_SIZE, ShareSet, parse_set, set_item
from protocol.cbor import Item, decode, encode
from protocol.errors import Malformed
from protocol.ids import Reference, parse_channel, parse_reference
from protocol.limits import MAX_OBJECT
from protocol.public_keys import identity_item, log_keys_item
from protocol.shapes import as_bytes, as_fixed, as_int, as_list, as_map, as_text


class Role(StrEnum):
    """Whose keystore it is."""

    NODE = "node"
    HUB = "hub"
    REGISTRAR = "registrar"
    AUTHORITY = "authority"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class PersonalSeed:
    """The personal signing key of one person at this node; the seeds are never shown."""

    person: Reference
    role: str
    seeds: IdentitySeeds


@dataclass(frozen=True, slots=True)
class SharedLock:
    """What locks the shared copy of this keystore: the secret that was split, never shown, and its shares' digests."""

    shares: ShareSet
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """All private keys of one party. ``name`` is a node id, ``hub``, or a registrar's functional label.

    ``next_identity`` and ``next_tls`` wait until the directory names them; the present ones serve until then.
    """

    role: Role
    name: str
    identity: IdentitySeeds | None = None
    log: LogSeeds | None = None  # the hub's checkpoint keys, or a witness's
    recipients: tuple[RecipientSeed, ...] = ()
    epochs: tuple[EpochKey, ...] = ()
    search: bytes | None = field(default=None, repr=False)
    people: tuple[PersonalSeed, ...] = ()
    tls: TlsKey | None = None
    authority: Authority | None = None
    next_identity: IdentitySeeds | None = None
    next_tls: TlsKey | None = None
    shared: SharedLock | None = None


_ROLE, _NAME, _IDENTITY, _LOG, _RECIPIENTS, _EPOCHS, _SEARCH, _PEOPLE, _TLS, _AUTHORITY = range(1, 11)
_NEXT_IDENTITY, _NEXT_TLS, _SHARED = range(11, 14)
_ALWAYS = (_ROLE, _NAME, _RECIPIENTS, _EPOCHS, _PEOPLE)
_MAYBE = (_IDENTITY, _LOG, _SEARCH, _TLS, _AUTHORITY, _NEXT_IDENTITY, _NEXT_TLS, _SHARED)


def encode_secrets(secrets: Secrets) -> bytes:
    """Return the plaintext of a keystore."""
    out: dict[int, Item] = {
        _ROLE: str(secrets.role),
        _NAME: secrets.name,
        _RECIPIENTS: [[each.channel, each.not_before, each.not_after, each.seed] for each in secrets.recipients],
        _EPOCHS: [[each.number, each.key, each.created_at] for each in secrets.epochs],
        _PEOPLE: [[each.person, each.role, each.seeds.ed25519, each.seeds.mldsa65] for each in secrets.people],
    }
    if secrets.identity is not None:
        out[_IDENTITY] = [secrets.identity.ed25519, secrets.identity.mldsa65]
    if secrets.log is not None:
        out[_LOG] = [secrets.log.ed25519, secrets.log.mldsa44]
    if secrets.search is not None:
        out[_SEARCH] = secrets.search
    if secrets.tls is not None:
        out[_TLS] = secrets.tls.der
    if secrets.authority is not None:
        out[_AUTHORITY] = [secrets.authority.key.der, secrets.authority.certificate]
    return encode(out | _coming(secrets))


def parse_secrets(raw: bytes) -> Secrets:
    """Return the private keys in a keystore's plaintext; MALFORMED for anything ``encode_secrets`` would not write."""
    fields = as_map(decode(raw, MAX_OBJECT), "secrets", _ALWAYS, _MAYBE)
    role = fields[_ROLE]
    if not isinstance(role, str) or role not in {each.value for each in Role}:
        raise Malformed("role")
    identity, log, coming = (_seeds(fields, label) for label in (_IDENTITY, _LOG, _NEXT_IDENTITY))
    return Secrets(
        role=Role(role),
        name=as_text(fields[_NAME], "name"),
        identity=IdentitySeeds(*identity) if identity else None,
        log=LogSeeds(*log) if log else None,
        recipients=tuple(_parse_recipient(each) for each in as_list(fields[_RECIPIENTS], "recipients")),
        epochs=tuple(_parse_epoch(each) for each in as_list(fields[_EPOCHS], "epochs")),
        search=as_bytes(fields[_SEARCH], "search", KEY_SIZE) if _SEARCH in fields else None,
        people=tuple(_parse_person(each) for each in as_list(fields[_PEOPLE], "people")),
        tls=TlsKey(as_bytes(fields[_TLS], "tls")) if _TLS in fields else None,
        authority=_parse_authority(fields[_AUTHORITY]) if _AUTHORITY in fields else None,
        next_identity=IdentitySeeds(*coming) if coming else None,
        next_tls=TlsKey(as_bytes(fields[_NEXT_TLS], "next tls")) if _NEXT_TLS in fields else None,
        shared=_parse_shared(fields[_SHARED]) if _SHARED in fields else None,
    )


def public_part(secrets: Secrets) -> Item:
    """Return all public keys, computed from the private ones; readable without a passphrase and never believed."""
    identity = identity_item(private_identity(secrets.identity).public) if secrets.identity else None
    log = log_keys_item(log_signer(secrets.log).keys) if secrets.log else None
    people: list[Item] = [
        [each.person, each.role, identity_item(private_identity(each.seeds).public)] for each in secrets.people
    ]
    return [
        str(secrets.role),
        secrets.name,
        identity,
        log,
        [[each.channel, each.not_before, each.not_after, each.key_id] for each in secrets.recipients],
        people,
        secrets.tls.pin if secrets.tls else None,
        secrets.authority.key.pin if secrets.authority else None,
    ]


def _coming(secrets: Secrets) -> dict[int, Item]:
    """Return the fields that only a keystore in the middle of a change, or one with a shared copy, has."""
    out: dict[int, Item] = {}
    if secrets.next_identity is not None:
        out[_NEXT_IDENTITY] = [secrets.next_identity.ed25519, secrets.next_identity.mldsa65]
    if secrets.next_tls is not None:
        out[_NEXT_TLS] = secrets.next_tls.der
    if secrets.shared is not None:
        out[_SHARED] = [set_item(secrets.shared.shares), secrets.shared.secret]
    return out


def _seeds(fields: Mapping[int, Item], label: int) -> tuple[bytes, bytes] | None:
    if label not in fields:
        return None
    first, second = as_fixed(fields[label], "seeds", 2)
    return as_bytes(first, "seed", SEED_SIZE), as_bytes(second, "seed", SEED_SIZE)


def _parse_recipient(item: Item) -> RecipientSeed:
    channel, not_before, not_after, seed = as_fixed(item, "recipient key", 4)
    window = as_int(not_before, "not-before"), as_int(not_after, "not-after")
    return recipient_seed(parse_channel(channel), window, as_bytes(seed, "seed", SEED_SIZE))


def _parse_epoch(item: Item) -> EpochKey:
    number, key, created_at = as_fixed(item, "epoch", 3)
    return EpochKey(as_int(number, "epoch", 1), as_bytes(key, "epoch key", KEY_SIZE), as_int(created_at, "created-at"))


def _parse_person(item: Item) -> PersonalSeed:
    person, role, ed25519, mldsa65 = as_fixed(item, "person", 4)
    seeds = IdentitySeeds(as_bytes(ed25519, "seed", SEED_SIZE), as_bytes(mldsa65, "seed", SEED_SIZE))
    return PersonalSeed(parse_reference(person), as_text(role, "role"), seeds)


def _parse_authority(item: Item) -> Authority:
    key, certificate = as_fixed(item, "authority", 2)
    return Authority(TlsKey(as_bytes(key, "key")), as_bytes(certificate, "certificate"))


def _parse_shared(item: Item) -> SharedLock:
    shares, secret = as_fixed(item, "shared copy", 2)
    return SharedLock(parse_set(shares), as_bytes(secret, "secret", SECRET_SIZE))
