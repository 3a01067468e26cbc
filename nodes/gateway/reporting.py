"""Makes violation reports: a received message shown to an auditor, with this node's word on what is wrong with it.

No rule of the channel is asked, because a rule must not keep a violation from the network's auditors (protocol decision
7); they alone may be shown it so. What was shown is written down beside other disclosures, before it is handed out.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from nodes.gateway.disclosing import Held, NotHere, Proposal, Wanted, choose_rows, load_held, note_shown, shown_act
from nodes.gateway.here import Here
from nodes.gateway.replica import Replica
from nodes.gateway.stores import Store
from nodes.gateway.wishes import InputFault
from protocol.cose import parse as parse_signed
from protocol.disclosure import Source, disclose
from protocol.ids import NodeId
from protocol.limits import MAX_SIGNED
from protocol.records import Kind
from protocol.report import Report, sign_report

GROUNDS: Final = ("consent", "false-content", "handling", "harm", "legal-basis", "other", "purpose")
"""What may be reported, as codes; a story belongs into a conversation with the auditor."""
PURPOSE: Final = "violation-report"


@dataclass(frozen=True, slots=True)
class Accusation:
    """Which rows of which message show the violation, since when it is known, and on which ground it is one.

    ``wanted.recipient`` is the auditor.
    """

    wanted: Wanted
    ground: str


Outcome = Proposal | InputFault | NotHere


class Reporting:
    """Makes violation reports of received messages."""

    def __init__(self, here: Here, store: Store, replica: Replica) -> None:
        self._here = here
        self._store = store
        self._replica = replica

    async def propose(self, accusation: Accusation) -> Outcome:
        """Return the report as it would be, ``raw`` signed, or why it cannot be made. Nothing is written down."""
        wanted = accusation.wanted
        fault = self._auditor_fault(wanted.recipient)
        if fault is not None:
            return fault
        held = await self._store.database.read(lambda connection: load_held(self._store, connection, wanted.message))
        if isinstance(held, NotHere):
            return held
        chosen = choose_rows(wanted, held.rows(wanted.part))
        if isinstance(chosen, InputFault):
            return chosen
        return await asyncio.to_thread(self._write, accusation, held, chosen)

    async def make(self, accusation: Accusation) -> Outcome:
        """Return the report after it was written down; from then on it counts as shown to the auditor."""
        found = await self.propose(accusation)
        if isinstance(found, Proposal):
            shown, at = found, self._here.clock()
            auditor = accusation.wanted.recipient

            def note(connection: Connection) -> None:
                note_shown(connection, auditor, shown, at)
                self._store.journal.note(connection, shown_act("report", auditor, shown))

            await self._store.database.write(note)
        return found

    def _write(self, accusation: Accusation, held: Held, chosen: frozenset[str]) -> Proposal:
        wanted, here = accusation.wanted, self._here
        rows = held.rows(wanted.part)
        shown = disclose(Source(parse_signed(held.raw, MAX_SIGNED), wanted.part, rows), chosen, held.proof)
        report = Report(reporter=here.node, at=here.clock(), ground=accusation.ground, shown=shown)
        raw = sign_report(report, here.signer, here.network)
        withheld = tuple(row.path for row in rows if row.path not in chosen)
        return Proposal(held.opened.core, shown, withheld, PURPOSE, raw)

    def _auditor_fault(self, node: NodeId) -> InputFault | None:
        auditors = [
            each.node
            for each in self._replica.directory.participants()
            if each.kind is Kind.AUDITOR and not each.revoked
        ]
        if node in auditors:
            return None
        known = ", ".join(auditors) or "none"
        return InputFault("/to", "NOT_AN_AUDITOR", f"{node} is no auditor of this network; auditors are: {known}.")
