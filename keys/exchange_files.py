"""The files people pass around in a ceremony; none of them holds a private key. Pure: bytes in, values out.

A party file holds a party's public keys, a statement file statements on their way from signer to signer, a directory
file a copy of the directory log with the charter digest that was pinned. Bytes: docs/wire.md section 6.17.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from keys.certificates import public_spki, spki_pin
from keys.directory import Directory
from keys.identity import private_identity
from keys.log_signer import log_signer
from keys.private_keys import Role, Secrets
from protocol.cbor import Item, decode, encode
from protocol.checkpoint import LogKeys
from protocol.cose import Signed
from protocol.cose import parse as parse_signed
from protocol.errors import Malformed
from protocol.ids import DIGEST_SIZE, StatementId, parse_reference
from protocol.limits import MAX_OBJECT, MAX_SIGNERS, MAX_STATEMENT
from protocol.ports import IdentityPublic, IdentitySigner
from protocol.public_keys import identity_item, log_keys_item, parse_identity, parse_log_keys
from protocol.shapes import as_bytes, as_fixed, as_list, as_text
from protocol.statements import Body, encode_entry, encode_statement, parse_payload, sign_statement, statement_id

PARTY: Final = "xb/1 party"
STATEMENTS: Final = "xb/1 statement file"
DIRECTORY: Final = b"xb/1 directory file\n"
MAX_SHEETS: Final = 64
_FRAME: Final = 2  # bytes of an entry's length, as in the log's own bundles


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The public keys of one party, as it hands them to whoever drafts a statement about it."""

    role: Role
    name: str
    identity: IdentityPublic | None = None
    log: LogKeys | None = None
    tls_spki: bytes | None = None
    authority: bytes | None = None  # the authority's certificate, DER

    @property
    def tls_pin(self) -> bytes | None:
        """SHA-256 of the TLS key's SubjectPublicKeyInfo."""
        return None if self.tls_spki is None else spki_pin(self.tls_spki)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One statement with the signatures gathered so far."""

    payload: bytes
    signed: tuple[bytes, ...] = ()

    @property
    def id(self) -> StatementId:
        """The statement's id."""
        return statement_id(self.payload)

    @property
    def body(self) -> Body:
        """What the statement says."""
        return parse_payload(self.payload)

    def signatures(self) -> tuple[Signed, ...]:
        """Return the signatures, parsed and not verified."""
        return tuple(parse_signed(raw, MAX_STATEMENT) for raw in self.signed)

    def entry(self) -> bytes:
        """Return the directory entry of this statement with its signatures so far; MALFORMED without any."""
        return encode_entry(self.signed)


@dataclass(frozen=True, slots=True)
class StatementFile:
    """Statements of one network, in the order in which they are to be appended."""

    network_id: bytes
    sheets: tuple[Sheet, ...]

    def sign(self, signer: IdentitySigner) -> "StatementFile":
        """Return the file with this signer's signature on every statement, replacing an earlier one of its own."""
        return replace(self, sheets=tuple(self._signed(sheet, signer) for sheet in self.sheets))

    def _signed(self, sheet: Sheet, signer: IdentitySigner) -> Sheet:
        fresh = sign_statement(sheet.body, signer, self.network_id)
        own = parse_signed(fresh, MAX_STATEMENT).ed_kid
        others = (raw for raw, each in zip(sheet.signed, sheet.signatures(), strict=True) if each.ed_kid != own)
        return replace(sheet, signed=(*others, fresh))


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    """A verified copy of a directory log: the charter digest pinned for it, its entries, and what they say."""

    pin: bytes
    entries: tuple[bytes, ...]
    directory: Directory

    def grown(self, entries: Sequence[bytes]) -> "DirectoryFile":
        """Return the file with more entries; refuses as ``Directory.extend``."""
        return DirectoryFile(self.pin, (*self.entries, *entries), self.directory.extend(entries))


def draft(network_id: bytes, *bodies: Body) -> StatementFile:
    """Return a file of unsigned statements."""
    return StatementFile(network_id, tuple(Sheet(encode_statement(body)) for body in bodies))


