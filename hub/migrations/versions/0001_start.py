"""The first schema: two logs, messages, mailboxes, evidence, tokens, directory, bookkeeping."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    logs()
    messages()
    mailboxes()
    evidence()
    directory()
    bookkeeping()


def logs() -> None:
    op.create_table(
        "entry",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "seq", name="pk_entry"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tile",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "level", "idx", name="pk_tile"),
    )
    op.create_table(
        "log_head",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("directory_size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log", name="pk_log_head"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "size", name="pk_checkpoint"),
    )


def messages() -> None:
    op.create_table(
        "message",
        sa.Column("leaf", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("random", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=True),
        sa.Column("contents", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("leaf", name="pk_message"),
        sa.CheckConstraint("state BETWEEN 0 AND 3", name="ck_message_state"),
        sa.UniqueConstraint("random", "sender", name="uq_message_random"),
        sa.UniqueConstraint("id", name="uq_message_id"),
    )
    op.create_index("ix_message_state_channel_received_at", "message", ["state", "channel", "received_at"])
    op.create_index("ix_message_state_expires_at", "message", ["state", "expires_at"])
    op.create_table(
        "wrap",
        sa.Column("leaf", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("idx", sa.SmallInteger(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("handed", sa.SmallInteger(), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("leaf", "idx", name="pk_wrap"),
        sa.ForeignKeyConstraint(["leaf"], ["message.leaf"], name="fk_wrap_leaf"),
        sa.UniqueConstraint("sender", "node", "channel", "sequence", name="uq_wrap_sender"),
    )


def mailboxes() -> None:
    op.create_table(
        "mailbox",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node", "channel", "number", name="pk_mailbox"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mailbox_head",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("served", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node", "channel", name="pk_mailbox_head"),
        sqlite_with_rowid=False,
    )


def evidence() -> None:
    op.create_table(
        "receipt",
        sa.Column("leaf", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("event", sa.SmallInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["message.leaf"], name="fk_receipt_message"),
        sa.UniqueConstraint("id", name="uq_receipt_id"),
        sa.PrimaryKeyConstraint("leaf", name="pk_receipt"),
    )
    op.create_index("ix_receipt_message_node", "receipt", ["message", "node"])
    op.create_table(
        "token",
        sa.Column("leaf", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("leaf", name="pk_token"),
        sa.UniqueConstraint("id", name="uq_token_id"),
    )
    op.create_index("ix_token_reference", "token", ["reference"])


def directory() -> None:
    op.create_table(
        "statement",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_statement"),
        sa.UniqueConstraint("digest", name="uq_statement_digest"),
    )
    op.create_table(
        "blob",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_blob"),
    )


def bookkeeping() -> None:
    op.create_table(
        "quota",
        sa.Column("day", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "node", "what", name="pk_quota"),
    )
    op.create_table(
        "refusal",
        sa.Column("day", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "node", "code", name="pk_refusal"),
    )
    op.create_table(
        "equivocation",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_equivocation"),
    )
    op.create_table(
        "admin",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_admin"),
    )
    op.create_table(
        "epoch",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("kept_size", sa.BigInteger(), nullable=False),
        sa.Column("lost_size", sa.BigInteger(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_epoch"),
    )
    op.create_table(
        "restored",
        sa.Column("at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("at", name="pk_restored"),
    )
