"""Consents that came in messages: taken over in the transaction that makes the message readable."""

from sqlalchemy import Connection

from nodes.gateway import inbox
from nodes.gateway.consent_store import CONSENT_TYPE, ConsentRow, Phase, documents, put_consent, story
from nodes.gateway.consent_versions import digest_of_version
from nodes.gateway.contents import fields_of
from nodes.gateway.hearing import Ending, hear, settle_grants
from nodes.gateway.matrices import read_consent_id, read_matrix, read_version
from policies.documents import text_at
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.errors import Malformed
from protocol.ids import Reference
from protocol.stages import Opened

_GIVING = (Phase.RECORD, Phase.RENEW)


def heed(connection: Connection, ending: Ending, opened: Opened, at: int) -> None:
    """Let a message that was just stored or released have its effect on consents and on what they cover."""
    row = inbox.find(connection, opened.id)
    if row is not None and row.item is not None and row.state in inbox.READABLE:
        take_over(connection, ending, opened, row.item, at)
    hear(connection, ending, opened, at)


def take_over(connection: Connection, ending: Ending, opened: Opened, item: bytes, at: int) -> None:
    """Store the version of a consent that a readable message tells; other messages change nothing.

    Only whoever sent the first version of a consent may renew it, and the next version names the one before it by its
    digest; of one further ahead the versions between are not known here. What does not continue what is known here is
    left to the people who read the message.
    """
    if opened.core.type != CONSENT_TYPE:
        return
    try:
        _take_over(connection, ending, opened, (item, at))
    except Malformed:
        return  # a document that the catalogue lets through and no calendar knows; people still read the message


def _take_over(connection: Connection, ending: Ending, opened: Opened, kept: tuple[bytes, int]) -> None:
    core, (item, at) = opened.core, kept
    document = unflatten(fields_of(opened.body))
    phase = {each.value: each for each in _GIVING}.get(text_at(document, "/phase"))
    if phase is None:
        return
    consent = read_consent_id(document)
    if any(row.holder != core.sender for row in story(connection, consent)):
        return
    if not _continues(connection, ending, consent, document):
        return
    put_consent(
        connection,
        ConsentRow(
            id=consent,
            version=read_version(document),
            phase=phase,
            holder=core.sender,
            item=item,
            recorded_at=at,
            expires_at=read_matrix(document).expires_at,
        ),
    )
    settle_grants(connection, ending, consent, at)


def _continues(connection: Connection, ending: Ending, consent: Reference, document: dict[str, JSON]) -> bool:
    """Tell whether a version follows the newest one known here; the first that is heard of may be any."""
    before = documents(connection, ending.shelf.store.vault, consent)
    if not story(connection, consent):
        return True
    if not before:
        return False
    newest = before[-1][1]
    ahead = read_version(document) - read_version(newest)
    return ahead > 1 or (ahead == 1 and document.get("previous") == digest_of_version(newest))
