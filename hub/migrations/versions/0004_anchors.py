"""How far the own logs of nodes had come, as they anchored them in the message log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anchor",
        sa.Column("leaf", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("leaf", name="pk_anchor"),
        sa.UniqueConstraint("id", name="uq_anchor_id"),
        sa.UniqueConstraint("node", "kind", "count", name="uq_anchor_node"),
    )
