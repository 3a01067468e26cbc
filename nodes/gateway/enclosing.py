"""Seals the files of one message as its attachments and stores them with it."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from nodes.gateway import attachments
from nodes.gateway.attachments import Attached, Box, FileState
from nodes.gateway.file_crypto import SealTo, StoredFile, seal_file
from nodes.gateway.file_secrets import FileSecret, parse_secret, secret_of
from nodes.gateway.stores import Store
from protocol.attachments import Attachment
from protocol.ids import MessageId
from protocol.parts import PartList
from protocol.ports import Entropy
from protocol.seal import Prepared


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that a message takes along: under which part, where it is now, and the waiting file it uses up."""

    part: str
    source: StoredFile
    stash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed attachment on disk, before its message is stored."""

    parts: PartList
    file: str
    secret: FileSecret
    used: Enclosed


class Enclosing:
    """Seals files one after the other; other messages do not wait for it."""

    def __init__(self, store: Store, entropy: Entropy) -> None:
        self._store = store
        self._entropy = entropy

    async def seal(self, prepared: Prepared, files: Sequence[Enclosed]) -> tuple[Sealed, ...]:
        """Return the sealed files, durable, for each attachment that the body tells of; the caller settles them.

        ``ValueError`` when the files are not those of the body; DISK_FULL, and what ``seal_file`` refuses. After a
        failure none of the new files is left.
        """
        about = {each.part: each for each in prepared.attachments}
        if set(about) != {each.part for each in files}:
            raise ValueError("the files are not those that the body tells of")
        room = self._store.files
        await asyncio.to_thread(room.check_space, sum(each.sealed_length for each in about.values()))
        done: list[Sealed] = []
        try:
            for each in files:
                done += [await self._seal_one(prepared, about[each.part], each)]
        except BaseException:
            await asyncio.to_thread(self.discard, done)
            raise
        return tuple(done)

    async def _seal_one(self, prepared: Prepared, about: Attachment, each: Enclosed) -> Sealed:
        room = self._store.files
        to = SealTo(each.part, prepared.opening(each.part), room.new_name())
        try:
            parts = await asyncio.to_thread(seal_file, room, each.source, to, self._entropy)
        except BaseException:
            room.settle(to.file)
            raise
        return Sealed(parts, to.file, secret_of(about, to.opening), each)

    def put(self, connection: Connection, message: MessageId, files: Iterable[Sealed], at: int) -> None:
        """Store the attachments of a message that is stored in the same transaction; waiting files are used up."""
        for each in files:
            item = self._store.vault.put(connection, each.secret.encode())
            attachments.put_attached(
                connection,
                Attached(
                    message=message,
                    part=each.parts.part,
                    box=Box.OUT,
                    state=FileState.READY,
                    item=item,
                    file=each.file,
                    list=each.parts.encode(),
                    next_at=at,
                ),
            )
            if each.used.stash is not None:
                attachments.drop_stashed(connection, each.used.stash)

    def settle(self, files: Iterable[Sealed]) -> None:
        """Say that the files' rows are stored; the waiting files that they were sealed from are deleted."""
        for each in files:
            self._store.files.settle(each.file)
            if each.used.stash is not None:
                self._store.files.drop(each.used.source.file)

    def discard(self, files: Iterable[Sealed]) -> None:
        """Delete sealed files whose message will not be stored."""
        for each in files:
            self._store.files.drop(each.file)
            self._store.files.settle(each.file)


def stored_file(store: Store, connection: Connection, each: Attached) -> StoredFile | None:
    """Return a file of a message with what opens it; None once it was erased."""
    raw = store.vault.get(connection, each.item)
    return None if raw is None else StoredFile(each.file, each.part.length, parse_secret(raw))


def enclosed_again(store: Store, connection: Connection, message: MessageId) -> tuple[Enclosed, ...] | None:
    """Return the files of a message that is sealed anew; None when one of them is gone."""
    found = [(each, stored_file(store, connection, each)) for each in attachments.of_message(connection, message)]
    kept = tuple(Enclosed(each.part.name, stored) for each, stored in found if stored is not None)
    return kept if len(kept) == len(found) else None
