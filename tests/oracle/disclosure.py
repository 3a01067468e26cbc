"""Disclosures and violation reports: docs/wire.md sections 3.7 and 4.6."""

from dataclasses import dataclass

from tests.oracle.codec import Refused, decode
from tests.oracle.fields import MAX_ROWS, Row, commitment, parse_row, row_hash
from tests.oracle.files import ATTACHMENT
from tests.oracle.floe import content_aad, open_floe, unpad
from tests.oracle.log import MAX_CHECKPOINT, Keys
from tests.oracle.message import DOMAIN, INLINE, Manifest, check_rows, parse_manifest, parse_signed_manifest
from tests.oracle.records import Inclusion, parse_inclusion, verify_logged
from tests.oracle.shape import array, ascending, blob, code, count, mapping, need, node
from tests.oracle.signed import Identity, Signed, parse_signed, sha256, verify_signed

MAX_DISCLOSURE = 1048576
MAX_REPORT = 2097152
SALT, HASH, ROW_LENGTH = 16, 32, 3


@dataclass(frozen=True)
class Disclosure:
    """A disclosure of the right form; nothing of it is proved yet."""

    signed: Signed
    manifest: Manifest
    part: str
    slots: list[Row | bytes]
    proof: tuple[Inclusion, bytes] | None

    def rows(self) -> list[Row]:
        """Return the rows that are shown."""
        return [slot for slot in self.slots if isinstance(slot, Row)]


def parse_disclosure(data: bytes) -> Disclosure:
    """Return a disclosure that keeps every rule of form."""
    fields = mapping(decode(data, MAX_DISCLOSURE), (1, 2, 3), (4, 5))
    part = fields[2]
    signed, manifest = parse_signed_manifest(blob(fields[1]))
    need(part in INLINE and part in manifest.parts, "DISCLOSURE")
    slots = [parse_slot(item) for item in array(fields[3], 1, MAX_ROWS)]
    if 4 in fields:
        check_carried([parse_carried(item) for item in array(fields[4], 1, 64)], manifest)
    proof = parse_proof(fields[5]) if 5 in fields else None
    paths = [slot.path for slot in slots if isinstance(slot, Row)]
    need(bool(paths) and len(set(paths)) == len(paths), "DISCLOSURE")
    return Disclosure(signed, manifest, str(part), slots, proof)


def parse_slot(value: object) -> Row | bytes:
    """Return a row or the hash of one."""
    if isinstance(value, bytes):
        need(len(value) == HASH, "DISCLOSURE")
        return value
    if not isinstance(value, list) or len(value) != ROW_LENGTH:
        raise Refused("DISCLOSURE")
    need(isinstance(value[0], bytes) and len(value[0]) == SALT, "DISCLOSURE")
    return parse_row(value)


def parse_carried(value: object) -> tuple[str, str]:
    """Return the names of an attachment in both messages."""
    original, here = array(value, 2)
    if not isinstance(original, str) or not isinstance(here, str):
        raise Refused("MALFORMED")
    return original, here


def check_carried(carried: list[tuple[str, str]], manifest: Manifest) -> None:
    """Refuse names that are no attachments', that this message lacks, that descend or stand twice."""
    need(all(ATTACHMENT.fullmatch(name) is not None for pair in carried for name in pair), "DISCLOSURE")
    need(ascending([original.encode() for original, _ in carried]), "DISCLOSURE")
    need(len({here for _, here in carried}) == len(carried), "DISCLOSURE")
    need(all(original in manifest.parts for original, _ in carried), "DISCLOSURE")


def parse_proof(value: object) -> tuple[Inclusion, bytes]:
    """Return inclusion and checkpoint."""
    inclusion, checkpoint = array(value, 2)
    note = blob(checkpoint)
    need(len(note) <= MAX_CHECKPOINT, "TOO_LARGE")
    return parse_inclusion(inclusion), note


def verify_disclosure(data: bytes, network: bytes, sender: Identity, log: Keys | None) -> Disclosure:
    """Return a disclosure whose rows were committed to, and logged where a log is asked for."""
    disclosure = parse_disclosure(data)
    verify_signed(disclosure.signed, DOMAIN, network, sender)
    core = disclosure.manifest.core
    committed = core.body if disclosure.part == "body" else core.identity
    hashes = [row_hash(slot) if isinstance(slot, Row) else slot for slot in disclosure.slots]
    need(commitment(hashes) == committed, "FIELD_COMMITMENT")
    need(ascending([row.path.encode() for row in disclosure.rows()]), "FIELD_ORDER")
    if log is not None:
        if disclosure.proof is None:
            raise Refused("BAD_EVIDENCE")
        verify_logged(*disclosure.proof, log, sha256(disclosure.signed.payload))
    return disclosure


def verify_report(data: bytes, network: bytes, reporter: Identity, sender: Identity) -> tuple[bytes, list[Row]]:
    """Return the id of a report and the rows that it proves."""
    signed = parse_signed(data, MAX_REPORT)
    fields = mapping(decode(signed.payload), (1, 2, 3, 4))
    name = node(fields[1])
    count(fields[2])
    code(fields[3])
    shown = fields[4]
    if not isinstance(shown, list) or not shown:
        raise Refused("MALFORMED")
    if count(shown[0], 1, 2) == 1:
        inner = blob(array(shown, 2)[1])
        parsed = parse_disclosure(inner)
        nodes = parsed.manifest.core.nodes
        verify_signed(signed, "xb/1 report", network, reporter)
        need(name in nodes, "NOT_A_RECIPIENT")
        rows = verify_disclosure(inner, network, sender, None).rows()
    else:
        opened = parse_opened(shown)
        verify_signed(signed, "xb/1 report", network, reporter)
        need(name in opened.manifest.core.nodes, "NOT_A_RECIPIENT")
        rows = open_shown(opened, network, sender)
    return sha256(signed.payload), rows


@dataclass(frozen=True)
class Shown:
    """A sealed part and its key."""

    signed: Signed
    manifest: Manifest
    part: str
    ciphertext: bytes
    key: bytes


def parse_opened(shown: list[object]) -> Shown:
    """Return a sealed part with the key that opens it."""
    _, raw, part, ciphertext, key, logged = array(shown, 6)
    signed = parse_signed(blob(raw))
    sealed, opening = blob(ciphertext), blob(key, 32)
    need(isinstance(part, str))
    if logged is not None:
        parse_proof(logged)
    manifest = parse_manifest(signed.payload)
    need(part in INLINE and part in manifest.parts, "DISCLOSURE")
    need(manifest.parts[str(part)] == (len(sealed), sha256(sealed)), "BODY_HASH")
    return Shown(signed, manifest, str(part), sealed, opening)


def open_shown(shown: Shown, network: bytes, sender: Identity) -> list[Row]:
    """Return the rows of a part that a report opens."""
    core = shown.manifest.core
    verify_signed(shown.signed, DOMAIN, network, sender)
    plain = open_floe(shown.key, content_aad(sha256(core.raw), shown.part), shown.ciphertext)
    committed = core.body if shown.part == "body" else core.identity
    return check_rows(unpad(plain), committed or b"")
