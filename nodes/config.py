"""What an operator may choose about a node. The sample file is generated from these fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from nodes.gateway.witness_settings import WitnessSettings
from runtime.database_settings import DatabaseSettings, database_path
from runtime.http import HttpSettings
from runtime.http_client import ClientSettings

API_PORT: Final = 8480
DESK_PORT: Final = 8490


@dataclass(frozen=True, slots=True)
class HubSettings:
    """The hub this node speaks to, and the certificates; the TLS key itself is in the keystore."""

    url: Annotated[str, Meta(description="origin of the hub, such as https://hub.example:8443")]
    authority: Annotated[Path, Meta(description="certificate of the network's private authority, PEM")]
    certificate: Annotated[Path, Meta(description="this node's certificate, PEM")]


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """How the node sends and fetches."""

    poll_wait_s: Annotated[int, Meta(ge=1, le=60, description="how long one fetch waits at the hub for mail")] = 50
    sync_interval_s: Annotated[int, Meta(ge=5, description="between two looks at the directory")] = 60
    retry_base_s: Annotated[int, Meta(ge=1, description="longest wait after a first failure")] = 4
    retry_cap_s: Annotated[int, Meta(ge=1, description="longest wait after many failures")] = 300
    submit_parallel: Annotated[int, Meta(ge=1, le=64, description="messages offered to the hub at the same time")] = 8
    post_parallel: Annotated[int, Meta(ge=1, le=64, description="receipts and tokens posted at the same time")] = 8
    seal_again_limit: Annotated[int, Meta(ge=1, le=16, description="times one draft is sealed anew by itself")] = 5
    failure_receipts_per_hour: Annotated[
        int, Meta(ge=1, description="receipts for messages that cannot be opened; more are kept back")
    ] = 60
    housekeeping_s: Annotated[int, Meta(ge=60, description="between two looks at keys, erasures and limits")] = 3_600


@dataclass(frozen=True, slots=True)
class FileSettings:
    """Attachments: where their encrypted files lie, and how they travel beside the other messages."""

    folder: Annotated[Path | None, Meta(description="folder of the files; beside the database if left out")] = None
    file_bytes: Annotated[int, Meta(ge=1, le=60 << 30, description="largest file this node sends")] = 60 << 30
    stash_hours: Annotated[int, Meta(ge=1, description="how long an uploaded file waits for its message")] = 24
    parallel: Annotated[int, Meta(ge=1, le=8, description="attachments on their way at the same time, each way")] = 2
    slice_parts: Annotated[int, Meta(ge=1, description="parts of 8 MiB before the next attachment has its turn")] = 8
    part_s: Annotated[float, Meta(gt=0, description="for one part to reach the hub or come from it")] = 1_800.0


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """The API for programs and the command line. It listens on this machine only."""

    port: Annotated[int, Meta(ge=0, le=65_535, description="TCP port on the loopback; 0: the system chooses")] = (
        API_PORT
    )
    token: Annotated[Path, Meta(description="file with the bearer token, made at the first start")] = Path("api.token")
    body_bytes: Annotated[int, Meta(ge=1_024, le=4 << 20, description="largest request")] = 1 << 20
    wrong_tokens_per_minute: Annotated[int, Meta(ge=1, description="wrong tokens before all are turned away")] = 30
    shutdown_s: Annotated[float, Meta(gt=0, description="for requests in flight to finish")] = 5.0

    def settings(self) -> HttpSettings:
        """Return the server's settings: the loopback, and a short patience."""
        return HttpSettings(
            host="127.0.0.1",
            port=self.port,
            max_connections=200,
            max_per_address=200,
            balancer_wait_s=0.0,
            shutdown_s=self.shutdown_s,
        )


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """The pages for people. Plain HTTP is for this machine alone; everywhere else a certificate is needed."""

    on: Annotated[bool, Meta(description="whether the pages are served")] = False
    host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="TCP port; 0: the system chooses")] = DESK_PORT
    origin: Annotated[
        str, Meta(description="what browsers call this desk, such as https://desk.example; empty: localhost and port")
    ] = ""
    certificate: Annotated[Path | None, Meta(description="certificate and chain of the pages, PEM")] = None
    key: Annotated[Path | None, Meta(description="private key of that certificate, PEM")] = None
    idle_minutes: Annotated[int, Meta(ge=1, le=480, description="without a click until the desk locks")] = 30
    session_hours: Annotated[int, Meta(ge=1, le=24, description="from sign-in until the next sign-in")] = 12
    network_label: Annotated[str, Meta(description="name of the network at the top of each page")] = ""
    training: Annotated[bool, Meta(description="in a network for training: marks every page, in other colours")] = False
    other_desks: Annotated[
        Mapping[str, str],
        Meta(description="desks at which one can practise too: participants with the addresses of their desks"),
    ] = field(default_factory=dict)
    shutdown_s: Annotated[float, Meta(gt=0, description="for requests in flight to finish")] = 5.0


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """A scanner for malware that looks at files of messages. Without one they are shown as not scanned."""

    address: Annotated[
        str,
        Meta(description="unix:/path/of/clamd.sock, clamd://host:3310 or icap://host:1344/service; empty: no scanner"),
    ] = ""
    elsewhere: Annotated[
        bool, Meta(description="the scanner is on another machine: files go to it over the line without encryption")
    ] = False
    connect_s: Annotated[float, Meta(gt=0, description="for the scanner to be reached")] = 5.0
    answer_s: Annotated[float, Meta(gt=0, description="without a byte from or to the scanner until it has failed")] = (
        120.0
    )
    file_bytes: Annotated[int, Meta(ge=1, description="largest file that the scanner is given")] = 1 << 30


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The log of every act on personal data."""

    keep_years: Annotated[int, Meta(ge=3, le=30, description="how long its entries are kept")] = 5
    anchor_hours: Annotated[int, Meta(ge=1, le=168, description="longest time between two anchors of it")] = 24
    anchor_entries: Annotated[int, Meta(ge=1, le=100_000, description="most entries between two anchors")] = 1_000


@dataclass(frozen=True, slots=True)
class MailSettings:
    """A mail relay of the house that takes alerts without signing in."""

    host: Annotated[str, Meta(min_length=1, description="name or address of the relay")]
    sender: Annotated[str, Meta(pattern="^[^@\\s]+@[^@\\s]+$", description="from whom the mails come")]
    port: Annotated[int, Meta(ge=1, le=65_535, description="TCP port")] = 25
    starttls: Annotated[bool, Meta(description="whether the connection has to be protected")] = True
    authority: Annotated[
        Path | None, Meta(description="who certifies the relay, PEM; the system's own if left out")
    ] = None


@dataclass(frozen=True, slots=True)
class PagerSettings:
    """A program that calls a pager or a telephone; it reads one JSON line and gets no content."""

    command: Annotated[
        tuple[str, ...], Meta(min_length=1, description="the file of the program and its arguments; no shell")
    ]


@dataclass(frozen=True, slots=True)
class PostSettings:
    """A web address that takes alerts as a fixed JSON body."""

    url: Annotated[
        str,
        Meta(
            pattern="^(https://|http://(localhost|127\\.0\\.0\\.1)[:/])",
            description="https address; plain http only on this machine",
        ),
    ]
    authority: Annotated[
        Path | None, Meta(description="who certifies the address, PEM; the system's own if left out")
    ] = None


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Who is told of an urgent item, and how fast. A channel without its section is off."""

    escalate_minutes: Annotated[
        int, Meta(ge=1, le=120, description="until the next one on the roster is told of an item that nobody took")
    ] = 10
    life_minutes: Annotated[
        int, Meta(ge=1, le=120, description="the same where life, limb or public security is threatened")
    ] = 5
    hub_silent_minutes: Annotated[
        int, Meta(ge=1, le=1_440, description="until an urgent message that waits is offered for the telephone")
    ] = 10
    name: Annotated[str, Meta(max_length=80, description="how this place is called in alerts; its id if empty")] = ""
    text: Annotated[str, Meta(min_length=1, max_length=160, description="the sentence of every alert")] = (
        "An urgent item waits at your contact point. Sign in."
    )
    test_text: Annotated[str, Meta(min_length=1, max_length=160, description="the sentence of a test")] = (
        "This is a test of the alerts. Nothing has to be done."
    )
    channel_timeout_s: Annotated[float, Meta(gt=0, le=120, description="for one channel to take an alert")] = 20.0
    screen_days: Annotated[int, Meta(ge=1, le=730, description="how long a screen on a wall stays signed in")] = 365
    mail: MailSettings | None = None
    pager: PagerSettings | None = None
    post: PostSettings | None = None


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long national law lets data be kept, in months. A sender's own date and a review may be earlier."""

    police_months: Annotated[int, Meta(ge=1, le=360, description="messages of police and joint-centre channels")] = 60
    judicial_months: Annotated[int, Meta(ge=1, le=360, description="messages of judicial channels")] = 120
    civil_months: Annotated[int, Meta(ge=1, le=120, description="messages of civil society")] = 24
    account_months: Annotated[
        int, Meta(ge=36, le=360, description="names of people whose account ended; the log names their ids only")
    ] = 36
    request_months: Annotated[int, Meta(ge=1, le=60, description="requests of investigators that nobody sent")] = 6
    draft_months: Annotated[int, Meta(ge=1, le=60, description="drafts that nobody changed or sent")] = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """One node. Relative paths are relative to this file's folder."""

    node: Annotated[str, Meta(description="id of this node in the directory, such as at.ilecu")]
    charter: Annotated[str, Meta(description="SHA-256 of the network charter, 64 hex digits, received out of band")]
    keystore: Annotated[Path, Meta(description="file with this node's keys")] = Path("node.keystore")
    passphrase: Annotated[
        str, Meta(description="where the keystore's passphrase is: fd:number or credential:name; empty asks")
    ] = ""
    network: Annotated[Path, Meta(description="directory file that the ceremony made; it holds the charter")]
    overlay: Annotated[
        Path | None, Meta(description="file with this node's own rules over one channel; they may only deny or hold")
    ] = None
    hub: HubSettings
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    client: ClientSettings = field(default_factory=ClientSettings)
    gateway: GatewaySettings = field(default_factory=GatewaySettings)
    attachments: FileSettings = field(default_factory=FileSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    witness: WitnessSettings = field(default_factory=WitnessSettings)
    processing_log: LogSettings = field(default_factory=LogSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    desk: DeskSettings = field(default_factory=DeskSettings)
    scanner: ScannerSettings = field(default_factory=ScannerSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)

    @property
    def files(self) -> Path:
        """The folder of attachment files."""
        path = database_path(self.database)
        beside = self.keystore if path is None else path
        return self.attachments.folder or beside.absolute().parent / "attachments"
