"""The two halves of a node's surroundings: where content is kept, and what is known of the outside."""

from dataclasses import dataclass

from nodes.gateway.file_room import FileRoom
from nodes.gateway.heads import Heads
from nodes.gateway.hub_port import HubClient
from nodes.gateway.journal import Journal
from nodes.gateway.replica import Replica
from nodes.gateway.search import SearchKey
from nodes.gateway.sync import Sync
from nodes.gateway.vault import Vault
from runtime.database import Database


@dataclass(frozen=True, slots=True)
class Store:
    """The database, the vault, the key of its search tags, the attachments' folder, and the journal."""

    database: Database
    vault: Vault
    search: SearchKey
    files: FileRoom
    journal: Journal


@dataclass(frozen=True, slots=True)
class Network:
    """The hub, the heads of its message log, the replica, and what keeps the replica current."""

    hub: HubClient
    heads: Heads
    replica: Replica
    sync: Sync
