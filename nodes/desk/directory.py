"""The directory: who can be reached, by country and function, on which channels and under which agreements."""

import re
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from nodes.casework.contact_entries import ENTRY, ContactEntry, entries_of
from nodes.casework.directory_view import Wish, card_of, countries_of
from nodes.casework.message_view import Part, Words, parts_of
from nodes.desk.code_words import CodeWords
from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.people.roles import Permission
from protocol.catalogue.agreements import AgreementWords, Line
from protocol.cose import identity_kid
from protocol.errors import Malformed
from protocol.ids import CHANNELS, parse_node_id
from protocol.records import Agreement, Kind

_LONGEST: Final = 80
_FOUR: Final = re.compile("....")


async def index(visit: Visit) -> web.StreamResponse:
    """Show every participant that fits, by country, contact points first."""
    query = visit.request.query
    wish = Wish(query.get("q", "")[:_LONGEST].strip(), query.get("kind", ""), query.get("channel", ""))
    replica, now = visit.gateway.network.replica, visit.desk.now()
    found = countries_of(replica.directory, visit.gateway.here.node, now, wish)
    return visit.page(
        "directory.html",
        countries=found,
        wish=wish,
        kinds=[each.value for each in Kind],
        channels=[each for each in CHANNELS if any(each in one.channels for one in replica.directory.participants())],
        code=CodeWords(visit),
        size=replica.directory.size,
        synced_at=replica.synced_at,
        notes=[each.code for each in found],
    )


async def one(visit: Visit) -> web.StreamResponse:
    """Show one participant with all that binds it to this contact point, on a page that prints as a card."""
    try:
        node = parse_node_id(visit.request.match_info["node"])
    except Malformed:
        return visit.missing()
    replica, now = visit.gateway.network.replica, visit.desk.now()
    who = replica.directory.participant(node, now)
    if who is None:
        return visit.missing()
    card = card_of(replica.directory, who, visit.gateway.here.node, now)
    entries = [] if card.me else await entries_of(visit.gateway.store, who.node)
    return visit.page(
        "directory_card.html",
        entries=[(each, _parts(visit, each)) for each in entries],
        card=card,
        agreements=[(each, _lines(visit, each)) for each in card.agreements],
        fingerprint=_FOUR.findall(identity_kid(who.identity).hex()),
        code=CodeWords(visit),
        size=replica.directory.size,
        synced_at=replica.synced_at,
        notes=[who.country],
    )


def _parts(visit: Visit, entry: ContactEntry) -> Sequence[Part]:
    """Return what an entry says, in words."""
    bundle = visit.gateway.network.replica.bundle
    if bundle is None or ENTRY not in bundle.catalogue.types:
        return ()
    return parts_of(bundle.catalogue.type(ENTRY), entry.document, Words(bundle.catalogue, visit.language))


def _lines(visit: Visit, agreement: Agreement) -> tuple[Line, ...]:
    replica = visit.gateway.network.replica
    if replica.bundle is None:
        return ()
    words = AgreementWords(replica.bundle.catalogue, replica.directory.participant, visit.language)
    return words.lines(agreement)


PAGES: Final = (
    Page("GET", "/directory", Permission.SEE_DIRECTORY, index),
    Page("GET", "/directory/{node}", Permission.SEE_DIRECTORY, one),
)
