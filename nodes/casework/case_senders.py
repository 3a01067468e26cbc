"""Whoever sends the first message of a case here is responsible for it, until somebody else takes or is given it."""

from typing import Final

from sqlalchemy import Connection

from nodes.casework.case_entries import put_entry
from nodes.casework.case_lines import find_line
from nodes.casework.case_sync import CaseSync
from nodes.casework.case_view import Entry, View, follow
from nodes.casework.machine_parts import ASSIGN, HAND, TAKE
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.gateway import Gateway
from nodes.people.acting import PersonId
from protocol.ids import MessageId

_CHOSEN: Final = frozenset({TAKE, ASSIGN, HAND})


class Senders:
    """Gives the cases of one node to whoever began them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._sync = CaseSync(gateway)

    async def entrust(self, message: MessageId, who: PersonId) -> None:
        """Return when the case that a sent message began is its sender's.

        Nothing changes where the message began no case, where somebody was chosen for it, and where the case is closed
        to a group of which the sender is none.
        """
        await self._gateway.store.database.write(lambda connection: self._entrust(connection, message, who))

    def _entrust(self, connection: Connection, message: MessageId, who: PersonId) -> None:
        number = self._sync.place(connection, message)
        line = None if number is None else find_line(connection, number)
        now = None if line is None or line.message != message else self._sync.look(connection, line.number)
        if now is None or not _is_free(now.view, who):
            return
        at, store = self._gateway.here.clock(), self._gateway.store
        entry = Entry(number=now.view.last + 1, at=at, noted_at=at, name=TAKE, who=who)
        put_entry(connection, now.number, entry)
        self._sync.settle(connection, now, follow(now.view, entry))
        store.journal.note(connection, Act(operation=Operation.ALTERATION, deed=f"case-{TAKE}", objects=(message,)))


def _is_free(view: View, who: PersonId) -> bool:
    """Tell whether nobody was ever chosen for a case and this person may have it."""
    chosen = view.assignee is not None or any(each.entry.name in _CHOSEN for each in view.steps)
    taking = view.machine.transition(TAKE)
    open_ = taking is not None and view.state in taking.before
    return open_ and not chosen and (not view.limited or view.knows(who))
