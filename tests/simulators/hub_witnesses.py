"""What the simulated hub does for witnesses: offers checkpoints, keeps their lines, counts a quorum."""

from typing import TYPE_CHECKING

from keys.signed_head import all_charters, signed_head
from nodes.gateway.trouble import HubRefused
from protocol.api import Problem
from protocol.checkpoint import directory_origin, messages_origin, verify_head
from protocol.cosignature import add_cosignatures, find_cosignature, parse_lines
from protocol.errors import Code
from protocol.ids import NodeId
from protocol.note import NoteLine

if TYPE_CHECKING:
    from tests.simulators.hub import HubSimulator

ORIGINS = {"directory": directory_origin, "messages": messages_origin}


class Offers:
    """Checkpoints as they were offered, one for each size, and the lines under them."""

    def __init__(self) -> None:
        self.notes: dict[tuple[str, int], bytes] = {}
        self.lines: dict[tuple[str, int], dict[str, tuple[NoteLine, ...]]] = {}

    def with_lines(self, hub: "HubSimulator", log: str, size: int) -> bytes:
        raw = self.notes[log, size]
        head, _ = signed_head(raw, ORIGINS[log](hub.network.network_id), all_charters(hub.network.directory))
        return add_cosignatures(
            head, [line for lines in self.lines.get((log, size), {}).values() for line in lines][:14]
        )


class WitnessDoor:
    """The verbs of witnesses in a node's client."""

    hub: "HubSimulator"
    node: NodeId

    async def offer(self, log: str, after: int, wait_s: int) -> bytes:
        self.hub.calls.made.append(("offer", log))
        if wait_s:
            await self.hub.growth(log, after)
        raw = self.newest(log)
        size = int(raw.split(b"\n")[1])
        self.hub.offers.notes[log, size] = raw
        return raw

    def newest(self, log: str) -> bytes:
        """Return the log's newest checkpoint."""
        return self.hub.directory_checkpoint() if log == "directory" else self.hub.checkpoint()

    async def cosign(self, log: str, size: int, raw: bytes) -> None:
        self.hub.calls.made.append(("cosign", f"{log} {size}"))
        witness = next((each for each in self.hub.network.directory.charter.witnesses if each.name == self.node), None)
        if witness is None or (log, size) not in self.hub.offers.notes:
            raise HubRefused(Problem(Code.NOT_PERMITTED, self.hub.clock()))
        lines, hub = parse_lines(raw), self.hub
        bare = verify_head(
            hub.offers.notes[log, size],
            ORIGINS[log](hub.network.network_id),
            hub.network.directory.charter.hub_log_keys,
        )
        head = verify_head(
            add_cosignatures(bare, lines), bare.checkpoint.origin, hub.network.directory.charter.hub_log_keys
        )
        assert find_cosignature(head, witness) is not None
        hub.offers.lines.setdefault((log, size), {})[self.node] = lines

    async def witnessed(self, log: str, after: int | None) -> bytes:
        self.hub.calls.made.append(("witnessed", log))
        quorum, offers = self.hub.network.directory.charter.quorum, self.hub.offers
        sizes = sorted(size for (name, size), lines in offers.lines.items() if name == log and len(lines) >= quorum)
        wanted = sizes[-1:] if after is None else [size for size in sizes if size > after][:1]
        if not wanted:
            raise HubRefused(Problem(Code.NOT_FOUND, self.hub.clock()))
        return offers.with_lines(self.hub, log, wanted[0])
