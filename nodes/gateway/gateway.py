"""The gateway as one value: all that a node does with messages, put together once and handed to whoever asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from keys.epochs import EpochRing
from keys.identity import private_identity
from keys.keystore import Keystore
from keys.recipient_ring import RecipientRing
from nodes.config import GatewaySettings
from nodes.gateway.consents import Consents
from nodes.gateway.heads import Heads, LogView
from nodes.gateway.here import Here
from nodes.gateway.holding import Holding
from nodes.gateway.hub_port import HubClient
from nodes.gateway.judge import Judge
from nodes.gateway.post import Poster
from nodes.gateway.reading import Reading
from nodes.gateway.receive import Receiver
from nodes.gateway.replica import Pinned, Replica
from nodes.gateway.rotation import Rings, Rotation
from nodes.gateway.sealing import Sealing
from nodes.gateway.search import SearchKey
from nodes.gateway.send import Person, Sending, SendTools
from nodes.gateway.stores import Network, Store
from nodes.gateway.submit import Submitter, Tools
from nodes.gateway.sync import Sync
from nodes.gateway.vault import Vault
from protocol.checkpoint import messages_origin
from protocol.ids import Reference, parse_node_id
from protocol.ports import Clock, Entropy
from runtime.database import Database
from runtime.operator import OperatorError


@dataclass(frozen=True, slots=True)
class Machine:
    """What the composition root gives: time, randomness, the database and the way to the hub."""

    clock: Clock
    entropy: Entropy
    database: Database
    hub: HubClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The parts of a running gateway."""

    here: Here
    network: Network
    store: Store
    judge: Judge
    sending: Sending
    reading: Reading
    holding: Holding
    consents: Consents
    submitter: Submitter
    receiver: Receiver
    poster: Poster
    rotation: Rotation
    people: Mapping[Reference, Person]


async def build_gateway(keystore: Keystore, pinned: Pinned, machine: Machine, settings: GatewaySettings) -> Gateway:
    """Return the gateway with its replica loaded. Nothing was asked of the hub yet.

    ``OperatorError`` for a keystore that is not a node's, and for stored state that cannot be trusted.
    """
    secrets = keystore.secrets
    if secrets.identity is None or secrets.search is None or not secrets.epochs:
        raise OperatorError(
            "KEYSTORE",
            f"{keystore.path} is not the keystore of a node",
            "A node signs with its own identity and stores content under its own keys",
            "Name the keystore that `egnatia node init` made for this node",
        )
    replica = Replica(pinned, machine.database, machine.clock)
    await replica.load()
    network_id = replica.directory.network_id
    rings = Rings(keystore, RecipientRing(secrets.recipients), EpochRing(secrets.epochs, machine.entropy))
    here = Here(
        node=parse_node_id(secrets.name),
        network=network_id,
        signer=private_identity(secrets.identity),
        ring=rings.recipients,
        clock=machine.clock,
        entropy=machine.entropy,
    )
    store = Store(machine.database, Vault(rings.epochs, machine.entropy), SearchKey(secrets.search))
    view = LogView(messages_origin(network_id), replica, machine.clock)
    heads = Heads(view, machine.database, machine.hub)
    sync = Sync(replica, machine.database, machine.hub, machine.clock)
    await sync.load_stored()
    heads.look_again = sync.run
    network = Network(machine.hub, heads, replica, sync)
    people = {each.person: Person(each.person, each.role, private_identity(each.seeds)) for each in secrets.people}
    return _assemble(_Base(here, network, store, settings), rings, people)


@dataclass(frozen=True, slots=True)
class _Base:
    here: Here
    network: Network
    store: Store
    settings: GatewaySettings


def _assemble(base: _Base, rings: Rings, people: Mapping[Reference, Person]) -> Gateway:
    here, network, store, settings = base.here, base.network, base.store, base.settings
    judge = Judge(here, network, store)
    sealing = Sealing(here, network.replica, store)
    reading = Reading(here, store)
    return Gateway(
        here=here,
        network=network,
        store=store,
        judge=judge,
        sending=Sending(here, network, store, SendTools(judge, sealing, reading, people)),
        reading=reading,
        holding=Holding(here, store),
        consents=Consents(here, network, store),
        submitter=Submitter(here, network, store, Tools(judge, sealing, settings)),
        receiver=Receiver(here, network, store, judge, settings.failure_receipts_per_hour),
        poster=Poster(here, network, store, settings),
        rotation=Rotation(here, network, store, rings),
        people=people,
    )
