"""Writes down who came in, who tried to, and whose rights changed: the security record beside the processing log.

It stands in the same chain, so that it is anchored and kept like everything else, under an operation of its own. Ids
and codes only; what somebody typed to get in is never written down.
"""

from typing import Final

from sqlalchemy import Connection

from nodes.gateway.deeds import SOMEBODY, Act, Doer, Door, Operation
from nodes.gateway.journal import acting_as
from nodes.gateway.stores import Store
from nodes.people.account_store import put_event
from nodes.people.acting import PersonId, raw_id
from nodes.people.person import Kind, PersonEvent

SIGN_IN: Final = "sign-in"
SIGN_OUT: Final = "sign-out"
FAILED: Final = "sign-in-failed"
ACCOUNT: Final = "account-"
"""Stands before the kind of an event of an account."""


def note_session(connection: Connection, store: Store, deed: str, person: PersonId) -> None:
    """Write down that a session of a person began or ended."""
    with acting_as(Doer(person, Door.DESK, "automatic")):
        _note(connection, store, deed, person)


def note_failure(connection: Connection, store: Store, person: PersonId | None) -> None:
    """Write down that somebody tried to sign in and was not let in, and as whom where such an account is known."""
    with acting_as(SOMEBODY):
        _note(connection, store, FAILED, person)


def enter_event(connection: Connection, store: Store, event: PersonEvent) -> int:
    """Append an event of an account, write it down, and return its number."""
    if event.kind is not Kind.LANGUAGE:  # in which language pages speak is nobody's right
        _note(connection, store, f"{ACCOUNT}{event.kind.value}", event.person)
    return put_event(connection, store.vault, event)


def _note(connection: Connection, store: Store, deed: str, person: PersonId | None) -> None:
    raw = None if person is None else raw_id(person)
    act = Act(operation=Operation.SECURITY, deed=deed, objects=() if raw is None else (raw,))
    store.journal.note(connection, act)
