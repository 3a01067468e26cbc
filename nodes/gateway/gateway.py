"""The gateway as one value: all that a node does with messages, put together once and handed to whoever asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keys.epochs import EpochRing
from keys.identity import private_identity
from keys.identity_ring import IdentityRing
from keys.keystore import Keystore
from keys.recipient_ring import RecipientRing
from nodes.config import GatewaySettings
from nodes.gateway.approvals import Approvals
from nodes.gateway.carried import Carried
from nodes.gateway.carrying_out import CarryingOut
from nodes.gateway.carrying_out import Tools as EndTools
from nodes.gateway.consents import Consents
from nodes.gateway.disclosing import Disclosing
from nodes.gateway.disclosure_judge import DisclosureJudge
from nodes.gateway.download import Downloader
from nodes.gateway.duties import Duties
from nodes.gateway.evidence_export import EvidenceExport
from nodes.gateway.exporting import Exporting
from nodes.gateway.file_room import FileRoom
from nodes.gateway.forwarding import Forwarding, ForwardTools
from nodes.gateway.heads import Heads, LogView
from nodes.gateway.hearing import Ending
from nodes.gateway.here import Here
from nodes.gateway.holding import Holding
from nodes.gateway.hub_port import HubClient
from nodes.gateway.journal import Journal
from nodes.gateway.judge import Judge
from nodes.gateway.locking import Shelf
from nodes.gateway.overlay import Overlay
from nodes.gateway.post import Poster
from nodes.gateway.reading import Reading
from nodes.gateway.receive import Receiver, Taking
from nodes.gateway.renewals import Renewals
from nodes.gateway.replica import Pinned, Replica
from nodes.gateway.rings import Rings
from nodes.gateway.rotation import Rotation
from nodes.gateway.saving import Saving
from nodes.gateway.sealing import Sealing
from nodes.gateway.search import SearchKey
from nodes.gateway.send import Sending, SendTools
from nodes.gateway.signing import Person
from nodes.gateway.stash import Stash
from nodes.gateway.stores import Network, Store
from nodes.gateway.submit import Submitter, Tools
from nodes.gateway.succession import Succession
from nodes.gateway.sync import Sync
from nodes.gateway.upload import Uploader
from nodes.gateway.vault import Vault, check_keystore
from nodes.gateway.withdrawing import Withdrawals
from nodes.gateway.witnessed_heads import WitnessedHeads
from protocol.catalogue.types import Catalogue
from protocol.checkpoint import messages_origin
from protocol.ids import Reference, parse_node_id
from protocol.ports import Clock, Entropy
from runtime.database import Database
from runtime.operator import OperatorError


@dataclass(frozen=True, slots=True)
class Machine:
    """What the composition root gives: time, chance, where things are kept, the way to the hub, own rules, journal."""

    clock: Clock
    entropy: Entropy
    database: Database
    hub: HubClient
    files: FileRoom
    overlay: Overlay | None = None
    journal: Journal = field(kw_only=True)


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
    renewals: Renewals
    withdrawals: Withdrawals
    carrying_out: CarryingOut
    approvals: Approvals
    duties: Duties
    disclosing: Disclosing
    exporting: Exporting
    evidence: EvidenceExport
    forwarding: Forwarding
    carried: Carried
    uses: DisclosureJudge
    submitter: Submitter
    receiver: Receiver
    poster: Poster
    stash: Stash
    downloader: Downloader
    saving: Saving
    rotation: Rotation
    succession: Succession
    people: Mapping[Reference, Person]
    overlay: Overlay | None
    witnessed: WitnessedHeads


async def build_gateway(keystore: Keystore, pinned: Pinned, machine: Machine, settings: GatewaySettings) -> Gateway:
    """Return the gateway with its replica loaded. Nothing was asked of the hub yet.

    ``OperatorError`` for a keystore that is not a node's, for stored state that cannot be trusted, and for an overlay
    that does not fit the policy in force.
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
    node = parse_node_id(secrets.name)
    identities = IdentityRing(private_identity(secrets.identity), lambda: replica.directory.signing_identity(node))
    if secrets.next_identity is not None:
        identities.prepare(private_identity(secrets.next_identity))
    epochs = EpochRing(secrets.epochs, machine.entropy)
    rings = Rings(keystore, RecipientRing(secrets.recipients), epochs, identities)
    here = Here(
        node=node,
        network=network_id,
        signing=identities.signer,
        changing=identities.changing,
        ring=rings.recipients,
        clock=machine.clock,
        entropy=machine.entropy,
    )
    vault, search = Vault(rings.epochs, machine.entropy), SearchKey(secrets.search)
    store = Store(machine.database, vault, search, machine.files, machine.journal)
    await machine.database.read(lambda connection: check_keystore(connection, rings.epochs))
    view = LogView(messages_origin(network_id), replica, machine.clock)
    heads = Heads(view, machine.database, machine.hub)
    sync = Sync(replica, machine.database, machine.hub, machine.clock)
    await sync.load_stored()
    if machine.overlay is not None and replica.bundle is not None:
        machine.overlay.check(replica.bundle)
    heads.look_again = sync.follow
    network = Network(machine.hub, heads, replica, sync)
    people = {each.person: Person(each.person, each.role, private_identity(each.seeds)) for each in secrets.people}
    return _assemble(_Base(here, network, store, settings, machine.overlay), rings, people)


