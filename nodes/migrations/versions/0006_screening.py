"""The screening of received requests, and the keyed tags of a node's own lists that requests are compared with."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screening",
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("lane", sa.String(8), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("screened_at", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("message"),
    )
    op.create_table(
        "holding_list",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("erase_by", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "holding_tag",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("list", sa.String(64), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["list"], ["holding_list.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag", "list", "entry"),
    )
    op.create_index("holding_tag_list", "holding_tag", ["list"])
