"""Lets every witness of the simulated network cosign what its hub offers now, and changes who signs."""

from dataclasses import replace

from nodes.gateway.sync import Sync
from protocol.checkpoint import verify_head
from protocol.cosignature import Witness, cosign
from protocol.note import encode_line
from protocol.ports import IdentitySigner
from tests.simulators.hub import HubSimulator
from tests.simulators.network import TestNetwork, log_signer_of


async def let_cosign(hub: HubSimulator, *logs: str) -> None:
    """Return when a quorum stands under the newest checkpoints of the logs, by default of both."""
    network = hub.network
    for log in logs or ("directory", "messages"):
        for name, signer in network.witnesses.items():
            door = hub.door(name)  # type: ignore[arg-type]  # the name of a witness is a node's
            raw = await door.offer(log, 0, 0)
            head = verify_head(raw, raw.split(b"\n")[0].decode(), network.directory.charter.hub_log_keys)
            lines = cosign(signer, name, head.checkpoint, hub.clock())
            body = b"\n".join(encode_line(line) for line in lines) + b"\n"
            await door.cosign(log, head.checkpoint.size, body)


async def change_log_keys(network: TestNetwork, *replicas: Sync) -> None:
    """Put a charter in force with other log keys; once these replicas hold it, the hub signs with them."""
    fresh = log_signer_of("hub, new keys")
    change_charter(network, hub_log_keys=fresh.keys)
    for each in replicas:
        await each.run()
    network.hub_log = fresh


def change_witnesses(network: TestNetwork) -> None:
    """Put a charter in force with other keys of every witness, and let the witnesses sign with them."""
    network.witnesses = {name: log_signer_of(f"{name}, new keys") for name in network.witnesses}
    change_charter(network, witnesses=tuple(Witness(name, each.keys) for name, each in network.witnesses.items()))


def change_charter(network: TestNetwork, *further: IdentitySigner, **changes: object) -> None:
    """Put a charter in force that differs from the one before in these fields; who is new in it signs too."""
    directory = network.directory
    now, previous = directory.charter, directory.charter_id()
    later = replace(now, version=now.version + 1, previous=previous, **changes)  # type: ignore[arg-type]  # a shorthand
    network.append(later, *network.quorum, *further)
