"""Consents as this node knows them: own ones and those that came in messages; all their SQL.

A consent is a story of records, renewals and withdrawals. Each document is kept in the vault; the tables say who holds
it, until when, and which references were logged at the hub for which sender and recipient.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from nodes.gateway.contents import parse_body
from nodes.gateway.matrices import apply_withdrawal, read_matrix
from nodes.gateway.vault import Vault
from nodes.gateway.withdrawal_store import EndKind, ends_of
from nodes.schema import consent, consent_reference
from policies.consent import ConsentMatrix
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.ids import NodeId, Reference, TypeId
from protocol.records import ConsentToken

CONSENT_TYPE: Final = TypeId("MT-V6/1")


class Phase(StrEnum):
    """What a document does to a consent; the codes are the catalogue's."""

    RECORD = "record"
    RENEW = "renew"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """One document of a consent. Times are seconds UTC; ``withdrawn_at`` is set when all of it was withdrawn."""

    id: Reference
    version: int
    phase: Phase
    holder: NodeId
    item: bytes | None
    recorded_at: int
    expires_at: int
    withdrawn_at: int | None = None


def put_consent(connection: Connection, new: ConsentRow) -> None:
    """Store one document; the same step of the same version once more changes nothing."""
    known = select(consent.c.number).where(
        consent.c.id == new.id, consent.c.version == new.version, consent.c.phase == new.phase.value
    )
    if connection.execute(known).one_or_none() is not None:
        return
    connection.execute(
        insert(consent).values(
            id=new.id,
            version=new.version,
            phase=new.phase.value,
            holder=new.holder,
            item=new.item,
            recorded_at=new.recorded_at,
            expires_at=new.expires_at,
            withdrawn_at=new.withdrawn_at,
        )
    )


def story(connection: Connection, identifier: Reference) -> Sequence[ConsentRow]:
    """Return every document of a consent in the order they came."""
    query = select(consent).where(consent.c.id == identifier).order_by(consent.c.number)
    return [_row(row) for row in connection.execute(query)]


def consents(connection: Connection, limit: int) -> Sequence[ConsentRow]:
    """Return the newest records and renewals of any holder."""
    recording = (Phase.RECORD.value, Phase.RENEW.value)
    query = select(consent).where(consent.c.phase.in_(recording)).order_by(consent.c.number.desc())
    return [_row(row) for row in connection.execute(query.limit(limit))]


def own_consents(connection: Connection, holder: NodeId) -> Sequence[Reference]:
    """Return the ids of the consents that a node holds."""
    query = select(consent.c.id).where(consent.c.holder == holder).distinct()
    return [Reference(row.id) for row in connection.execute(query)]


def foreign_consents(connection: Connection, node: NodeId) -> Sequence[Reference]:
    """Return the ids of the consents that others than ``node`` hold."""
    query = select(consent.c.id).where(consent.c.holder != node).distinct()
    return [Reference(row.id) for row in connection.execute(query)]


def current_matrix(connection: Connection, vault: Vault, identifier: Reference) -> ConsentMatrix | None:
    """Return what a consent permits after everything that was recorded and withdrawn; None for one not known here."""
    matrix: ConsentMatrix | None = None
    for row, body in documents(connection, vault, identifier):
        if row.phase is Phase.WITHDRAW:
            matrix = None if matrix is None else apply_withdrawal(matrix, body, row.recorded_at)
        else:
            matrix = replace(read_matrix(body), withdrawn_at=row.withdrawn_at)
    return None if matrix is None else _ended(connection, vault, matrix)


def _ended(connection: Connection, vault: Vault, matrix: ConsentMatrix) -> ConsentMatrix:
    """Return what the withdrawals leave of the newest version: those of all of it, and those of its own cells."""
    for end in ends_of(connection, matrix.consent):
        content = vault.get(connection, end.item)
        if end.kind is not EndKind.WITHDRAWN:
            continue
        if end.whole:
            matrix = replace(matrix, withdrawn_at=end.at)
        elif content is not None and end.version == matrix.version:
            matrix = apply_withdrawal(matrix, unflatten(parse_body(content)), end.at)
    return matrix


def documents(
    connection: Connection, vault: Vault, identifier: Reference
) -> Sequence[tuple[ConsentRow, dict[str, JSON]]]:
    """Return every document of a consent that is still kept, in the order they came."""
    found = ((row, vault.get(connection, row.item)) for row in story(connection, identifier))
    return [(row, unflatten(parse_body(content))) for row, content in found if content is not None]


def newest_document(connection: Connection, vault: Vault, identifier: Reference) -> dict[str, JSON] | None:
    """Return the newest version of a consent; None for one that is not kept here."""
    found = [body for row, body in documents(connection, vault, identifier) if row.phase is not Phase.WITHDRAW]
    return found[-1] if found else None


def mark_withdrawn(connection: Connection, identifier: Reference, at: int) -> None:
    """Note that all of a consent was withdrawn, in its documents and references."""
    where = (consent.c.id == identifier, consent.c.withdrawn_at.is_(None))
    connection.execute(update(consent).where(*where).values(withdrawn_at=at))
    ended = update(consent_reference).where(consent_reference.c.consent == identifier)
    connection.execute(ended.values(withdrawn=True))


def end_references(connection: Connection, references: Sequence[Reference]) -> None:
    """Note that messages may no longer be sent under these references."""
    ended = update(consent_reference).where(consent_reference.c.reference.in_(references))
    connection.execute(ended.values(withdrawn=True))


def put_reference(connection: Connection, token: ConsentToken, identifier: Reference, version: int) -> None:
    """Store the reference under which a consent stands for one sender and recipient."""
    connection.execute(
        insert(consent_reference).values(
            reference=token.reference,
            consent=identifier,
            version=version,
            holder=token.holder,
            sender=token.sender,
            recipient=token.recipient,
            expires_at=token.expires_at,
            withdrawn=token.withdrawn,
        )
    )


def find_references(
    connection: Connection, references: Sequence[Reference]
) -> Sequence[tuple[ConsentToken, Reference]]:
    """Return the tokens of these references, each with the id of its consent."""
    query = select(consent_reference).where(consent_reference.c.reference.in_(references))
    return [(_token(row), Reference(row.consent)) for row in connection.execute(query)]


def references_of(connection: Connection, identifier: Reference) -> Sequence[ConsentToken]:
    """Return every reference of a consent."""
    query = select(consent_reference).where(consent_reference.c.consent == identifier)
    rows = connection.execute(query.order_by(consent_reference.c.sender, consent_reference.c.recipient))
    return [_token(row) for row in rows]


def _row(row: Row[Any]) -> ConsentRow:
    return ConsentRow(
        id=Reference(row.id),
        version=row.version,
        phase=Phase(row.phase),
        holder=NodeId(row.holder),
        item=row.item,
        recorded_at=row.recorded_at,
        expires_at=row.expires_at,
        withdrawn_at=row.withdrawn_at,
    )


def _token(row: Row[Any]) -> ConsentToken:
    return ConsentToken(
        Reference(row.reference),
        NodeId(row.holder),
        NodeId(row.sender),
        NodeId(row.recipient),
        row.expires_at,
        row.withdrawn,
    )
