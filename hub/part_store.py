"""Where the bytes of attachments are: one interface over a folder and over an object store.

What is stored is ciphertext under names that the hub drew at random. A part is whole and durable under its key, or not
there at all; nobody sees half of one.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from protocol.parts import PartCheck


@dataclass(frozen=True, slots=True)
class PartKey:
    """Names one part: the place of its message, the attachment, the index."""

    place: bytes
    name: str
    index: int

    @property
    def path(self) -> str:
        """The key as three steps; every one is digits and letters that the hub chose or checked."""
        return f"{self.place.hex()}/{self.name}/{self.index:04}"


Sizes = Mapping[tuple[str, int], int]
"""Bytes of each stored part by attachment and index."""


class PartStore(Protocol):
    """Stores parts. Methods raise ``Fault``: DISK_FULL, BUSY where the store does not answer, ATT_MISSING."""

    async def open(self) -> None:
        """Return when the store can be used; what an interrupted upload left half written is gone."""
        ...

    async def put(self, key: PartKey, pieces: AsyncIterator[bytes], check: PartCheck) -> None:
        """Return only after the part is durable; what was under the key is replaced.

        ``check`` is fed with every piece and finished before the part gets its key. Whatever it or ``pieces`` raises
        is raised, and nothing of the part stays.
        """
        ...

    def get(self, key: PartKey) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Give a part's bytes in small pieces; entering raises ATT_MISSING for a part that is not there."""
        ...

    async def remove(self, place: bytes) -> None:
        """Return when no part of a place is left; a place without parts is no error."""
        ...

    def places(self) -> AsyncIterator[list[bytes]]:
        """Yield the places that hold parts, a few at a time."""
        ...

    async def sizes(self, place: bytes) -> Sizes:
        """Return the parts of a place."""
        ...

    async def room(self) -> int | None:
        """Return how many bytes can still be stored; None for a store without a bound."""
        ...
