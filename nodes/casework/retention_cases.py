"""Erases a whole case: its messages with all that came of them, and what people wrote about it."""

from sqlalchemy import Connection

from nodes.casework.case_entries import messages_of
from nodes.casework.retention import Ground
from nodes.casework.retention_store import erase_words
from nodes.gateway.erasing import Erasing
from nodes.gateway.retaining import held_among


def erase_case(connection: Connection, erasing: Erasing, case: tuple[int, bytes], now: int) -> int:
    """Return how many items were erased because a review found that a case is needed no more.

    ``case`` is its number and its id. Holds are for the caller to heed. Runs in the caller's transaction; the keys end
    with the next sweep.
    """
    number, identifier = case
    erased = erasing.erase(connection, messages_of(connection, number), Ground.NOT_NEEDED.value)
    words = erase_words(connection, number, now)
    erasing.note(connection, [identifier], Ground.NOT_NEEDED.value, words)
    return erased + words


def is_held(connection: Connection, case: int, now: int) -> bool:
    """Tell whether a legal hold stands on a case, or on one of its messages."""
    return bool(held_among(connection, messages_of(connection, case), now))
