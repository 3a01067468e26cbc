"""Acknowledges many requests at once: each gets its own receipt with its own due time, under the ordinary rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from nodes.casework.case_acts import NOT_NOW, Denied
from nodes.casework.case_book import CaseBook, CaseFile
from nodes.casework.clock_cases import Awaited
from nodes.gateway.gateway import Gateway
from nodes.gateway.send import Faulty, Options, Queued, Stopped
from nodes.gateway.wishes import Wish, parse_wish
from nodes.people.acting import Acting
from protocol.catalogue.documents import JSON

_TYPE: Final = "MT-02/1"
_NAME: Final = "acknowledge"
_NOTHING_DUE: Final = "none"
_UNIT: Final = "Contact point"
_LONGEST: Final = 100
UNKNOWN: Final = Denied("NOT_FOUND", "This case is not here any more.", "Look at the list again")
REFUSED: Final = Denied(
    "NOT_SENT", "The receipt was not sent: a rule refused it, or it could not be read.", "Write it from the case"
)


@dataclass(frozen=True, slots=True)
class Receipted:
    """What came of one receipt; ``denied`` is None where it is on its way."""

    case: bytes
    reference: str
    denied: Denied | None


class Receipts:
    """Sends receipts."""

    def __init__(self, gateway: Gateway, cases: CaseBook) -> None:
        self._gateway = gateway
        self._cases = cases

    async def acknowledge(self, acting: Acting, cases: Sequence[bytes], unit: str) -> tuple[Receipted, ...]:
        """Return what came of a receipt for each of the cases; one that fails stops no other."""
        return tuple([await self._one(acting, each, unit.strip()[:_LONGEST] or _UNIT) for each in cases])

    async def _one(self, acting: Acting, case: bytes, unit: str) -> Receipted:
        found = await self._cases.show(acting, case)
        if found is None:
            return Receipted(case, "", UNKNOWN)
        reference = found.line.reference or ""
        offer = next((each for each in found.offers if each.transition.name == _NAME), None)
        if offer is None:
            return Receipted(case, reference, NOT_NOW)
        if offer.denied is not None:
            return Receipted(case, reference, offer.denied)
        result = await self._send(found, unit)
        if result is None:
            await self._cases.show(acting, case)
        return Receipted(case, reference, result)

    async def _send(self, found: CaseFile, unit: str) -> Denied | None:
        wish = parse_wish(_receipt(found, self._gateway.here.clock(), unit))
        if not isinstance(wish, Wish):
            return REFUSED
        result = await self._gateway.sending.send(wish, Options())
        if isinstance(result, Queued):
            return None
        if isinstance(result, Stopped | Faulty):
            return REFUSED
        raise TypeError(result)


def _receipt(found: CaseFile, now: int, unit: str) -> dict[str, JSON]:
    """Return the receipt of a case as a request; everything in it is known."""
    start = found.messages[0]
    clock = next((each.clock for each in found.clocks if each.awaited is Awaited.ANSWER), None)
    document: dict[str, JSON] = {"received_at": _instant(start.at), "handler_unit": unit, "due_class": _NOTHING_DUE}
    if clock is not None:
        document |= {"due_class": clock.due_class.value, "due_at": _instant(clock.due(now))}
    return {"type": _TYPE, "to": [start.sender], "in_reply_to": start.message.hex(), "document": document}


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
