"""Shows chosen rows of a received message to another participant, so that the other can prove who wrote them.

Nothing is shown before the channel's rules allowed it. What was shown, to whom and why is written down in the same step
in which the disclosure is handed out.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select

from nodes.gateway import evidences, inbox, outbox
from nodes.gateway.contents import parse_opened
from nodes.gateway.disclosure_judge import DisclosureJudge, Showing
from nodes.gateway.evidences import HUB
from nodes.gateway.here import Here
from nodes.gateway.inbox import READABLE
from nodes.gateway.redaction import choose
from nodes.gateway.stores import Store
from nodes.gateway.wishes import InputFault
from nodes.schema import disclosure
from protocol.cbor import decode
from protocol.core import Core
from protocol.cose import parse as parse_signed
from protocol.disclosure import Disclosure, LogProof, Source, disclose, encode_disclosure
from protocol.envelope import BODY, IDENTITY
from protocol.evidence import parse_inclusion
from protocol.fields import Row
from protocol.ids import MessageId, NodeId
from protocol.limits import MAX_CHECKPOINT, MAX_SIGNED, MAX_STATEMENT
from protocol.shapes import as_bytes, as_map
from protocol.short_reference import PATH
from protocol.stages import Opened, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows of which message are to be shown to whom. Without a purpose it is the message's own."""

    message: MessageId
    recipient: NodeId
    part: str = BODY
    rows: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A disclosure that the rules allow. ``raw`` is what would be handed out."""

    core: Core
    disclosure: Disclosure
    withheld: tuple[str, ...]
    purpose: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotHere:
    """There is no received message with this id that a reader may see; a node holds no salts of what it sent."""

    sent: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One disclosure as it is written down."""

    part: str
    recipient: NodeId
    purpose: str
    revealed: int
    withheld: int
    digest: bytes
    at: int


Outcome = Proposal | Refused | InputFault | NotHere


@dataclass(frozen=True, slots=True)
class _Held:
    """A received message with all that a disclosure of it needs."""

    opened: Opened
    raw: bytes
    proof: LogProof | None

    def rows(self, part: str) -> tuple[Row, ...]:
        return {BODY: self.opened.body, IDENTITY: self.opened.identity or ()}.get(part, ())


class Disclosing:
    """Makes disclosures of received messages."""

    def __init__(self, here: Here, store: Store, judge: DisclosureJudge) -> None:
        self._here = here
        self._store = store
        self._judge = judge

    async def propose(self, wanted: Wanted) -> Outcome:
        """Return the disclosure as it would be, or why it may not be made. Nothing is written down."""
        held = await self._store.database.read(lambda connection: self._load(connection, wanted.message))
        if not isinstance(held, _Held):
            return held
        rows = held.rows(wanted.part)
        paths = [row.path for row in rows]
        chosen, missing = choose(paths, wanted.rows, wanted.patterns)
        fault = _fault(wanted, rows, chosen, missing)
        if fault is not None:
            return fault
        core = held.opened.core
        showing = Showing(
            message=wanted.message,
            core=core,
            part=wanted.part,
            fields=tuple((row.path, row.value) for row in rows if row.path != PATH),
            shown=chosen,
            recipient=wanted.recipient,
            purpose=wanted.purpose or core.purpose,
        )
        verdict = await self._judge.judge(showing)
        if isinstance(verdict, Refused):
            return verdict
        source = Source(parse_signed(held.raw, MAX_SIGNED), wanted.part, rows)
        made = await asyncio.to_thread(disclose, source, chosen, held.proof)
        withheld = tuple(path for path in paths if path not in chosen)
        return Proposal(core, made, withheld, showing.purpose, encode_disclosure(made))

    async def make(self, wanted: Wanted) -> Outcome:
        """Return the disclosure after it was written down; from then on it counts as shown."""
        found = await self.propose(wanted)
        if isinstance(found, Proposal):
            shown = found
            await self._store.database.write(lambda connection: self._note(connection, wanted, shown))
        return found

    async def shown(self, message: MessageId) -> Sequence[Shown]:
        """Return what was shown of a message, in order."""
        return await self._store.database.read(lambda connection: _listed(connection, message))

    def _load(self, connection: Connection, message: MessageId) -> _Held | NotHere:
        row = inbox.find(connection, message)
        content = None if row is None or row.state not in READABLE else self._store.vault.get(connection, row.item)
        raw = inbox.proof_bytes(connection, message)
        if content is None or raw is None:
            return NotHere(sent=outbox.find(connection, message) is not None)
        return _Held(parse_opened(content), raw, _log_proof(connection, message))

    def _note(self, connection: Connection, wanted: Wanted, found: Proposal) -> None:
        connection.execute(
            insert(disclosure).values(
                message=wanted.message,
                part=wanted.part,
                recipient=wanted.recipient,
                purpose=found.purpose,
                revealed=len(found.disclosure.slots) - found.disclosure.withheld,
                withheld=found.disclosure.withheld,
                digest=hashlib.sha256(found.raw).digest(),
                at=self._here.clock(),
            )
        )


def _fault(
    wanted: Wanted, rows: tuple[Row, ...], chosen: frozenset[str], missing: tuple[str, ...]
) -> InputFault | None:
    if not rows:
        return InputFault("/part", "NO_SUCH_PART", f"The message has no {wanted.part} that is open here.")
    if missing:
        return InputFault("/rows", "NO_SUCH_ROW", f"No row of the message fits: {', '.join(missing)}.")
    if not chosen:
        return InputFault("/rows", "MISSING", "Choose at least one row to show.")
    return None


def _log_proof(connection: Connection, message: MessageId) -> LogProof | None:
    found = evidences.find_proof(connection, message, HUB, evidences.ACCEPTANCE)
    if found is None:
        return None
    fields = as_map(decode(found.proof, MAX_CHECKPOINT + MAX_STATEMENT), "acceptance", (1, 2, 3))
    return LogProof(parse_inclusion(fields[2]), as_bytes(fields[3], "checkpoint"))


def _listed(connection: Connection, message: MessageId) -> Sequence[Shown]:
    query = select(disclosure).where(disclosure.c.message == message).order_by(disclosure.c.number)
    return [
        Shown(row.part, row.recipient, row.purpose, row.revealed, row.withheld, row.digest, row.at)
        for row in connection.execute(query)
    ]
