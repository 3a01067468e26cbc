"""A violation report: a recipient shows an auditor what it was sent, and the auditor can be sure of it (decision 7).

The recipient reveals the key of one part, which opens that part and no other, or only chosen rows as a disclosure. The
sender signed the ciphertext's digest, the ciphertext commits to its key, and the core commits to the rows: so there is
one plaintext, and a false report is refused (docs/wire.md section 4.6). The reporter signs too, so that a report is
attributable. A leaf of the log names the SHA-256 of the signed payload, which tells nothing of the content.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.cose import Signed, sign, verify
from protocol.cose import parse as parse_signed
from protocol.disclosure import (
    Disclosure,
    LogProof,
    encode_disclosure,
    encode_log_proof,
    parse_disclosure,
    parse_log_proof,
    verify_rows,
)
from protocol.envelope import BODY, Manifest, Part, parse_manifest
from protocol.errors import Code, Fault, Malformed
from protocol.fields import Row, check_commitment, parse_rows
from protocol.floe import open_
from protocol.ids import MessageId, NodeId, message_id, parse_node_id
from protocol.leaf import payload_digest
from protocol.limits import MAX_REPORT, MAX_SIGNED
from protocol.padding import unpad
from protocol.part_keys import KEY_SIZE, part_aad
from protocol.ports import IdentityPublic, IdentitySigner
from protocol.shapes import as_bytes, as_fixed, as_int, as_list, as_map, as_text

_REPORTER, _AT, _GROUND, _SHOWN = range(1, 5)
_ROWS, _KEY = 1, 2
_KEY_FIELDS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOpening:
    """One sealed part with the key that opens it, and what the sender signed about it."""

    signed: Signed
    manifest: Manifest
    part: Part
    ciphertext: bytes
    key: bytes
    logged: LogProof | None = None

    def __repr__(self) -> str:
        """Return words without the key."""
        return f"PartOpening({self.part.name})"


Shown = Disclosure | PartOpening


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a recipient says: since when it holds that a rule was broken, on which coded ground, and what it shows."""

    reporter: NodeId
    at: int
    ground: str
    shown: Shown

    @property
    def message(self) -> MessageId:
        """The id of the message that is reported."""
        return message_id(self.shown.signed.payload)


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A report with the reporter's signatures; ``id`` is the digest of its payload, which a leaf of the log names."""

    report: Report
    id: bytes
    signed: Signed


def open_part(signed: Signed, part: str, sealed: tuple[bytes, bytes], logged: LogProof | None = None) -> PartOpening:
    """Return the opening of an inline part; ``sealed`` are its ciphertext and its key. DISCLOSURE for an unknown part.

    NOT here: whether the key opens it; ``verify_report`` tells.
    """
    manifest = parse_manifest(signed.payload)
    ciphertext, key = sealed
    return PartOpening(
        signed=signed,
        manifest=manifest,
        part=_inline_part(manifest, part),
        ciphertext=ciphertext,
        key=key,
        logged=logged,
    )


def sign_report(report: Report, signer: IdentitySigner, network: bytes) -> bytes:
    """Return the report signed by its reporter."""
    shown = report.shown
    item: Item = (
        [_ROWS, encode_disclosure(shown)]
        if isinstance(shown, Disclosure)
        else [
            *(_KEY, shown.signed.raw, shown.part.name, shown.ciphertext, shown.key),
            None if shown.logged is None else encode_log_proof(shown.logged),
        ]
    )
    payload = encode({_REPORTER: report.reporter, _AT: report.at, _GROUND: report.ground, _SHOWN: item})
    return sign(signer, domains.REPORT, network, payload)


def parse_report(raw: bytes) -> SignedReport:
    """Return the report in a signed object of at most MAX_REPORT bytes.

    Refuses MALFORMED, UNKNOWN_FIELD, TOO_LARGE, DISCLOSURE, and BODY_HASH for a ciphertext that is not the one the
    sender signed (attack 58). NOT here: signatures, key and rows (``verify_report``).
    """
    signed = parse_signed(raw, MAX_REPORT)
    fields = as_map(decode(signed.payload, MAX_REPORT), "report", (_REPORTER, _AT, _GROUND, _SHOWN))
    report = Report(
        reporter=parse_node_id(fields[_REPORTER]),
        at=as_int(fields[_AT], "at"),
        ground=as_text(fields[_GROUND], "ground"),
        shown=_parse_shown(fields[_SHOWN]),
    )
    return SignedReport(report, payload_digest(signed.payload), signed)


def verify_report(
    found: SignedReport, reporter: IdentityPublic, sender: IdentityPublic, network: bytes
) -> tuple[Row, ...]:
    """Return the rows that the report proves: all of a part whose key is shown, or the revealed ones.

    ``reporter`` and ``sender`` are the identities that the directory shows for them; finding them is the caller's step.
    Refuses UNKNOWN_KEY and BAD_SIGNATURE for either signer, NOT_A_RECIPIENT for a reporter to whom the message was not
    sent, COMMITMENT and BODY_DECRYPT for a key that is not the part's (attack 57), PADDING, FIELD_ORDER, and
    FIELD_COMMITMENT for rows that are not the sender's (attack 56). NOT here: whether the hub logged the message.
    """
    verify(found.signed, reporter, domains.REPORT, network)
    shown = found.report.shown
    if shown.manifest.core.recipient(found.report.reporter) is None:
        raise Fault(Code.NOT_A_RECIPIENT)
    if isinstance(shown, Disclosure):
        return verify_rows(shown, sender, network)
    verify(shown.signed, sender, domains.MESSAGE, network)
    core, core_bytes = shown.manifest.core, shown.manifest.core_bytes
    rows = parse_rows(unpad(open_(shown.key, part_aad(core_bytes, shown.part.name), shown.ciphertext)))
    root = core.body_root if shown.part.name == BODY else core.identity_root
    check_commitment(rows, root or b"")
    return rows


def _parse_shown(item: Item) -> Shown:
    kind, *rest = as_list(item, "shown", 2, _KEY_FIELDS)
    if as_int(kind, "shown", _ROWS, _KEY) == _ROWS:
        (raw,) = as_fixed(rest, "rows", 1)
        return parse_disclosure(as_bytes(raw, "disclosure"))
    signed_raw, name, ciphertext, key, logged = as_fixed(rest, "part", _KEY_FIELDS - 1)
    signed = parse_signed(as_bytes(signed_raw, "signed"), MAX_SIGNED)
    if not isinstance(name, str):
        raise Malformed("part")
    found = open_part(
        signed,
        name,
        (as_bytes(ciphertext, "ciphertext"), as_bytes(key, "key", KEY_SIZE)),
        None if logged is None else parse_log_proof(logged),
    )
    told = (found.part.length, found.part.digest)
    if (len(found.ciphertext), hashlib.sha256(found.ciphertext).digest()) != told:
        raise Fault(Code.BODY_HASH, found.part.name)
    return found


def _inline_part(manifest: Manifest, name: str) -> Part:
    part = next((each for each in manifest.parts if each.name == name and each.inline), None)
    if part is None:
        raise Fault(Code.DISCLOSURE, "part")
    return part
