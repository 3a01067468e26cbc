"""What messages say of the end of a consent takes effect at once, in the transaction that stores them.

Nothing holds an end up: it counts also where a rule holds its message, because its sender's signatures were verified.
What arrives or is released under a consent that has ended already is locked like what was here before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from nodes.gateway import inbox
from nodes.gateway.consent_store import (
    CONSENT_TYPE,
    Phase,
    current_matrix,
    documents,
    foreign_consents,
    mark_withdrawn,
    story,
)
from nodes.gateway.contents import fields_of, parse_body
from nodes.gateway.locking import Reach, Shelf, lock, unlock
from nodes.gateway.matrices import check_withdrawal, is_whole, read_consent_id, read_matrix, read_version
from nodes.gateway.withdrawal_store import (
    End,
    EndKind,
    NewEnd,
    Result,
    answer_notice,
    drop_end,
    ends_here,
    ends_of,
    find_end,
    held_consents,
    locks_of,
    notices_of,
    put_end,
)
from policies.documents import text_at, value_at
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.charter import DAY
from protocol.errors import Fault
from protocol.ids import MessageId, NodeId, Reference
from protocol.stages import Opened

RECEIPT_DAYS: Final = 3
"""Within this time a party erases or says why it may not, and confirms (the network's own figure)."""
_CATEGORIES: Final = "data_category"


@dataclass(frozen=True, slots=True)
class Ending:
    """Who hears, and where the content stands."""

    node: NodeId
    shelf: Shelf


def hear(connection: Connection, ending: Ending, opened: Opened, at: int) -> None:
    """Let what a stored message says of the end of a consent take effect; other messages meet the ends known here."""
    try:
        document = unflatten(fields_of(opened.body))
        if opened.core.type != CONSENT_TYPE:
            _meet(connection, ending, opened, at)
        elif text_at(document, "/phase") == "withdraw":
            _withdrawn(connection, ending, (opened, document), at)
        elif text_at(document, "/phase") == "done":
            _answered(connection, ending, (opened, document), at)
    except Fault:
        return  # a document that the catalogue lets through and no calendar knows; people still read the message


def expire(connection: Connection, ending: Ending, at: int) -> int:
    """Lock the content that no cell of a running consent of others covers any more; return of how many messages."""
    found = foreign_consents(connection, ending.node)
    return sum(settle_grants(connection, ending, each, at) for each in found)


def lock_again(connection: Connection, ending: Ending, at: int) -> None:
    """Lock what open ends cover and could not be locked when they were heard: what waited in the outbox then."""
    for end in ends_here(connection, done=False):
        if end.kind is EndKind.WITHDRAWN:
            _lock_under(connection, ending, end, at)


def settle_grants(connection: Connection, ending: Ending, identifier: Reference, at: int) -> int:
    """Make what may be read here follow the newest version of a consent; return of how many messages some was locked.

    A renewal gives whole messages back that were locked because the version before it had expired.
    """
    vault = ending.shelf.store.vault
    matrix = current_matrix(connection, vault, identifier)
    if matrix is None or matrix.withdrawn_at is not None or not _granted_ever(connection, ending, identifier):
        return 0
    alive = _alive(connection, ending, identifier, at)
    if alive:
        _give_back(connection, ending, identifier, matrix.version)
    number = put_end(
        connection,
        NewEnd(
            consent=identifier,
            version=matrix.version,
            holder=story(connection, identifier)[0].holder,
            kind=EndKind.EXPIRED,
            whole=not alive,
            at=at,
            due_at=at + RECEIPT_DAYS * DAY,
        ),
    )
    if number is None:
        return 0
    locked = lock(connection, ending.shelf, Reach(number=number, consent=identifier, kept=alive or None))
    if not locked:
        drop_end(connection, number)
    return locked


def _give_back(connection: Connection, ending: Ending, identifier: Reference, version: int) -> None:
    """Let whole messages be read again that were locked because a version before ``version`` had expired."""
    for end in ends_of(connection, identifier):
        if end.kind is not EndKind.EXPIRED or end.done_at is not None or end.version >= version:
            continue
        unlock(connection, ending.shelf.store, locks_of(connection, end.number))
        if not locks_of(connection, end.number):
            drop_end(connection, end.number)


def _withdrawn(connection: Connection, ending: Ending, heard: tuple[Opened, dict[str, JSON]], at: int) -> None:
    opened, document = heard
    identifier, holder = read_consent_id(document), opened.core.sender
    check_withdrawal(document)
    if any(row.holder != holder for row in story(connection, identifier)):
        return  # only who recorded a consent tells of its end; what another says is left to the people who read it
    row = inbox.find(connection, opened.id)
    number = put_end(
        connection,
        NewEnd(
            consent=identifier,
            version=read_version(document),
            holder=holder,
            kind=EndKind.WITHDRAWN,
            whole=is_whole(document),
            at=at,
            message=opened.id,
            item=None if row is None else row.item,
            due_at=at + RECEIPT_DAYS * DAY,
        ),
    )
    end = None if number is None else find_end(connection, number)
    if end is None:
        return
    if end.whole:
        mark_withdrawn(connection, identifier, at)
    _lock_under(connection, ending, end, at)


def _lock_under(connection: Connection, ending: Ending, end: End, at: int, message: MessageId | None = None) -> None:
    known = bool(story(connection, end.consent))
    kept: frozenset[str] | None = None
    if end.kind is EndKind.EXPIRED or (known and not end.whole):
        kept = _alive(connection, ending, end.consent, at) or None
    elif not end.whole:
        left = _left_unlisted(connection, ending, end)
        if left is None:
            return
        kept = left or None
    reach = Reach(
        number=end.number,
        consent=end.consent,
        kept=kept,
        sender=None if known else end.holder,
        message=message,
    )
    lock(connection, ending.shelf, reach)


def _alive(connection: Connection, ending: Ending, identifier: Reference, at: int) -> frozenset[str]:
    """Return the categories that this node may still read, or relay where nothing was ever granted to itself."""
    matrix = current_matrix(connection, ending.shelf.store.vault, identifier)
    if matrix is None or matrix.withdrawn_at is not None or at >= matrix.expires_at:
        return frozenset()
    relays = not _granted_ever(connection, ending, identifier)
    return frozenset(
        each.category for each in matrix.grants if at < each.until and (relays or each.recipient == ending.node)
    )


def _granted_ever(connection: Connection, ending: Ending, identifier: Reference) -> bool:
    return any(
        grant.recipient == ending.node
        for row, body in documents(connection, ending.shelf.store.vault, identifier)
        if row.phase is not Phase.WITHDRAW
        for grant in read_matrix(body).grants
    )


def _left_unlisted(connection: Connection, ending: Ending, end: End) -> frozenset[str] | None:
    """Return what a withdrawal of a part leaves where its consent is not known; None where it is about others.

    A withdrawal that lists no categories leaves nothing: which data served the purposes it lists is not known here.
    """
    content = ending.shelf.store.vault.get(connection, end.item)
    document = {} if content is None else unflatten(parse_body(content))
    recipients, listed = (value_at(document, f"/withdrawal/{name}") for name in ("recipients", "categories"))
    if isinstance(recipients, list) and ending.node not in recipients:
        return None
    catalogue = ending.shelf.catalogue()
    if catalogue is None or not isinstance(listed, list):
        return frozenset()
    return frozenset(catalogue.code_lists[_CATEGORIES].entries) - frozenset(map(str, listed))


def _answered(connection: Connection, ending: Ending, heard: tuple[Opened, dict[str, JSON]], at: int) -> None:
    opened, document = heard
    identifier, version = read_consent_id(document), read_version(document)
    items = value_at(document, "/receipt/items")
    result = {each.value: each for each in Result}.get(text_at(document, "/receipt/result"))
    if result is None or not isinstance(items, int):
        return
    answer = (result, items, opened.id)
    own = (end for end in ends_of(connection, identifier) if end.holder == ending.node and end.version == version)
    for notice in (each for end in own for each in notices_of(connection, end.number)):
        if notice.node == opened.core.sender and notice.done_at is None:
            answer_notice(connection, notice, answer, at)
            return


def _meet(connection: Connection, ending: Ending, opened: Opened, at: int) -> None:
    """Lock a message that names a consent which has ended. What was carried out already begins anew for it."""
    named = {value for _, value in fields_of(opened.body) if isinstance(value, str)}
    for end in _ends_named(connection, named):
        running = find_end(connection, end.number)
        if running is None or running.holder == ending.node:
            continue
        if running.done_at is not None:
            new = NewEnd(
                consent=end.consent,
                version=end.version,
                holder=end.holder,
                kind=end.kind,
                whole=end.whole,
                at=at,
                item=end.item,
                due_at=at + RECEIPT_DAYS * DAY,
            )
            number = put_end(connection, new)
            running = None if number is None else find_end(connection, number)
        if running is not None:
            _lock_under(connection, ending, running, at, opened.id)
            if running.number != end.number and not locks_of(connection, running.number):
                drop_end(connection, running.number)


def _ends_named(connection: Connection, named: set[str]) -> Iterable[End]:
    ids = [each for each in held_consents(connection) if each.hex() in named]
    return [end for each in ids for end in ends_of(connection, each) if end.due_at is not None]
