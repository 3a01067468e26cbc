"""Lets every witness of the simulated network cosign what its hub offers now."""

from protocol.checkpoint import verify_head
from protocol.cosignature import cosign
from protocol.note import encode_line
from tests.simulators.hub import HubSimulator


async def let_cosign(hub: HubSimulator, *logs: str) -> None:
    """Return when a quorum stands under the newest checkpoints of the logs, by default of both."""
    network = hub.network
    for log in logs or ("directory", "messages"):
        for name, signer in network.witnesses.items():
            door = hub.door(name)  # type: ignore[arg-type]  # the name of a witness is a node's
            raw = await door.offer(log, 0, 0)
            head = verify_head(raw, raw.split(b"\n")[0].decode(), network.charter.hub_log_keys)
            lines = cosign(signer, name, head.checkpoint, hub.clock())
            body = b"\n".join(encode_line(line) for line in lines) + b"\n"
            await door.cosign(log, head.checkpoint.size, body)
