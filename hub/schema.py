"""The hub's tables. One schema for SQLite and PostgreSQL; every change is a migration beside this file.

The leaf index of the message log is the key of everything that was logged: a row without its leaf cannot exist. What is
deleted early (wraps, contents, later the signed core) is nullable; what proves that it existed is not.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _number(name: str, *, primary_key: bool = False) -> Column[int]:
    # SQLite makes only an INTEGER key the row's own address; its integers have 64 bits all the same.
    kind = BigInteger().with_variant(Integer, "sqlite") if primary_key else BigInteger()
    return Column(name, kind, primary_key=primary_key, autoincrement=False, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


# The two logs, "directory" and "messages"
ENTRY: Final = Table(
    "entry",
    METADATA,
    _text("log"),
    _number("seq"),
    _bytes("body"),
    PrimaryKeyConstraint("log", "seq"),
    sqlite_with_rowid=False,
)
TILE: Final = Table(
    "tile",
    METADATA,
    _text("log"),
    Column("level", SmallInteger, nullable=False),
    _number("idx"),
    _bytes("data"),
    PrimaryKeyConstraint("log", "level", "idx"),
)
LOG_HEAD: Final = Table(
    "log_head",
    METADATA,
    Column("log", Text, primary_key=True),
    _number("size"),
    _bytes("peaks"),  # hashes of the frontier, largest subtree first
    _number("time"),  # of the last leaf, seconds UTC; never decreases
    _number("directory_size"),  # of the last leaf; never decreases
)
CHECKPOINT: Final = Table(
    "checkpoint",
    METADATA,
    _text("log"),
    _number("size"),
    _bytes("raw"),
    PrimaryKeyConstraint("log", "size"),
)

OFFER: Final = Table(  # checkpoints that witnesses were asked to cosign
    "offer",
    METADATA,
    _text("log"),
    _number("size"),
    _number("at"),
    PrimaryKeyConstraint("log", "size"),
)
COSIGNATURE: Final = Table(
    "cosignature",
    METADATA,
    _text("log"),
    _number("size"),
    _text("witness"),
    _number("time"),  # by the witness's clock
    _bytes("plain"),  # its Ed25519 line
    _bytes("both"),  # its ML-DSA-44 line; empty without one
    PrimaryKeyConstraint("log", "size", "witness"),
)
WITNESSED: Final = Table(  # sizes under which a quorum stands, and since when by the hub's clock
    "witnessed",
    METADATA,
    _text("log"),
    _number("size"),
    _number("at"),
    PrimaryKeyConstraint("log", "size"),
)

# Messages
MESSAGE: Final = Table(
    "message",
    METADATA,
    _number("leaf", primary_key=True),
    _bytes("id"),
    _text("sender"),
    _bytes("random"),
    _text("channel"),
    _bytes("signed", nullable=True),  # the COSE_Sign over the manifest, core included
    _bytes("contents", nullable=True),  # encoded array of the inline parts' ciphertexts
    _number("received_at"),
    _number("expires_at"),
    Column("state", SmallInteger, nullable=False),
    UniqueConstraint("id"),
    UniqueConstraint("random", "sender"),
    CheckConstraint("state BETWEEN 0 AND 3", name="state"),
)
Index("ix_message_state_expires_at", MESSAGE.c.state, MESSAGE.c.expires_at)
Index("ix_message_state_channel_received_at", MESSAGE.c.state, MESSAGE.c.channel, MESSAGE.c.received_at)

WRAP: Final = Table(
    "wrap",
    METADATA,
    Column("leaf", BigInteger, ForeignKey(MESSAGE.c.leaf), nullable=False),
    Column("idx", SmallInteger, nullable=False),  # position among the recipients
    _text("sender"),
    _text("node"),
    _text("channel"),
    _number("sequence"),
    _bytes("key_id"),
    _number("number"),  # in the recipient's mailbox
    Column("handed", SmallInteger, nullable=False),  # 1 once the recipient's hand-over evidence is logged
    _bytes("wrap", nullable=True),
    PrimaryKeyConstraint("leaf", "idx"),
    UniqueConstraint("sender", "node", "channel", "sequence"),
)

# Attachments: promised by a reservation, then of a logged message; their bytes are in the part store
RESERVATION: Final = Table(
    "reservation",
    METADATA,
    Column("id", LargeBinary, primary_key=True),  # of the message
    _text("sender"),
    _bytes("envelope"),
    _number("until"),  # seconds UTC
)
Index("ix_reservation_until", RESERVATION.c.until)
ATTACHMENT: Final = Table(
    "attachment",
    METADATA,
    _bytes("message"),  # the message's id
    _text("name"),
    _bytes("place"),  # where the part store keeps the parts of this message
    _number("length"),  # bytes of ciphertext
    _bytes("root"),
    _bytes("list", nullable=True),  # the part list; absent until it is uploaded
    _bytes("held"),  # a bit for each part that is stored
    PrimaryKeyConstraint("message", "name"),
)
Index("ix_attachment_place", ATTACHMENT.c.place)

# Mailboxes
MAILBOX: Final = Table(
    "mailbox",
    METADATA,
    _text("node"),
    _text("channel"),
    _number("number"),
    Column("kind", SmallInteger, nullable=False),
    _number("leaf"),
    PrimaryKeyConstraint("node", "channel", "number"),
    sqlite_with_rowid=False,
)
MAILBOX_HEAD: Final = Table(
    "mailbox_head",
    METADATA,
    _text("node"),
    _text("channel"),
    _number("count"),
    _number("served"),  # highest number ever handed out
    PrimaryKeyConstraint("node", "channel"),
    sqlite_with_rowid=False,
)

# Evidence and tokens
RECEIPT: Final = Table(
    "receipt",
    METADATA,
    _number("leaf", primary_key=True),
    _bytes("id"),
    Column("message", BigInteger, ForeignKey(MESSAGE.c.leaf), nullable=False),
    _text("node"),
    Column("event", SmallInteger, nullable=False),
    _bytes("raw"),
    UniqueConstraint("id"),
)
Index("ix_receipt_message_node", RECEIPT.c.message, RECEIPT.c.node)
UNSERVED: Final = Table(  # what was withheld or purged before it was handed out, and what the hub logged as never so
    "unserved",
    METADATA,
    Column("leaf", BigInteger, ForeignKey(MESSAGE.c.leaf), nullable=False),  # of the message
    Column("idx", SmallInteger, nullable=False),  # position among the recipients
    Column("logged", BigInteger, nullable=True),  # leaf of the record; absent until the message's life ends
    _bytes("raw", nullable=True),  # the record
    PrimaryKeyConstraint("leaf", "idx"),
    UniqueConstraint("logged"),
)
VOID: Final = Table(  # numbers their senders declared unused
    "void",
    METADATA,
    _number("leaf", primary_key=True),
    _bytes("id"),
    _text("sender"),
    _text("node"),
    _text("channel"),
    _number("sequence"),
    _bytes("raw"),
    UniqueConstraint("id"),
    UniqueConstraint("sender", "node", "channel", "sequence"),
)
TOKEN: Final = Table(
    "token",
    METADATA,
    _number("leaf", primary_key=True),
    _bytes("id"),
    Column("kind", SmallInteger, nullable=False),
    _bytes("reference"),
    _text("holder"),
    _text("sender"),
    _text("recipient"),
    _number("expires_at"),
    _bytes("raw"),
    UniqueConstraint("id"),
)
Index("ix_token_reference", TOKEN.c.reference)
ANCHOR: Final = Table(  # how far the own log of each node had come, as the node says; what is in it stays there
    "anchor",
    METADATA,
    _number("leaf", primary_key=True),
    _bytes("id"),
    _text("node"),
    Column("kind", SmallInteger, nullable=False),
    _number("count"),
    _bytes("raw"),
    UniqueConstraint("id"),
    UniqueConstraint("node", "kind", "count"),
)

# Directory
STATEMENT: Final = Table(
    "statement",
    METADATA,
    _number("seq", primary_key=True),  # index in the directory log
    _bytes("id"),
    _bytes("digest"),  # SHA-256 of the entry
    _number("entered_at"),
    UniqueConstraint("digest"),
)
BLOB: Final = Table(
    "blob",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    _bytes("data"),
    _text("node"),  # who brought it
    _number("stored_at"),
)

# Bookkeeping
QUOTA: Final = Table(
    "quota",
    METADATA,
    _number("day"),
    _text("node"),
    _text("what"),
    _number("used"),
    PrimaryKeyConstraint("day", "node", "what"),
)
REFUSAL: Final = Table(
    "refusal",
    METADATA,
    _number("day"),
    _text("node"),
    _text("code"),
    _number("count"),
    PrimaryKeyConstraint("day", "node", "code"),
)
EQUIVOCATION: Final = Table(
    "equivocation",
    METADATA,
    Column("id", LargeBinary, primary_key=True),  # of the message that was refused
    _text("sender"),
    _bytes("signed"),
    _number("at"),
)
DECIDED: Final = Table(  # how often a rule refused messages of a node in a channel; no message is named
    "decided",
    METADATA,
    _number("day"),
    _text("node"),
    _text("channel"),
    _text("rule"),
    _text("article"),
    _text("verdict"),
    _number("count"),
    PrimaryKeyConstraint("day", "node", "channel", "rule", "article", "verdict"),
)
HUB_ACT: Final = Table(  # acts that several people sign: proposed, and carried out with the leaf they then have
    "hub_act",
    METADATA,
    Column("id", LargeBinary, primary_key=True),  # digest of the payload
    Column("kind", SmallInteger, nullable=False),
    _number("issued_at"),
    _bytes("raw"),  # the act under the signatures it has so far
    Column("leaf", BigInteger, nullable=True),  # of the message log, once it is carried out
    UniqueConstraint("leaf"),
)
ADMIN: Final = Table(
    "admin",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    _number("at"),
    _text("event"),
    _text("subject"),
)
EPOCH: Final = Table(
    "epoch",
    METADATA,
    _number("number", primary_key=True),
    _number("started_at"),
    _number("kept_size"),  # leaves of the message log that survived
    _number("lost_size"),  # largest size that was promised before the loss
    _bytes("statement"),  # id of the RESTART statement; empty for the first epoch
)
RESTORED: Final = Table(
    "restored",
    METADATA,
    _number("at", primary_key=True),
    _number("size"),  # of the message log in the backup
)
