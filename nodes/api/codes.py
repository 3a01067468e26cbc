"""The table of stable codes of the API: those of the wire, and those that only a node answers, each in a sentence."""

from collections.abc import Iterator
from types import ModuleType
from typing import Final

from nodes.casework import alert_round, breach_book, correction_book, legal_hold
from nodes.people import refusals
from nodes.people.refusals import NotDone
from protocol.meanings import MEANINGS

OWN: Final = {
    "UNAUTHORISED": "The request carries no valid token of this node.",
    "INVALID_REQUEST": "Fields of the request are wrong; `fields` names each with its reason.",
    "IDEMPOTENCY_KEY_REUSED": "The Idempotency-Key was used before for another request.",
    "REQUEST_UNDER_WAY": "The same request is being carried out at this moment; repeat it in `retry_after` seconds.",
    "OUTCOME_UNKNOWN": "An earlier request with this key was interrupted: it may have been carried out or not.",
    "TOO_MANY_TOKENS": "The node has as many tokens in force as it may have.",
    "INFECTED": "A scanner found malware in the file; a supervisor can save it at the desk, for a stated reason.",
    "OWN_MESSAGE": "The node sent the message; only its recipients can prove single rows of it.",
    "REFERENCE_MISTYPED": "A short reference was misheard or mistyped.",
    "DESK_OFF": "The node serves no desk, so it has no accounts.",
    "NOT_APPLIED": "A correction is not carried out yet.",
    "NOT_LOGGED": "The network's log has nothing of it yet, so there is nothing to prove.",
    "NOT_SENT_HERE": "The message to be corrected is not one of this node.",
}
"""Codes that only the API answers."""
_BOOKS: Final = (alert_round, breach_book, correction_book, refusals, legal_hold)


def table_of_codes() -> dict[str, str]:
    """Return every code that the API may answer with its sentence, ascending."""
    found = {code.value: meaning.sentence for code, meaning in MEANINGS.items()}
    for module in _BOOKS:
        found |= {each.code: each.sentence for each in _refusals(module)}
    return dict(sorted((found | OWN).items()))


def _refusals(module: ModuleType) -> Iterator[NotDone]:
    return (each for each in vars(module).values() if isinstance(each, NotDone))
