"""What an auditor sees of messages: headers, decisions, evidence and the way to the root of the log, never content."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, select

from nodes.casework.proof_tree import Path, path_of
from nodes.casework.seal_check import SealCheck, check_seal
from nodes.gateway import evidences, inbox, outbox
from nodes.gateway.alarms import Alarm, alarms
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.evidences import ACCEPTANCE, HUB
from nodes.gateway.here import Here
from nodes.gateway.inbox import InRow
from nodes.gateway.outbox import OutRow, Sent
from nodes.gateway.promise_book import Owing, owing
from nodes.gateway.replica import Replica
from nodes.gateway.stores import Store
from nodes.gateway.windows import Window
from nodes.schema import inbox as received
from nodes.schema import log_head
from nodes.schema import outbox as sent
from protocol.api import MESSAGE_LOG
from protocol.cbor import decode
from protocol.core import Core
from protocol.cose import parse as parse_signed
from protocol.decision import Decision, Verdict, parse_decision
from protocol.envelope import parse_manifest
from protocol.errors import Fault
from protocol.evidence import parse_inclusion
from protocol.ids import MessageId
from protocol.limits import MAX_CHECKPOINT, MAX_SIGNED, MAX_STATEMENT
from protocol.shapes import as_map

COUNTED: Final = 1_000  # messages of each box whose decisions are counted, the newest ones


@dataclass(frozen=True, slots=True)
class Times:
    """How often a rule spoke, and what it said."""

    rule: str
    article: str
    verdict: Verdict
    times: int


@dataclass(frozen=True, slots=True)
class HubLog:
    """The newest head of the hub's message log that this node verified: its size, root, and when it was seen."""

    size: int
    root: bytes
    seen_at: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Where the message log stands, and what was raised as an alarm."""

    log: HubLog | None
    alarms: Sequence[Alarm]


@dataclass(frozen=True, slots=True)
class Traces:
    """All that proves one message. ``path`` is None without a proof of inclusion that can be read."""

    row: InRow | OutRow
    core: Core | None
    people: Sequence[Sent]
    seal: SealCheck
    path: Path | None
    decision: Decision | None
    owed: Owing | None = None


class ProofBook:
    """Looks at what proves the messages of one node."""

    def __init__(self, here: Here, store: Store, replica: Replica) -> None:
        self._here = here
        self._store = store
        self._replica = replica

    async def overview(self) -> Overview:
        """Return the state of the message log, and the alarms."""

        def load(connection: Connection) -> Overview:
            row = connection.execute(select(log_head).where(log_head.c.log == MESSAGE_LOG)).one_or_none()
            head = None if row is None else HubLog(row.size, row.root, row.seen_at)
            return Overview(head, alarms(connection))

        return await self._store.database.read(load)

    async def decisions(self) -> Sequence[Times]:
        """Return which rules spoke about the newest messages, and how often, the most frequent first."""
        found = await self._store.database.read(_decisions)
        return await asyncio.to_thread(_counted, found)

    async def messages(self, limit: int, prefix: str | None = None) -> Sequence[InRow | OutRow]:
        """Return the newest messages of both boxes; only those whose id begins with ``prefix`` (hex) where given."""

        def load(connection: Connection) -> Sequence[InRow | OutRow]:
            window = Window(limit, None, prefix)
            rows: list[InRow | OutRow] = [each for each in inbox.listing(connection, window).rows if each.message]
            rows += outbox.listing(connection, window).rows
            return sorted(rows, key=_at, reverse=True)[:limit]

        return await self._store.database.read(load)

    async def of(self, message: MessageId) -> Traces | None:
        """Return what proves a message, verified now from the stored bytes; None for an id that is not here.

        That somebody looked is written down first.
        """

        def work(connection: Connection) -> "_Stored | None":
            row = inbox.find(connection, message) or outbox.find(connection, message)
            if row is None:
                return None
            act = Act(operation=Operation.CONSULTATION, deed="show-header", objects=(message,))
            self._store.journal.note(connection, act)
            coming = isinstance(row, InRow)
            raw = inbox.proof_bytes(connection, message) if coming else outbox.signed_bytes(connection, message)
            people = () if coming else outbox.addressees(connection, message)
            owed = owing(connection, message, self._here.clock())
            return _Stored(row, raw, people, evidences.proofs(connection, message), owed)

        found = await self._store.database.write(work)
        return None if found is None else await asyncio.to_thread(self._traces, message, found)

    def _traces(self, message: MessageId, found: "_Stored") -> Traces:
        seal = check_seal(message, found.raw, found.proofs, self._replica.directory)
        decision = found.row.decision
        if isinstance(found.row, OutRow) and found.row.refusal is not None:
            decision = found.row.refusal
        if found.owed is not None:
            seal = replace(seal, standing=found.owed.standing)
        return Traces(found.row, _core(found.raw), found.people, seal, _path(found.proofs), decision, found.owed)


@dataclass(frozen=True, slots=True)
class _Stored:
    row: InRow | OutRow
    raw: bytes | None
    people: Sequence[Sent]
    proofs: Sequence[evidences.Proof]
    owed: Owing | None


def _at(row: InRow | OutRow) -> int:
    return row.logged_at if isinstance(row, InRow) else row.created_at


def _core(raw: bytes | None) -> Core | None:
    try:
        return None if raw is None else parse_manifest(parse_signed(raw, MAX_SIGNED).payload).core
    except Fault:
        return None


def _path(proofs: Sequence[evidences.Proof]) -> Path | None:
    """Return the way to the root, from the hub's acceptance."""
    found = next((each for each in proofs if (each.issuer, each.event) == (HUB, ACCEPTANCE)), None)
    if found is None:
        return None
    try:
        fields = as_map(decode(found.proof, MAX_CHECKPOINT + MAX_STATEMENT), "acceptance", (1, 2, 3))
        return path_of(parse_inclusion(fields[2]))
    except Fault:
        return None


def _decisions(connection: Connection) -> Counter[bytes]:
    """Return how often each decision stands at the newest messages of both boxes; many of them are the same bytes."""
    queries = (
        select(received.c.decision).order_by(received.c.id.desc()).limit(COUNTED),
        select(sent.c.decision, sent.c.refusal).order_by(sent.c.number.desc()).limit(COUNTED),
    )
    return Counter(raw for query in queries for row in connection.execute(query) for raw in row if raw is not None)


def _counted(decisions: Counter[bytes]) -> Sequence[Times]:
    counted: Counter[tuple[str, str, Verdict]] = Counter()
    for raw, times in decisions.items():
        rules = {(each.rule, each.article, each.verdict) for each in parse_decision(raw).findings}
        counted.update(dict.fromkeys(rules, times))
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return [Times(rule, article, verdict, times) for (rule, article, verdict), times in ordered]
