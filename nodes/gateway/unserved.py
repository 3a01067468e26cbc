"""What the hub says of recipients that never fetched a message of this node: verified, kept, told to people.

Its record stands beside what the recipient itself says, never in its place: if both speak, one of them says the
untruth, both are kept, and an alarm is raised. A person is shown what the recipient signed.
"""

from sqlalchemy import Connection, update

from nodes.gateway import inbox, outbox
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.arrivals import Unfetched
from nodes.gateway.evidences import UNSERVED, Proof, hub_about, put_proof
from nodes.gateway.incoming import Place, note_two_words
from nodes.schema import addressee
from protocol.cose import parse as parse_signed
from protocol.envelope import parse_manifest
from protocol.errors import Code, Fault
from protocol.limits import MAX_SIGNED
from protocol.unserved import Unserved, check_unserved_core, encode_unserved_evidence


def store_unfetched(connection: Connection, found: Unfetched, place: Place) -> None:
    """Store the hub's record with its proof, and tell people.

    One about a message that this node never sent is an alarm, so is one that names another recipient, channel or end
    than the message has: an honest hub writes none of them.
    """
    record = found.record
    code = _judged(connection, record)
    if code is not None:
        raise_alarm(connection, code.value, f"record of {record.recipient}", place.at)
    else:
        proof = encode_unserved_evidence(record, found.item.inclusion, place.checkpoint)
        issuer, logged = hub_about(record.recipient), found.leaf.time
        if put_proof(connection, Proof(record.message, issuer, UNSERVED, b"", proof, record.expires_at, logged)):
            where = (addressee.c.message == record.message, addressee.c.node == record.recipient)
            connection.execute(update(addressee).where(*where).values(unserved_at=logged))
        note_two_words(connection, record.message, record.recipient, place.at)
    inbox.move_cursor(connection, place.channel, place.position)


def _judged(connection: Connection, record: Unserved) -> Code | None:
    """Return what is wrong with a record, None where it is about a message of this node as it was sent."""
    raw = outbox.signed_bytes(connection, record.message)
    if raw is None:
        return Code.UNKNOWN_MESSAGE
    try:
        check_unserved_core(record, parse_manifest(parse_signed(raw, MAX_SIGNED).payload).core)
    except Fault as fault:
        return fault.code
    return None
