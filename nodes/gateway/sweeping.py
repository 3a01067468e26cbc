"""Keeps the folder of attachment files and its rows one: what no row counts on is deleted, what is missing is told."""

import asyncio

from sqlalchemy import Connection

from nodes.gateway import attachments
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.attachments import Attached, FileState
from nodes.gateway.stores import Store
from protocol.errors import Code
from protocol.limits import UPLOAD_PART


async def sweep(store: Store, now: int) -> int:
    """Return how many files were given up, after their content became unreadable and every left-over was deleted.

    Given up are uploads that no message named in time, and the files of messages that are over.
    """
    room = store.files
    names = await asyncio.to_thread(room.settled)

    def forget(connection: Connection) -> int:
        return attachments.drop_late_stashed(connection, now) + attachments.drop_over(connection)

    dropped = await store.database.write(forget)
    kept = await store.database.read(attachments.kept_files)
    await asyncio.to_thread(room.drop_all, names - kept)
    return dropped


async def look_over(store: Store, now: int) -> None:
    """Return when the folder can be used: left-overs are gone, downloads go on where their files end.

    A whole file that is missing or cut is an alarm that names its message, and is never taken for an empty one.
    """
    await asyncio.to_thread(store.files.prepare)
    await sweep(store, now)
    rows = await store.database.read(attachments.live)
    sizes = await asyncio.to_thread(lambda: [store.files.size(each.file) for each in rows])

    def note(connection: Connection) -> None:
        for each, size in zip(rows, sizes, strict=True):
            _note(connection, each, size, now)

    await store.database.write(note)


def _note(connection: Connection, each: Attached, size: int, now: int) -> None:
    if each.state is FileState.WAITING:
        if size < each.done * UPLOAD_PART and size < each.part.length:
            attachments.note_done(connection, each, size // UPLOAD_PART, now)
    elif size != each.part.length:
        subject = f"attachment {each.message.hex()[:12]} {each.part.name}"
        raise_alarm(connection, Code.ATT_MISSING.value, subject, now)
