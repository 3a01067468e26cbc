"""What a node keeps: its replica of the directory, what it sends, what it received, and the evidence of both.

Names, texts and documents stand only in ``item``, encrypted; every other table holds ids, codes, times and digests.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from nodes import (
    alert_tables,
    case_event_tables,
    consent_tables,
    draft_tables,
    holding_tables,
    inquiry_tables,
    log_tables,
    people_tables,
    retention_tables,
    token_tables,
    witness_tables,
)

metadata: Final = consent_tables.metadata
PARTS: Final = (
    *(alert_tables, case_event_tables, consent_tables, draft_tables, holding_tables),
    *(inquiry_tables, log_tables, people_tables, retention_tables, token_tables, witness_tables),
)
"""The modules with the other tables of a node, named here so that whoever takes the schema has all of it."""

# The network as this node verified it
directory_entry: Final = Table(
    "directory_entry",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
log_head: Final = Table(
    "log_head",
    metadata,
    Column("log", String(16), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)
blob: Final = Table(
    "blob",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
fact: Final = Table(
    "fact",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
alarm: Final = Table(
    "alarm",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("code", String(32), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
    UniqueConstraint("code", "subject"),
)

# Content at rest
item: Final = Table(
    "item",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("item_epoch", "epoch"),
)
search_tag: Final = Table(
    "search_tag",
    metadata,
    Column("tag", LargeBinary, primary_key=True),
    Column("item", ForeignKey("item.id", ondelete="CASCADE"), primary_key=True),
    Index("search_tag_item", "item"),
)

# What goes out
conversation: Final = Table(
    "conversation",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("peers", String, nullable=False),
    UniqueConstraint("channel", "peers"),
)
sequence: Final = Table(
    "sequence",
    metadata,
    Column("node", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("last", BigInteger, nullable=False),
)
outbox: Final = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("message", LargeBinary, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("type", String(16), nullable=False),
    Column("conversation", LargeBinary, nullable=False),
    Column("in_reply_to", LargeBinary),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("decision", LargeBinary, nullable=False),
    Column("signed", LargeBinary, nullable=False),
    Column("envelope", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("erase_by", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("code", String(32)),
    Column("refusal", LargeBinary),
    Column("accepted_at", BigInteger),
    Column("replaces", LargeBinary),
    Column("replaced_by", LargeBinary),
    Index("outbox_due", "state", "next_at"),
    Index("outbox_conversation", "conversation"),
    Index("outbox_in_reply_to", "in_reply_to"),
    Index("outbox_item", "item"),
    Column("reference", String(16)),
    Index("outbox_reference", "reference"),
    Index("outbox_erase_by", "erase_by", sqlite_where=text("item IS NOT NULL")),
    Index("outbox_created", "created_at", sqlite_where=text("item IS NOT NULL")),
    Index("outbox_enveloped", "state", sqlite_where=text("envelope IS NOT NULL")),
)
addressee: Final = Table(
    "addressee",
    metadata,
    Column("message", ForeignKey("outbox.message", ondelete="CASCADE"), primary_key=True),
    Column("node", String(64), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("handed_over_at", BigInteger),
    Column("held", Boolean),
    Column("read_at", BigInteger),
    Column("failed_at", BigInteger),
    Column("rejected_at", BigInteger),
    Column("held_rule", String(64)),
    Column("unserved_at", BigInteger),
    Index(
        "addressee_waiting",
        "message",
        sqlite_where=text("handed_over_at IS NULL AND failed_at IS NULL AND rejected_at IS NULL"),
    ),
    Index("addressee_unserved", "unserved_at", sqlite_where=text("unserved_at IS NOT NULL")),
)
request: Final = Table(
    "request",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# Files: plaintexts that wait for their message, and the parts of sent and received messages
stash: Final = Table(
    "stash",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("item", ForeignKey("item.id", ondelete="CASCADE"), nullable=False),
    Column("file", String(32), nullable=False, unique=True),
    Column("length", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("stash_expires", "expires_at"),
)
attachment: Final = Table(
    "attachment",
    metadata,
    Column("message", LargeBinary, primary_key=True),
    Column("part", String(16), primary_key=True),
    Column("box", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("file", String(32), nullable=False, unique=True),
    Column("length", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("list", LargeBinary),
    Column("done", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("code", String(32)),
    Index("attachment_due", "box", "state", "next_at"),
    Index("attachment_item", "item"),
)

# What came in
cursor: Final = Table(
    "cursor",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("fetched_at", BigInteger, nullable=False),
)
inbox: Final = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("message", LargeBinary, unique=True),
    Column("state", String(16), nullable=False),
    Column("code", String(32)),
    Column("sender", String(64)),
    Column("type", String(16)),
    Column("conversation", LargeBinary),
    Column("in_reply_to", LargeBinary),
    Column("random", LargeBinary),
    Column("sequence", BigInteger),
    Column("mode", String(16)),
    Column("decision", LargeBinary),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("raw", LargeBinary, nullable=False),
    Column("logged_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("erase_by", BigInteger),
    Column("read_at", BigInteger),
    Column("released_at", BigInteger),
    Column("returned_at", BigInteger),
    Column("reason", LargeBinary),
    Column("out_of_order", Boolean, nullable=False),
    Column("reference", String(16)),
    Index("inbox_reference", "reference"),
    UniqueConstraint("sender", "random"),
    Index("inbox_state", "state"),
    Index("inbox_conversation", "conversation"),
    Index("inbox_in_reply_to", "in_reply_to"),
    Index("inbox_item", "item"),
    Index("inbox_screened", "type", "state", "item", "message"),
    Index("inbox_sender", "sender", "channel", "sequence"),
    Index("inbox_erase_by", "erase_by", sqlite_where=text("item IS NOT NULL")),
    Index("inbox_logged", "logged_at", sqlite_where=text("item IS NOT NULL")),
)
peer: Final = Table(
    "peer",
    metadata,
    Column("sender", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("highest", BigInteger, nullable=False),
)
gap: Final = Table(
    "gap",
    metadata,
    Column("sender", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("low", BigInteger, primary_key=True, autoincrement=False),
    Column("high", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)
void: Final = Table(
    "void",
    metadata,
    Column("sender", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Integer, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("proof", LargeBinary, nullable=False),
    Column("logged_at", BigInteger, nullable=False),
    Index("void_logged", "logged_at"),
)

# Signed statements on their way to the hub, and what came back
posting: Final = Table(
    "posting",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("verb", String(16), nullable=False),
    Column("subject", LargeBinary, nullable=False),
    Column("event", Integer, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("code", String(32)),
    Index("posting_due", "state", "next_at"),
    Index("posting_subject", "subject"),
)
evidence: Final = Table(
    "evidence",
    metadata,
    Column("subject", LargeBinary, primary_key=True),
    Column("issuer", String(80), primary_key=True),
    Column("event", Integer, primary_key=True, autoincrement=False),
    Column("raw", LargeBinary, nullable=False),
    Column("proof", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("logged_at", BigInteger, nullable=False),
)

# Consent
consent: Final = Table(
    "consent",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("recorded_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    UniqueConstraint("id", "version", "phase"),
)
consent_reference: Final = Table(
    "consent_reference",
    metadata,
    Column("reference", LargeBinary, primary_key=True),
    Column("consent", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("holder", String(64), nullable=False),
    Column("sender", String(64), nullable=False),
    Column("recipient", String(64), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Index("consent_reference_consent", "consent", "version"),
)

# What a received request was found to be, and the keyed tags of own lists that it is compared with
screening: Final = Table(
    "screening",
    metadata,
    Column("message", LargeBinary, primary_key=True),
    Column("lane", String(8), nullable=False),
    Column("held", Boolean, nullable=False),
    Column("screened_at", BigInteger, nullable=False),
    Column("result", LargeBinary, nullable=False),
)

# What was shown to others
disclosure: Final = Table(
    "disclosure",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("message", LargeBinary, nullable=False),
    Column("part", String(16), nullable=False),
    Column("recipient", String(64), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("revealed", Integer, nullable=False),
    Column("withheld", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("disclosure_message", "message"),
)

# What allowed messages ask of the people here
duty: Final = Table(
    "duty",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("message", LargeBinary, nullable=False),
    Column("box", String(8), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("type", String(16), nullable=False),
    Column("obligation", String(64), nullable=False),
    Column("asks", String(16), nullable=False),
    Column("article", String(200), nullable=False),
    Column("text", String(64), nullable=False),
    Column("owed_to", String(64), nullable=False),
    Column("policy", LargeBinary, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("note", LargeBinary),
    UniqueConstraint("message", "obligation", "owed_to"),
    Index("duty_due", "done_at", "due_at"),
)
