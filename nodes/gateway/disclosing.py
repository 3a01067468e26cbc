"""Shows chosen rows of a received message to another participant, so that the other can prove who wrote them.

Nothing is shown before the channel's rules allowed it. What was shown, to whom and why is written down in the same step
in which the disclosure is handed out.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, insert, select

from nodes.gateway import evidences, inbox, outbox
from nodes.gateway.contents import parse_opened
from nodes.gateway.deeds import Act, Operation, act_on
from nodes.gateway.disclosure_judge import Answer, DisclosureJudge, Showing
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
from protocol.decision import Decision
from protocol.disclosure import Disclosure, LogProof, Source, disclose, encode_disclosure
from protocol.envelope import BODY, IDENTITY
from protocol.evidence import parse_inclusion
from protocol.fields import Field, Row
from protocol.ids import MessageId, NodeId
from protocol.limits import MAX_CHECKPOINT, MAX_SIGNED, MAX_STATEMENT
from protocol.shapes import as_bytes, as_map
from protocol.short_reference import PATH
from protocol.stages import Opened, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows of which message are to be shown to whom. Without a purpose it is the message's own.

    ``carried`` pairs files of the message with the names under which another message brings them; then all of the
    message is judged, because a file may say anything that it says.
    """

    message: MessageId
    recipient: NodeId
    part: str = BODY
    rows: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    purpose: str | None = None
    carried: tuple[tuple[str, str], ...] = ()
    always: tuple[str, ...] = ()  # patterns of rows that go along where there are such rows


@dataclass(frozen=True, slots=True)
class Proposal:
    """A disclosure that the rules allow. ``raw`` would be handed out; ``fields`` are those of its whole part."""

    core: Core
    disclosure: Disclosure
    withheld: tuple[str, ...]
    purpose: str
    raw: bytes = field(repr=False)
    fields: tuple[Field, ...] = field(default=(), repr=False)
    answer: Answer | None = None


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
class Held:
    """A received message with all that a disclosure of it needs."""

    opened: Opened
    raw: bytes
    proof: LogProof | None

    def rows(self, part: str) -> tuple[Row, ...]:
        """Return the rows of a part; none where it is not open here."""
        return {BODY: self.opened.body, IDENTITY: self.opened.identity or ()}.get(part, ())


class Disclosing:
    """Makes disclosures of received messages."""

    def __init__(self, here: Here, store: Store, judge: DisclosureJudge) -> None:
        self._here = here
        self._store = store
        self._judge = judge

    async def propose(self, wanted: Wanted) -> Outcome:
        """Return the disclosure as it would be, or why it may not be made. Nothing is written down."""
        held = await self._store.database.read(lambda connection: load_held(self._store, connection, wanted.message))
        if isinstance(held, NotHere):
            return held
        rows = held.rows(wanted.part)
        paths = [row.path for row in rows]
        chosen = choose_rows(wanted, rows)
        if isinstance(chosen, InputFault):
            return chosen
        core = held.opened.core
        showing = Showing(
            message=wanted.message,
            core=core,
            part=wanted.part,
            fields=tuple((row.path, row.value) for row in rows if row.path != PATH),
            shown=frozenset(paths) if wanted.carried else chosen,
            recipient=wanted.recipient,
            purpose=wanted.purpose or core.purpose,
        )
        answer = await self._judge.ask(showing)
        if isinstance(answer.verdict, Refused):
            return answer.verdict
        source = Source(parse_signed(held.raw, MAX_SIGNED), wanted.part, rows)
        made = await asyncio.to_thread(disclose, source, chosen, held.proof, wanted.carried)
        withheld = tuple(path for path in paths if path not in chosen)
        raw = encode_disclosure(made)
        return Proposal(core, made, withheld, showing.purpose, raw, showing.fields, answer)

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

    def _note(self, connection: Connection, wanted: Wanted, found: Proposal) -> None:
        note_shown(connection, wanted.recipient, found, self._here.clock())
        self._store.journal.note(connection, shown_act("disclose", wanted.recipient, found))


def load_held(store: Store, connection: Connection, message: MessageId) -> Held | NotHere:
    """Return a received message with what a proof of its rows needs."""
    row = inbox.find(connection, message)
    content = None if row is None or row.state not in READABLE else store.vault.get(connection, row.item)
    raw = inbox.proof_bytes(connection, message)
    if content is None or raw is None:
        return NotHere(sent=outbox.find(connection, message) is not None)
    return Held(parse_opened(content), raw, _log_proof(connection, message))


def choose_rows(wanted: Wanted, rows: tuple[Row, ...]) -> frozenset[str] | InputFault:
    """Return the paths of the rows that are wanted, at least one; a fault names what fits nothing."""
    chosen, missing = choose([row.path for row in rows], wanted.rows, wanted.patterns)
    if not rows:
        return InputFault("/part", "NO_SUCH_PART", f"The message has no {wanted.part} that is open here.")
    if missing:
        return InputFault("/rows", "NO_SUCH_ROW", f"No row of the message fits: {', '.join(missing)}.")
    if not chosen:
        return InputFault("/rows", "MISSING", "Choose at least one row to show.")
    return chosen | choose([row.path for row in rows], (), wanted.always)[0]


def note_shown(connection: Connection, recipient: NodeId, found: Proposal, at: int) -> None:
    """Write down what is handed out, to whom and why; it counts as shown with the commit."""
    connection.execute(
        insert(disclosure).values(
            message=found.disclosure.message,
            part=found.disclosure.part,
            recipient=recipient,
            purpose=found.purpose,
            revealed=len(found.disclosure.slots) - found.disclosure.withheld,
            withheld=found.disclosure.withheld,
            digest=hashlib.sha256(found.raw).digest(),
            at=at,
        )
    )


def shown_act(deed: str, recipient: NodeId, found: Proposal) -> Act:
    """Return what is written down in the processing log of rows that are handed out."""
    shown, answer = found.disclosure, found.answer
    decision = answer.verdict if answer is not None and isinstance(answer.verdict, Decision) else None
    return replace(
        act_on(Operation.DISCLOSURE, deed, shown.message, found.core, decision),
        recipients=(recipient,),
        purpose=found.purpose,
        digest=hashlib.sha256(found.raw).digest(),
        count=len(shown.slots) - shown.withheld,
    )


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
