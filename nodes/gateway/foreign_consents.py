"""Consents that came in messages: taken over in the transaction that makes the message readable."""

from typing import Final

from sqlalchemy import Connection

from nodes.gateway.consent_store import ConsentRow, Phase, mark_withdrawn, put_consent, story
from nodes.gateway.contents import fields_of
from nodes.gateway.matrices import is_whole, read_consent_id, read_matrix, read_version
from policies.documents import text_at
from protocol.catalogue.rows import unflatten
from protocol.errors import Malformed
from protocol.ids import TypeId
from protocol.stages import Opened

CONSENT_TYPE: Final = TypeId("MT-V6/1")


def take_over(connection: Connection, opened: Opened, item: bytes, at: int) -> None:
    """Store the consent, or the end of it, that a readable message tells; other messages change nothing.

    Only whoever sent the first version of a consent may renew or withdraw it; what another node says of it is left to
    the people who read the message.
    """
    if opened.core.type != CONSENT_TYPE:
        return
    try:
        _take_over(connection, opened, item, at)
    except Malformed:
        return  # a document that the catalogue lets through and no calendar knows; people still read the message


def _take_over(connection: Connection, opened: Opened, item: bytes, at: int) -> None:
    core = opened.core
    document = unflatten(fields_of(opened.body))
    phase = {each.value: each for each in Phase}.get(text_at(document, "/phase"))
    if phase is None:
        return
    consent = read_consent_id(document)
    before = story(connection, consent)
    if any(row.holder != core.sender for row in before):
        return
    if phase is Phase.WITHDRAW:
        expires = max((row.expires_at for row in before), default=at)
        if is_whole(document):
            mark_withdrawn(connection, consent, at)
    else:
        expires = read_matrix(document).expires_at
    put_consent(
        connection,
        ConsentRow(
            id=consent,
            version=read_version(document),
            phase=phase,
            holder=core.sender,
            item=item,
            recorded_at=at,
            expires_at=expires,
        ),
    )
