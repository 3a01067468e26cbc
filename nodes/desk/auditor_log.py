"""The log explorer: every leaf of the network's log that this contact point knows, by time, step and party.

Each row leads to its proof, drawn as a picture. Nothing here opens a message.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from nodes.casework.leaf_list import Asked, LeafBook
from nodes.desk.code_words import CodeWords
from nodes.desk.log import names_in
from nodes.desk.log_query import Wrong, whole_day
from nodes.desk.moments import LocalTime
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.evidences import ACCEPTANCE, HUB, UNSERVED
from nodes.people.roles import Permission
from policies.clocks.zones import DAY
from protocol.evidence import Event
from protocol.voids import VOID_EVENT

SHOWN: Final = 50
FILTERS: Final = ("step", "party", "since", "until")
STEPS: Final = {
    ACCEPTANCE: sentence("Accepted and written into the log"),
    int(Event.CONTENT_HANDOVER): sentence("Handed over"),
    int(Event.CONTENT_ACCESS_TRACKING): sentence("Opened by a person"),
    int(Event.CONTENT_HANDOVER_FAILURE): sentence("Could not be opened"),
    int(Event.CONSIGNMENT_REJECTION): sentence("Sent back"),
    VOID_EVENT: sentence("Number declared unused"),
    UNSERVED: sentence("Never fetched before it ran out"),
}
_PARTY: Final = re.compile(r"[a-z0-9.-]{2,64}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked, as typed and as understood; ``asked`` is None when something cannot be read."""

    typed: Mapping[str, str]
    asked: Asked | None
    wrong: tuple[Wrong, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether less than everything is asked for."""
        return any(self.typed.values())

    def address(self, skip: int) -> str:
        """Return the query of an address that asks the same, further back."""
        values = {**self.typed, "skip": str(skip) if skip else ""}
        return urlencode({name: value for name, value in values.items() if value})


def read_query(given: Mapping[str, str], local: LocalTime) -> Query:
    """Return what an address or a form asks; dates are whole days by the legal time here."""
    typed = {name: given.get(name, "").strip() for name in FILTERS}
    wrong: list[Wrong] = []
    since, until = (whole_day(typed[name], name, local, wrong) for name in ("since", "until"))
    if typed["party"] and _PARTY.fullmatch(typed["party"]) is None:
        wrong.append(Wrong("party", sentence("This is no participant."), sentence("Choose one from the list.")))
    if wrong:
        return Query(typed, None, tuple(wrong))
    step = next((each for each in STEPS if str(each) == typed["step"]), None)
    skip = given.get("skip", "")
    asked = Asked(
        limit=SHOWN,
        skip=int(skip) if _NUMBER.fullmatch(skip) else 0,
        event=step,
        party=typed["party"] or None,
        since=since,
        until=None if until is None else until + DAY,
    )
    return Query(typed, asked)


async def explore(visit: Visit) -> web.StreamResponse:
    """Show the leaves that fit, the newest first."""
    query = read_query(visit.request.query, visit.desk.local())
    replica = visit.gateway.network.replica
    book = LeafBook(visit.gateway.store, visit.gateway.here.node)
    page = None if query.asked is None else await book.listed(query.asked)
    overview = await visit.desk.proofs.overview()
    more = page is not None and page.more and query.asked is not None
    others = (each for each in replica.directory.participants() if each.node != visit.gateway.here.node)
    parties = {each.node: each.label for each in others}
    return visit.page(
        "proofs_log.html",
        status=200 if query.asked is not None else 422,
        query=query,
        rows=() if page is None else page.rows,
        older=query.address(query.asked.skip + SHOWN) if more and query.asked is not None else None,
        known=await book.count(),
        log=overview.log,
        steps=STEPS,
        parties=sorted(parties.items(), key=lambda each: each[1]),
        hub=HUB,
        code=CodeWords(visit),
        names_of=names_in(visit),
    )


PAGES: Final = (Page("GET", "/proofs/log", Permission.SEE_LOG, explore),)
