"""What others passed on to this node: rows of messages that it was not sent, with the proof of who wrote them.

A message brings them as an attachment. They are verified before they are shown, each time: whoever wrote them, when the
hub logged it, and that files which came along are those that the rows tell of.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from keys.directory import Directory
from keys.disclosures import Verified, verify_disclosure
from nodes.gateway import inbox, outbox
from nodes.gateway.attachments import FileState
from nodes.gateway.contents import parse_body
from nodes.gateway.inbox import READABLE
from nodes.gateway.passing_on import DISCLOSURE
from nodes.gateway.replica import Replica
from nodes.gateway.saving import Saving
from nodes.gateway.stores import Store
from protocol.disclosure import parse_disclosure
from protocol.errors import Code, Fault
from protocol.fields import Field
from protocol.ids import MessageId
from protocol.limits import MAX_DISCLOSURE

_PART: Final = re.compile(r"/attachments/[0-9]+/part")
_SHOWN: Final = frozenset({FileState.HERE, FileState.READY, FileState.SENT})


@dataclass(frozen=True, slots=True)
class Passed:
    """One disclosure that a message brought: what it proves, or the fault for which nothing of it is believed."""

    part: str
    verified: Verified | None
    fault: Code | None = None


class Carried:
    """Verifies what came with messages."""

    def __init__(self, replica: Replica, store: Store) -> None:
        self._replica = replica
        self._store = store
        self._saving = Saving(store)

    async def of(self, message: MessageId) -> tuple[Passed, ...]:
        """Return what a message brought of others; what is still on its way is left out."""
        fields = dict(await self._store.database.read(lambda connection: self._body(connection, message)))
        listed = {str(fields[path]): path.rpartition("/")[0] for path in fields if _PART.fullmatch(path)}
        parts = [part for part, place in sorted(listed.items()) if fields.get(f"{place}/media_type") == DISCLOSURE]
        digests = {part: str(fields.get(f"{place}/sha256")) for part, place in listed.items()}
        found = [(part, await self._read(message, part)) for part in parts]
        return tuple([await self._verified(part, raw, digests) for part, raw in found if raw is not None])

    def _body(self, connection: Connection, message: MessageId) -> tuple[Field, ...]:
        received, sent = inbox.find(connection, message), outbox.find(connection, message)
        row = received if received is not None and received.state in READABLE else sent
        content = None if row is None or row.item is None else self._store.vault.get(connection, row.item)
        return () if content is None else parse_body(content)

    async def _read(self, message: MessageId, part: str) -> bytes | None:
        found = await self._saving.find(message, part)
        if found is None or found.stored is None or found.row.state not in _SHOWN:
            return None
        size = min(found.stored.secret.size, MAX_DISCLOSURE + 1)
        return b"".join([piece async for piece in self._saving.read(found.stored, 0, size)])

    async def _verified(self, part: str, raw: bytes, digests: Mapping[str, str]) -> Passed:
        try:
            return Passed(part, await asyncio.to_thread(_verify, raw, self._replica.directory, digests))
        except Fault as fault:
            return Passed(part, None, fault.code)


def _verify(raw: bytes, directory: Directory, digests: Mapping[str, str]) -> Verified:
    """Return what a disclosure proves. ATT_HASH when a file beside it is not the one that its rows tell of."""
    found = verify_disclosure(parse_disclosure(raw), directory)
    rows = {row.path: row.value for row in found.rows}
    places = {value: path.rpartition("/")[0] for path, value in rows.items() if _PART.fullmatch(path)}
    signed = {value: rows.get(f"{place}/sha256") for value, place in places.items()}
    for ours, theirs in found.disclosure.carried:
        if signed.get(ours) is None or signed[ours] != digests.get(theirs):
            raise Fault(Code.ATT_HASH, ours)
    return found
