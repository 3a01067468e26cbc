"""Corrections with what was done about them, restricted content, breaches, and which rule holds a message elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("addressee", sa.Column("held_rule", sa.String(64)))
    _corrections()
    _restrictions()
    _breaches()


def _corrections() -> None:
    op.create_table(
        "correction",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("notice", sa.LargeBinary(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("box", sa.String(8), nullable=False),
        sa.Column("issuer", sa.String(64), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("entries", sa.String(2_000), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("confirm_by", sa.BigInteger(), nullable=False),
        sa.Column("binding", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("notice", "about"),
    )
    op.create_index("correction_about", "correction", ["about"])
    op.create_table(
        "correction_step",
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["note"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("about", "subject", "step"),
    )


def _restrictions() -> None:
    op.create_table(
        "hidden_tag",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag", "item"),
    )
    op.create_index("hidden_tag_item", "hidden_tag", ["item"])
    op.create_table(
        "restricted_reading",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["reason"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("restricted_reading_message", "restricted_reading", ["message"])


def _breaches() -> None:
    op.create_table(
        "breach",
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("detected_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "breach_message",
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["breach.reference"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reference", "message"),
    )
    op.create_table(
        "breach_step",
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["reference"], ["breach.reference"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["note"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("reference", "step"),
    )