def party_of(secrets: Secrets) -> Party:
    """Return the public side of a keystore."""
    return Party(
        role=secrets.role,
        name=secrets.name,
        identity=private_identity(secrets.identity).public if secrets.identity else None,
        log=log_signer(secrets.log).keys if secrets.log else None,
        tls_spki=public_spki(secrets.tls) if secrets.tls else None,
        authority=secrets.authority.certificate if secrets.authority else None,
    )


def encode_party(party: Party) -> bytes:
    """Return the bytes of a party file."""
    identity = identity_item(party.identity) if party.identity else None
    log = log_keys_item(party.log) if party.log else None
    return encode([PARTY, str(party.role), party.name, identity, log, party.tls_spki, party.authority])


def parse_party(raw: bytes) -> Party:
    """Return the party in a party file; MALFORMED, or KEY_INVALID for keys nobody may register."""
    magic, role, name, identity, log, tls_spki, authority = as_fixed(decode(raw, MAX_OBJECT), "party file", 7)
    if magic != PARTY or not isinstance(role, str) or role not in {each.value for each in Role}:
        raise Malformed("not a party file")
    return Party(
        role=Role(role),
        name=as_text(name, "name"),
        identity=None if identity is None else parse_identity(identity),
        log=None if log is None else parse_log_keys(log),
        tls_spki=None if tls_spki is None else as_bytes(tls_spki, "tls key"),
        authority=None if authority is None else as_bytes(authority, "authority"),
    )


def encode_statements(file: StatementFile) -> bytes:
    """Return the bytes of a statement file."""
    sheets: list[Item] = [[sheet.payload, list(sheet.signed)] for sheet in file.sheets]
    return encode([STATEMENTS, file.network_id, sheets])


def parse_statements(raw: bytes) -> StatementFile:
    """Return the statements in a statement file; MALFORMED also for a signature over another payload."""
    magic, network_id, sheets = as_fixed(decode(raw, MAX_OBJECT), "statement file", 3)
    if magic != STATEMENTS:
        raise Malformed("not a statement file")
    found = tuple(_parse_sheet(each) for each in as_list(sheets, "statements", 1, MAX_SHEETS))
    return StatementFile(parse_reference(network_id), found)


def found_directory(pin: bytes, entry: bytes) -> DirectoryFile:
    """Return the directory file of a new network. Refuses as ``Directory.start``."""
    return DirectoryFile(pin, (entry,), Directory.start(entry, pin))


def encode_directory(file: DirectoryFile) -> bytes:
    """Return the bytes of a directory file: the charter digest that was pinned, and every entry of the log."""
    return DIRECTORY + file.pin + b"".join(len(each).to_bytes(_FRAME, "big") + each for each in file.entries)


def parse_directory(raw: bytes) -> DirectoryFile:
    """Return the directory in a directory file; every statement is verified, as at every node."""
    start = len(DIRECTORY) + DIGEST_SIZE
    if not raw.startswith(DIRECTORY) or len(raw) <= start:
        raise Malformed("not a directory file")
    pin, entries = raw[len(DIRECTORY) : start], _frames(raw[start:])
    return found_directory(pin, entries[0]).grown(entries[1:])


def _frames(raw: bytes) -> tuple[bytes, ...]:
    out, at = [], 0
    while at < len(raw):
        begin = at + _FRAME
        at = begin + int.from_bytes(raw[at:begin], "big")
        if at > len(raw) or at == begin:
            raise Malformed("directory file is cut")
        out.append(raw[begin:at])
    return tuple(out)


def _parse_sheet(item: Item) -> Sheet:
    payload, signed = as_fixed(item, "statement", 2)
    sheet = Sheet(
        as_bytes(payload, "payload"),
        tuple(as_bytes(each, "signature") for each in as_list(signed, "signatures", 0, MAX_SIGNERS)),
    )
    parse_payload(sheet.payload)
    if any(each.payload != sheet.payload for each in sheet.signatures()):
        raise Malformed("signature over another statement")
    return sheet
