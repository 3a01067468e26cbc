"""Attachments in an S3-compatible object store, through obstore (the extra ``s3``).

A part is verified on a local disk before it is sent, because an object store shows what it got as soon as it got it.
One object a part; the store's own answer says that it is durable.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import obstore
from obstore.exceptions import BaseError, NotFoundError

from hub.part_store import PartKey, Sizes
from hub.spool import in_thread, spool
from protocol.errors import Code, Fault
from protocol.parts import PartCheck
from runtime.operator import from_os_error

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

_PIECE: Final = 128 << 10
_SENDING: Final = 4  # parts held in memory at once, 8 MiB each
_PATH: Final = re.compile(r"([0-9a-f]{32})/(att-[0-9]{2})/([0-9]{4})")
_HEX: Final = re.compile(r"[0-9a-f]{32}")


class ObjectPartStore:
    """Keeps parts as objects; ``spooling`` is a local folder that nobody else uses."""

    def __init__(self, store: "ObjectStore", spooling: Path) -> None:
        self._store = store
        self._spooling = spooling
        self._sending = asyncio.Semaphore(_SENDING)

    async def open(self) -> None:
        """Return when the spooling folder is there and empty; whether the store answers is seen at the first part."""
        await in_thread(self._open)

    def _open(self) -> None:
        try:
            self._spooling.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._spooling.chmod(0o700)
            for left in self._spooling.iterdir():
                left.unlink()
        except OSError as err:
            raise from_os_error(err, str(self._spooling)) from err

    async def put(self, key: PartKey, pieces: AsyncIterator[bytes], check: PartCheck) -> None:
        """Return only after the object store confirmed the part; see ``PartStore.put``."""
        spooled = await spool(self._spooling, pieces, check)
        try:
            async with self._sending:
                data = await in_thread(spooled.read_bytes)
                with _told(key.path, absent=Code.BUSY):  # what is absent here is the bucket
                    await obstore.put_async(self._store, key.path, data, use_multipart=False)
        finally:
            spooled.unlink(missing_ok=True)

    @contextlib.asynccontextmanager
    async def get(self, key: PartKey) -> AsyncIterator[AsyncIterator[bytes]]:
        """Give a part's bytes; ATT_MISSING when there is no such object."""
        with _told(key.path):
            found = await obstore.get_async(self._store, key.path)
        yield _read(found, key.path)

    async def remove(self, place: bytes) -> None:
        """Return when the objects of a place are deleted."""
        with _told(place.hex()):
            async for objects in obstore.list(self._store, prefix=place.hex()):
                await obstore.delete_async(self._store, [each["path"] for each in objects])

    async def places(self) -> AsyncIterator[list[bytes]]:
        """Yield the places that have objects."""
        with _told("list"):
            found = await obstore.list_with_delimiter_async(self._store)
        names = [prefix.rstrip("/").rpartition("/")[2] for prefix in found["common_prefixes"]]
        yield [bytes.fromhex(name) for name in names if _HEX.fullmatch(name)]

    async def sizes(self, place: bytes) -> Sizes:
        """Return the objects of a place; what is not named like a part is passed over."""
        found = [(_PATH.fullmatch(each["path"]), each["size"]) async for each in self._objects(place)]
        return {(match[2], int(match[3])): size for match, size in found if match is not None}

    async def _objects(self, place: bytes) -> AsyncIterator["ObjectMeta"]:
        with _told(place.hex()):
            async for objects in obstore.list(self._store, prefix=place.hex()):
                for each in objects:
                    yield each

    async def room(self) -> int | None:
        """Return None: a bucket has no bound that it tells."""
        return None


async def _read(found: Any, path: str) -> AsyncIterator[bytes]:  # noqa: ANN401 - obstore's type exists in its stubs only
    with _told(path):
        async for piece in found.stream(min_chunk_size=_PIECE):
            yield bytes(piece)


@contextlib.contextmanager
def _told(path: str, absent: Code = Code.ATT_MISSING) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as err:
        raise Fault(absent, path) from err
    except BaseError as err:
        raise Fault(Code.BUSY, f"object store: {type(err).__name__}") from err
