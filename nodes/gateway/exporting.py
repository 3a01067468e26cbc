"""Makes the copy of a message that goes into a file for a court, where the rules allow it, and writes down that it did.

The copy says what it is: a label by origin and consent, the codes and conditions that bind, the consents relied on, and
the signed proof of who wrote it. What went to whom stands in the same list as rows that were shown.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Connection, insert

from nodes.gateway import evidences, inbox, outbox
from nodes.gateway.deeds import Operation, act_on
from nodes.gateway.disclosing import NotHere
from nodes.gateway.disclosure_judge import Answer, DisclosureJudge, Showing
from nodes.gateway.evidences import Proof
from nodes.gateway.here import Here
from nodes.gateway.reading import Reading, wholly
from nodes.gateway.stores import Store
from nodes.schema import disclosure
from policies.consent_uses import Word
from policies.facts import Use
from protocol.cbor import encode
from protocol.core import Core
from protocol.fields import Field
from protocol.ids import Channel, MessageId, NodeId
from protocol.stages import Draft, Refused

PURPOSE: Final = "proceedings"
_POLICE: Final = Channel("police")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWish:
    """Which message is to go into a court file of whom, for what, and whether the owner's conditions are taken on."""

    message: MessageId
    recipient: NodeId
    basis: str | None = None
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A copy that the rules allow. ``label`` is the text that says what it is; its sender signed ``manifest``."""

    message: MessageId
    label: str
    header: Core | Draft
    document: tuple[Field, ...] = field(repr=False)
    conditions: tuple[str, ...]
    grants: tuple[Word, ...]
    manifest: bytes = field(repr=False)
    proofs: tuple[Proof, ...] = field(repr=False)
    at: int


@dataclass(frozen=True, slots=True)
class NotExported:
    """The refusal, and the conditions under which the owner would let it go."""

    refused: Refused
    conditions: tuple[str, ...]


class Exporting:
    """Makes copies for court files."""

    def __init__(self, here: Here, store: Store, reading: Reading, judge: DisclosureJudge) -> None:
        self._here = here
        self._store = store
        self._reading = reading
        self._judge = judge

    async def export(self, wish: ExportWish, *, dry_run: bool = False) -> Exported | NotExported | NotHere:
        """Return the copy after it was written down, or why there is none; a dry run writes nothing."""
        found = await self._reading.find(wish.message)
        showing = None if found is None else wholly(found, wish.recipient, Use.EXPORT)
        if showing is None:
            return NotHere(sent=False)
        showing = replace(showing, purpose=PURPOSE, accepted=wish.accepted, basis=wish.basis)
        answer = await self._judge.ask(showing)
        if isinstance(answer.verdict, Refused):
            return NotExported(answer.verdict, answer.conditions)
        made = await self._store.database.read(lambda connection: self._make(connection, showing, answer))
        if not dry_run:
            decision = answer.verdict

            def note(connection: Connection) -> None:
                digest = _note(connection, showing, made)
                act = act_on(Operation.DISCLOSURE, "export", showing.message, showing.core, decision)
                whom, count = (showing.recipient,), len(showing.fields)
                act = replace(act, recipients=whom, purpose=showing.purpose, digest=digest, count=count)
                self._store.journal.note(connection, act)

            await self._store.database.write(note)
        return made

    def _make(self, connection: Connection, showing: Showing, answer: Answer) -> Exported:
        message = showing.message
        received = inbox.proof_bytes(connection, message)
        signed = outbox.signed_bytes(connection, message) if received is None else received
        return Exported(
            message=message,
            label=_label(showing, self._here.node),
            header=showing.core,
            document=tuple(showing.fields),
            conditions=answer.conditions,
            grants=answer.grants,
            manifest=signed or b"",
            proofs=tuple(evidences.proofs(connection, message)),
            at=self._here.clock(),
        )


def _label(showing: Showing, node: NodeId) -> str:
    if showing.core.sender == node:
        return "export.own"
    return "export.police-consented" if showing.core.channel == _POLICE else "export.rogatory"


def _note(connection: Connection, showing: Showing, made: Exported) -> bytes:
    """Write the export down among what was shown, and return the digest of the copy."""
    raw = encode([made.message, [[path, value] for path, value in showing.fields]])
    digest = hashlib.sha256(raw).digest()
    connection.execute(
        insert(disclosure).values(
            message=made.message,
            part=showing.part,
            recipient=showing.recipient,
            purpose=showing.purpose,
            revealed=len(showing.fields),
            withheld=0,
            digest=digest,
            at=made.at,
        )
    )
    return digest