@dataclass(frozen=True, slots=True)
class _Base:
    here: Here
    network: Network
    store: Store
    settings: GatewaySettings
    overlay: Overlay | None


def _assemble(base: _Base, rings: Rings, people: Mapping[Reference, Person]) -> Gateway:
    here, network, store, settings = base.here, base.network, base.store, base.settings
    judge = Judge(here, network, store, base.overlay)
    sealing = Sealing(here, network.replica, store)
    uses = DisclosureJudge(here, network, store, base.overlay)
    reading = Reading(here, store, uses)
    stash, options = Stash(here, store), store.files.settings
    uploader = Uploader(here, network, store, options.slice_parts)
    sending = Sending(here, network, store, SendTools(judge, sealing, reading, people, stash))
    disclosing, saving = Disclosing(here, store, uses), Saving(store)
    passing = ForwardTools(disclosing, sending, reading, saving, stash)
    rotation = Rotation(here, network, store, rings)
    ending = Ending(here.node, Shelf(store, lambda: _catalogue(network)))
    return Gateway(
        here=here,
        network=network,
        store=store,
        judge=judge,
        sending=sending,
        reading=reading,
        holding=Holding(here, store, ending),
        consents=Consents(here, network, store),
        renewals=Renewals(here, store),
        withdrawals=Withdrawals(here, network, store, sending),
        carrying_out=CarryingOut(ending, here, network, EndTools(sending, rotation)),
        approvals=Approvals(here, network, store),
        duties=Duties(here, store),
        disclosing=disclosing,
        exporting=Exporting(here, store, reading, uses),
        evidence=EvidenceExport(here, network, store),
        forwarding=Forwarding(here, network, store, passing),
        carried=Carried(network.replica, store),
        uses=uses,
        submitter=Submitter(here, network, store, Tools(judge, sealing, settings, uploader)),
        receiver=Receiver(here, network, store, Taking(judge, ending, settings.failure_receipts_per_hour)),
        poster=Poster(here, network, store, settings),
        stash=stash,
        downloader=Downloader(here, network, store, settings),
        saving=saving,
        rotation=rotation,
        succession=Succession(here, network, store, rings),
        people=people,
        overlay=base.overlay,
        witnessed=WitnessedHeads(network, store.database, here.clock),
    )


def _catalogue(network: Network) -> Catalogue | None:
    """Return the catalogue in force now; None while it is not here yet."""
    bundle = network.replica.bundle
    return None if bundle is None else bundle.catalogue
