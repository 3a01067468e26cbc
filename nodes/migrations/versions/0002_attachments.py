"""Attachments: plaintexts that wait for their message, and the parts of sent and received messages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    stash()
    attachment()


def stash() -> None:
    op.create_table(
        "stash",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("file", sa.String(32), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("file"),
    )
    op.create_index("stash_expires", "stash", ["expires_at"])


def attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("box", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("item", sa.LargeBinary()),
        sa.Column("file", sa.String(32), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("list", sa.LargeBinary()),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(32)),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("message", "part"),
        sa.UniqueConstraint("file"),
    )
    op.create_index("attachment_due", "attachment", ["box", "state", "next_at"])
    op.create_index("attachment_item", "attachment", ["item"])
