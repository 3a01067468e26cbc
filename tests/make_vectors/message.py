"""Messages built piece by piece, so that exactly one piece can be wrong under signatures that are right."""

import hashlib
from dataclasses import dataclass, field, replace

from protocol import domains
from protocol.cbor import Item, encode
from protocol.cose import sign
from protocol.fields import commit, encode_rows, salt_rows
from protocol.floe import seal
from protocol.padding import pad
from protocol.part_keys import NO_IDENTITY, part_aad, part_key
from tests.make_vectors.cast import DAY, NETWORK, NOW, Cast, Drawing, drawn

BODY_FIELDS: tuple[tuple[str, Item], ...] = (
    ("/query", "vehicle"),
    ("/reason", "Виђено на граници"),
    ("/vehicle/plate", "SK-1234-AB"),
)
IDENTITY_FIELDS: tuple[tuple[str, Item], ...] = (("/family-name", "Петровић"), ("/given-name", "Ана"))
BODY = salt_rows(BODY_FIELDS, Drawing("body rows"))
IDENTITY = salt_rows(IDENTITY_FIELDS, Drawing("identity rows"))
CONTENT_KEY, IDENTITY_KEY = drawn("content key"), drawn("identity key")


def recipient(cast: Cast, name: str, **changes: Item) -> list[Item]:
    """Return one addressee of a core; ``changes`` replace its fields."""
    reader = {"rs.contact": cast.rs, "ba.contact": cast.ba}[name]
    fields: dict[str, Item] = {
        "node": name,
        "key": reader.key_id,
        "sequence": 1,
        "agreement": drawn("agreement", name),
        "mode": "action",
    }
    return list((fields | changes).values())


def core_map(cast: Cast, **changes: Item) -> dict[int, Item]:
    """Return the map of a small police request to two nodes. ``changes`` name labels as ``_8``."""
    out: dict[int, Item] = {
        1: 1,
        2: 1,
        3: drawn("random", size=16),
        4: "mk.contact",
        5: [recipient(cast, "ba.contact", mode="information"), recipient(cast, "rs.contact")],
        6: "police",
        7: "MT-01/1",
        8: "investigate",
        9: drawn("conversation", size=16),
        11: "routine",
        14: ["H0"],
        17: "sr",
        18: NOW + 90 * DAY,
        21: drawn("policy"),
        22: 7,
        23: drawn("directory root"),
        24: NOW,
        25: NOW + 14 * DAY,
        26: commit(BODY),
    }
    return out | {int(name[1:]): value for name, value in changes.items()}


def without(item: dict[int, Item], *labels: int) -> dict[int, Item]:
    return {label: value for label, value in item.items() if label not in labels}


def civil_map(cast: Cast, **changes: Item) -> dict[int, Item]:
    """Return the map of a core in `cso` whose message has an identity part."""
    own: dict[str, Item] = {
        "_6": "cso",
        "_7": "MT-V1/1",
        "_8": "victim-support",
        "_19": [drawn("consent", size=16)],
        "_27": commit(IDENTITY),
    }
    return without(core_map(cast, **(own | changes)), 11, 14)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Everything of one message before its last encoding."""

    core: bytes
    secrets: dict[str, bytes]  # node -> what its wrap holds
    wraps: tuple[bytes, ...]
    parts: tuple[tuple[str, bytes], ...]  # name, ciphertext
    extra: tuple[Item, ...] = field(default=())  # further rows of the manifest, such as attachments

    def manifest(self, **changes: Item) -> bytes:
        """Return the payload; ``changes`` replace core, wraps or parts of it."""
        fields: dict[str, Item] = {
            "core": self.core,
            "wraps": [hashlib.sha256(each).digest() for each in self.wraps],
            "parts": [*self.extra, *([name, len(raw), hashlib.sha256(raw).digest()] for name, raw in self.parts)],
        }
        return encode(list((fields | changes).values()))

    def contents(self) -> list[Item]:
        return [raw for _, raw in self.parts]


def build(cast: Cast, core: dict[int, Item] | bytes, body: bytes | None = None) -> Pieces:
    """Return the pieces of a message over ``core``; ``body`` is another padded plaintext than that of the rows."""
    raw = core if isinstance(core, bytes) else encode(core)
    civil = isinstance(core, dict) and 27 in core
    plain = {"body": pad(encode_rows(BODY)) if body is None else body}
    keys = {"body": CONTENT_KEY, "identity": IDENTITY_KEY}
    if civil:
        plain["identity"] = pad(encode_rows(IDENTITY))
    parts = tuple((name, sealed_part(keys[name], raw, name, text)) for name, text in sorted(plain.items()))
    secrets = {
        "ba.contact": CONTENT_KEY + NO_IDENTITY,
        "rs.contact": CONTENT_KEY + (IDENTITY_KEY if civil else NO_IDENTITY),
    }
    wraps = tuple(reader.wrap(secrets[reader.node], raw) for reader in (cast.ba, cast.rs))
    return Pieces(raw, secrets, wraps, parts)


def sealed_part(secret: bytes, core: bytes, name: str, plaintext: bytes) -> bytes:
    """Return the ciphertext of one part."""
    return seal(part_key(secret, core, name), part_aad(core, name), plaintext, Drawing(f"floe {name} {core.hex()}"))


def signed(cast: Cast, payload: bytes, network: bytes = NETWORK) -> bytes:
    """Return the sender's COSE_Sign over ``payload``."""
    return sign(cast.sender, domains.MESSAGE, network, payload)


def envelope(cast: Cast, pieces: Pieces, payload: bytes | None = None) -> bytes:
    """Return the submission of ``pieces``."""
    raw = signed(cast, pieces.manifest() if payload is None else payload)
    return encode([raw, list(pieces.wraps), pieces.contents()])


def delivery(cast: Cast, pieces: Pieces, index: int, payload: bytes | None = None) -> bytes:
    """Return what the hub hands to the recipient of one wrap."""
    raw = signed(cast, pieces.manifest() if payload is None else payload)
    return encode([raw, index, pieces.wraps[index], pieces.contents()])


def changed(pieces: Pieces, **changes: object) -> Pieces:
    """Return ``pieces`` with some replaced."""
    return replace(pieces, **changes)  # type: ignore[arg-type]  # a shorthand for keyword arguments
