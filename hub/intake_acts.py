"""The last step of an act, in one transaction with its leaf: what it does, and that it is done."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from hub.act_rules import signers_of
from hub.act_store import StoredAct, find_act, put_act, read_state
from hub.batch import Batch
from hub.items import Logged, NewAct
from hub.log_store import read_entry_at
from hub.message_store import State
from hub.schema import ATTACHMENT, MESSAGE, WRAP
from hub.unserved_store import lock_mailboxes, note_passed
from hub.upload_store import drop_attachments
from protocol.api import MESSAGE_LOG
from protocol.errors import Code, Fault
from protocol.hub_acts import ACT_LIFE, Purge, parse_signatures, verify_complete
from protocol.ids import Channel, MessageId, NodeId
from protocol.leaf import LeafKind


def store_act(batch: Batch, item: NewAct) -> Logged | Exception:
    """Carry out an act whose signatures are all there, and give it its leaf; a repeat gets its first answer.

    Who may sign is asked again here, because another act may have come in between: QUORUM, UNKNOWN_KEY. EXPIRED after a
    day; UNKNOWN_MESSAGE where a message to be purged is not there.
    """
    signatures = parse_signatures(item.raw)
    first = signatures[0]
    known = find_act(batch.connection, first.id)
    if known is not None and known.leaf is not None:
        return Logged(known.leaf, read_entry_at(batch.connection, MESSAGE_LOG, [known.leaf])[known.leaf], fresh=False)
    if batch.recall(first.id) is not None:
        return Fault(Code.BUSY, "the same act twice at once")
    if first.act.issued_at < batch.now - ACT_LIFE:
        return Fault(Code.EXPIRED, "act")
    directory = batch.snapshot.directory
    state = read_state(batch.connection)
    try:
        people, needed = signers_of(first.act, state, directory.charter)
        verify_complete(signatures, people, needed, directory.network_id)
        if isinstance(first.act.subject, Purge):
            purge(batch.connection, first.act.subject.messages)
    except Fault as fault:
        return fault
    leaf, entry = batch.append(LeafKind.ADMINISTRATION, first.id)
    put_act(batch.connection, StoredAct(first.id, signatures, item.raw, leaf))
    batch.on_commit.append(lambda: item.adopt(state.after(first.act)))
    return Logged(leaf, entry, fresh=True)


def purge(connection: Connection, messages: Sequence[MessageId]) -> None:
    """Delete contents, wraps and attachments of messages; header, leaf and evidence stay. Else UNKNOWN_MESSAGE.

    What a recipient was not handed before is noted, and logged as such when the message's life ends.
    """
    found = connection.execute(select(MESSAGE.c.leaf, MESSAGE.c.id).where(MESSAGE.c.id.in_(messages))).all()
    if len(found) != len(messages):
        raise Fault(Code.UNKNOWN_MESSAGE, "to be purged")
    leaves = [row.leaf for row in found]
    places = connection.execute(select(WRAP.c.node, WRAP.c.channel).where(WRAP.c.leaf.in_(leaves)).distinct()).all()
    lock_mailboxes(connection, [(NodeId(row.node), Channel(row.channel)) for row in places])
    note_passed(connection, WRAP.c.leaf.in_(leaves))
    connection.execute(update(WRAP).where(WRAP.c.leaf.in_(leaves)).values(wrap=None))
    kept = MESSAGE.c.state.in_((int(State.STORED), int(State.HANDED)))
    connection.execute(
        update(MESSAGE).where(MESSAGE.c.leaf.in_(leaves), kept).values(contents=None, state=int(State.GONE))
    )
    drop_attachments(connection, list(messages))


def attached_places(connection: Connection, messages: Sequence[MessageId]) -> list[bytes]:
    """Return where the attachments of these messages are kept."""
    query = select(ATTACHMENT.c.place).where(ATTACHMENT.c.message.in_(messages)).distinct()
    return [bytes(each) for each in connection.execute(query).scalars()]
