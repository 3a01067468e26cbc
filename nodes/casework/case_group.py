"""Who belongs to the group of a closed case, and which new cases are closed with it; all the SQL of it.

Whatever asks about a message, corrects it or passes it on says something of what that message says. So the new case
follows the closed one, as long as nobody here has acted on it; from then on people decide who may know of it.

A broken glass opens a case for a time. What somebody does to the case meanwhile makes nobody one of its group.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, select

from nodes.case_event_tables import case_file, case_message, case_person
from nodes.case_tables import correction
from nodes.casework.case_lines import Line
from nodes.casework.case_list import scope_of, visible
from nodes.casework.case_view import Entry, View
from nodes.casework.machine_parts import TAKE
from nodes.gateway.contents import parse_fields
from nodes.gateway.inbox import READABLE
from nodes.gateway.vault import Vault
from nodes.people.acting import Acting, PersonId
from nodes.people.glass import OPEN_S
from nodes.people_tables import glass_event
from nodes.schema import disclosure, inbox, outbox
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import flatten
from protocol.cbor import Item
from protocol.errors import Malformed
from protocol.ids import MessageId, parse_hex_digest

_NAMING: Final = ("MT-11", "MT-19")  # questions for consent, and records of what went another way
_CORRECTION: Final = "MT-12"
_NEWS: Final = "MT-05"
_NAMED: Final = re.compile(r"/(items|related)/[0-9]+/message_id")
_FILE: Final = re.compile(r"/attachments/[0-9]+/sha256")


def group_of(connection: Connection, vault: Vault, line: Line) -> frozenset[PersonId] | None:
    """Return who takes part in the closed cases from which a case came; None where none of those is closed."""
    closed = _closed_among(connection, line, _about(connection, vault, line))
    if not closed:
        return None
    query = select(case_person.c.person).where(case_person.c.case.in_(sorted(closed)))
    return frozenset(PersonId(row.person) for row in connection.execute(query))


def named_in(document: Mapping[str, JSON]) -> tuple[MessageId, ...]:
    """Return the messages that a document names as those it is about, in their order."""
    named = [_digest(value) for path, value in flatten(dict(document)) if _NAMED.fullmatch(path)]
    return tuple(MessageId(each) for each in named if each is not None)


def only_through_glass(connection: Connection, case: int, view: View) -> frozenset[PersonId]:
    """Return who takes part in a case by nothing but what he did to it while he saw it through broken glass."""
    glass = glass_event.c
    identifier = connection.execute(select(case_file.c.id).where(case_file.c.number == case)).scalar_one()
    query = select(glass.actor, glass.at).where(glass.subject == identifier.hex(), glass.ground.is_not(None))
    openings = [(PersonId(row.actor), row.at) for row in connection.execute(query)]
    entries = [each.entry for each in view.steps]
    named = {each.to for each in entries}
    own = {each.who for each in entries if each.name == TAKE or not _within(openings, each)}
    return frozenset(person for person, _ in openings) - named - own


def _within(openings: Sequence[tuple[PersonId, int]], entry: Entry) -> bool:
    return any(who == entry.who and at <= entry.noted_at < at + OPEN_S for who, at in openings)


def is_seen_through_glass(connection: Connection, case: int, acting: Acting, now: int) -> bool:
    """Tell whether somebody who may not know of a case by himself broke its glass, and the time of that is not over."""
    row = connection.execute(select(case_file.c.id).where(case_file.c.number == case)).one()
    anyway = select(case_file.c.id).where(case_file.c.number == case, visible(scope_of(acting)))
    if connection.execute(anyway).first() is not None:
        return False
    glass = glass_event.c
    mine = select(glass.number).where(glass.subject == row.id.hex(), glass.actor == acting.person)
    found = mine.where(glass.ground.is_not(None), glass.at > now - OPEN_S)
    return connection.execute(found.limit(1)).first() is not None


def _closed_among(connection: Connection, line: Line, messages: frozenset[MessageId]) -> frozenset[int]:
    """Return the closed ones of the case above and of the cases of some messages."""
    above = select(case_file.c.parent).where(case_file.c.number == line.number).scalar_subquery()
    closed = [select(case_file.c.number).where(case_file.c.id == above, case_file.c.limited)]
    if messages:
        joined = case_message.join(case_file, case_file.c.number == case_message.c.case)
        named = select(case_file.c.number).select_from(joined).where(case_message.c.message.in_(sorted(messages)))
        closed.append(named.where(case_file.c.limited, case_file.c.number != line.number))
    return frozenset(row.number for query in closed for row in connection.execute(query))


def _about(connection: Connection, vault: Vault, line: Line) -> frozenset[MessageId]:
    """Return the messages about which the first message of a case is, as far as it may be read here."""
    if line.message is None:
        return frozenset()
    if line.family == _CORRECTION:
        noted = select(correction.c.about).where(correction.c.notice == line.message)
        return frozenset(MessageId(row.about) for row in connection.execute(noted))
    if line.family in _NAMING:
        return frozenset(MessageId(each) for each in _digests(connection, vault, line.message, _NAMED))
    if line.family == _NEWS and line.mine:
        files = _digests(connection, vault, line.message, _FILE)
        shown = select(disclosure.c.message).where(disclosure.c.digest.in_(files))
        return frozenset(MessageId(row.message) for row in connection.execute(shown)) if files else frozenset()
    return frozenset()


def _digests(connection: Connection, vault: Vault, message: MessageId, path: re.Pattern[str]) -> list[bytes]:
    """Return the digests at some paths of a message; none of one that rules hold back, or that is erased."""
    readable = [each.value for each in READABLE]
    came = select(inbox.c.item).where(inbox.c.message == message, inbox.c.state.in_(readable))
    left = select(outbox.c.item).where(outbox.c.message == message)
    content = vault.get(connection, connection.execute(came.union_all(left)).scalar())
    fields = [] if content is None else parse_fields(content, lambda each: path.fullmatch(each) is not None)
    return [found for _, value in fields if (found := _digest(value)) is not None]


def _digest(value: Item) -> bytes | None:
    try:
        return parse_hex_digest(value) if isinstance(value, str) else None
    except Malformed:
        return None  # a person let the message pass; this names nothing
