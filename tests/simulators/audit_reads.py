"""An auditor's way to the simulated hub: the auditor's own client over a hub in memory. It holds no mandate."""

from urllib.parse import parse_qs, urlsplit

from egnatia.audit.hub_reads import HubReads
from nodes.gateway.trouble import HubRefused
from protocol.errors import Code, Fault
from protocol.ids import NodeId
from tests.simulators.hub import HubSimulator


class DoorReads(HubReads):
    """Answers the paths of both logs; records and counts are for who has a mandate."""

    def __init__(self, hub: HubSimulator) -> None:
        self.door = hub.door(NodeId("auditor"))

    async def _get(self, path: str, limit: int, total_s: float | None = None) -> bytes:  # noqa: ARG002 - as its base
        asked = urlsplit(path)
        numbers = {name: int(values[0]) for name, values in parse_qs(asked.query).items()}
        words = asked.path.split("/")[2:]
        match words:
            case ["logs", log, "checkpoint"]:
                return await self.door.checkpoint(log)
            case ["logs", log, "entries"]:
                return await self.door.entries(log, numbers["start"], numbers["end"])
            case ["logs", log, "witnessed"]:
                try:
                    return await self.door.witnessed(log, None)
                except HubRefused as refused:
                    raise Fault(refused.code) from refused
            case _:
                raise Fault(Code.NOT_PERMITTED, path)
