"""Alerts of urgent items, addresses they go to, screens on walls, and messages that are passed on by telephone."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _alerts()
    _screens()
    _passing_on()


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("life", sa.Boolean(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_by", sa.String(32)),
        sa.Column("end", sa.String(16)),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("message"),
        sqlite_autoincrement=True,
    )
    op.create_index("alert_ended", "alert", ["ended_at", "number"])
    op.create_table(
        "alert_step",
        sa.Column("alert", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reached", sa.Boolean()),
        sa.ForeignKeyConstraint(["alert"], ["alert.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alert", "number"),
    )
    op.create_table(
        "alert_person",
        sa.Column("alert", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("step", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("alert", "step", "person"),
    )
    op.create_table(
        "alert_channel",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=False),
        sa.Column("reached_at", sa.BigInteger()),
        sa.Column("code", sa.String(32)),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "alert_address",
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("item", sa.LargeBinary()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"]),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_index("alert_address_item", "alert_address", ["item"])


def _screens() -> None:
    op.create_table(
        "wall_screen",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("digest"),
        sqlite_autoincrement=True,
    )


def _passing_on() -> None:
    op.create_table(
        "resting",
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("message"),
    )
    op.create_table(
        "passed_on",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("word", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("passed_on_message", "passed_on", ["message"])
