"""Acts that several people sign, and how often which rule refused."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decided",
        sa.Column("day", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("day", "node", "channel", "rule", "article", "verdict", name="pk_decided"),
    )
    op.create_table(
        "hub_act",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_hub_act"),
        sa.UniqueConstraint("leaf", name="uq_hub_act_leaf"),
    )
