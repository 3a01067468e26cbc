"""Logs as a lying hub tells them: other entries under checkpoints that it signs with its own keys."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

from hub.identity import HubKeys
from protocol.cbor import Item, decode, encode
from protocol.checkpoint import Checkpoint, sign_checkpoint
from protocol.evidence import Inclusion
from protocol.limits import MAX_LOG_ENTRIES
from protocol.mailbox import Page, encode_page, parse_page
from protocol.merkle import consistency_proof, inclusion_proof
from protocol.shapes import as_bytes, as_list
from tests.e2e.door import Door, Reply
from tests.e2e.malicious_hub import Asked, Twist
from tests.simulators.log import MemoryTree

_OK: Final = 200


class ToldLog:
    """One log as it is told to one node."""

    def __init__(self, name: str, network: bytes, entries: Sequence[bytes], keys: HubKeys) -> None:
        self._name = name
        self._tree = MemoryTree(entries)
        self._origin = f"{network.hex()}/{name}"
        self._keys = keys

    def note(self, at: int) -> bytes:
        """Return its checkpoint, signed at ``at``."""
        head = Checkpoint(self._origin, self._tree.frontier.size, self._tree.frontier.root())
        return sign_checkpoint(self._keys.log, head, at)

    def told(self, at: int) -> Twist:
        """Answer everything that is asked about this log from these entries."""
        asks = re.compile(rf"/v1/logs/{self._name}/(checkpoint|entries|consistency)(?:\?|$)")

        def twist(asked: Asked, reply: Reply) -> Reply:
            found = asks.match(asked.path)
            return reply if found is None else Reply(_OK, self._answer(found[1], asked.path, at))

        return twist

    def page(self, raw: bytes, at: int) -> bytes:
        """Return a page of mail whose items are proved to stand in this log instead of the true one."""
        page: Page = parse_page(raw)
        size = len(self._tree.entries)
        items = [replace(item, inclusion=self._inclusion(item.inclusion.index, size)) for item in page.items]
        return encode_page(replace(page, checkpoint=self.note(at), items=tuple(items)))

    def _inclusion(self, index: int, size: int) -> Inclusion:
        return Inclusion(self._tree.entries[index], index, size, inclusion_proof(index, size, self._tree.get))

    def _answer(self, verb: str, path: str, at: int) -> bytes:
        if verb == "checkpoint":
            return self.note(at)
        first, second = (int(each[0]) for each in parse_qs(urlsplit(path).query).values())
        if verb == "entries":
            entries: list[Item] = list(self._tree.entries[first:second])
            return encode(entries)
        return encode(list(consistency_proof(first, second, self._tree.get)))


def true_entries(door: Door, log: str, size: int) -> list[bytes]:
    """Return the first entries of a log as the real hub tells them."""
    found: list[bytes] = []
    while len(found) < size:
        end = min(size, len(found) + MAX_LOG_ENTRIES)
        reply = door.ask("GET", f"/v1/logs/{log}/entries?start={len(found)}&end={end}")
        assert reply.status == _OK, reply.problem
        listed = as_list(decode(reply.body, MAX_LOG_ENTRIES << 16), "entries", 1)
        found += [as_bytes(each, "entry") for each in listed]
    return found
