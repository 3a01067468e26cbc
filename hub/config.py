"""What an operator may choose about the hub, with every duration and size named by its unit."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from hub.quota import QuotaSettings
from hub.witnesses import WitnessSettings
from runtime.database_settings import DatabaseSettings
from runtime.http import HttpSettings


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Certificates as PEM files. The private key stays in the keystore."""

    certificate: Annotated[Path, Meta(description="the hub's certificate")] = Path("hub.crt")
    authority: Annotated[Path, Meta(description="the network's certificate authority")] = Path("authority.crt")


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How nodes wait for mail."""

    longest_wait_s: Annotated[int, Meta(ge=0, le=300, description="an open poll ends after this time")] = 55
    head_age_s: Annotated[int, Meta(ge=1, description="a signed count of an unchanged mailbox is kept so long")] = 600
    open_polls_per_node: Annotated[int, Meta(ge=1, description="polls one node may hold open")] = 16


@dataclass(frozen=True, slots=True)
class AttachmentSettings:
    """Where the bytes of attachments are kept, and how many travel at the same time."""

    store: Annotated[
        str,
        Meta(description="folder: (inside data_folder), folder:/path, or s3://bucket/prefix (needs the extra s3)"),
    ] = "folder:"
    endpoint: Annotated[str, Meta(description="https address of an S3-compatible store; empty asks its maker's")] = ""
    region: Annotated[str, Meta(description="region of the bucket")] = ""
    credentials: Annotated[
        str, Meta(description="private file with two lines, access key id and secret key; empty: the machine's role")
    ] = ""
    timeout_s: Annotated[float, Meta(gt=0, description="for one request to the object store")] = 60.0
    reservation_s: Annotated[int, Meta(ge=60, description="parts that are not committed by then are deleted")] = 86_400
    transfers: Annotated[int, Meta(ge=1, description="parts that travel at the same time")] = 64
    transfers_per_node: Annotated[int, Meta(ge=1, description="the same for one node")] = 8


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """When the hub deletes. Contents go after hand-over evidence or expiry in any case; leaves of the logs stay.

    Once operators are named, the three numbers of days are decided by acts of two of them, and not read from here.
    """

    interval_s: Annotated[int, Meta(ge=1, description="between two rounds of deletion")] = 300
    batch_rows: Annotated[int, Meta(ge=1, le=1_000, description="rows deleted in one commit")] = 500
    core_days: Annotated[int, Meta(ge=1, description="signed cores are kept for auditors")] = 1_095
    civil_core_days: Annotated[int, Meta(ge=1, description="the same for cso, police-cso, court-support")] = 90
    count_days: Annotated[int, Meta(ge=1, description="counts of use and refusals are kept")] = 90


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """Threads and timers."""

    threads: Annotated[int, Meta(ge=1, le=64, description="threads for signatures and parsing")] = 1
    waiting_jobs: Annotated[int, Meta(ge=1, description="jobs that may wait for them; more are refused as busy")] = (
        2_000
    )
    audit_interval_s: Annotated[int, Meta(ge=60, description="between two complete checks of both logs")] = 86_400
    mark_interval_s: Annotated[
        int, Meta(ge=1, description="how often the promised sizes are noted beside the data")
    ] = 10


@dataclass(frozen=True, slots=True)
class ListenSettings(HttpSettings):
    """The door for nodes, which come from outside."""

    host: Annotated[str, Meta(description="address to listen on")] = "0.0.0.0"  # noqa: S104 - see above


@dataclass(frozen=True, slots=True)
class AdminSettings(HttpSettings):
    """The operator's door: few connections, no balancer in front of it, nothing that takes long."""

    port: Annotated[int, Meta(ge=0, le=65_535, description="TCP port; 0 lets the system choose")] = 8444
    max_connections: Annotated[int, Meta(ge=1, description="connections in all; more are closed at once")] = 50
    balancer_wait_s: Annotated[float, Meta(ge=0, description="from not ready to refusing connections")] = 0.0
    shutdown_s: Annotated[float, Meta(gt=0, description="for requests in flight to finish")] = 5.0


@dataclass(frozen=True, slots=True)
class HubConfig:
    """Settings of the hub. Relative paths are relative to this file."""

    data_folder: Annotated[Path, Meta(description="where the hub keeps what is not in the database")]
    keystore: Annotated[Path, Meta(description="the hub's keystore, made by: egnatia keys create")]
    charter_digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 of the network's first charter")]
    passphrase: Annotated[
        str, Meta(description="where the keystore's passphrase is: fd:number or credential:name; empty asks")
    ] = ""
    publishers: Annotated[
        tuple[str, ...], Meta(description="nodes that may bring policy files; the operator always may")
    ] = ()
    exact_log_times: Annotated[bool, Meta(description="log seconds instead of hours; for drills only")] = False
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    tls: TlsFiles = field(default_factory=TlsFiles)
    listen: ListenSettings = field(default_factory=ListenSettings)
    admin: AdminSettings = field(default_factory=AdminSettings)
    quotas: QuotaSettings = field(default_factory=QuotaSettings)
    fetch: FetchSettings = field(default_factory=FetchSettings)
    attachments: AttachmentSettings = field(default_factory=AttachmentSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    work: WorkSettings = field(default_factory=WorkSettings)
    witnesses: WitnessSettings = field(default_factory=WitnessSettings)
