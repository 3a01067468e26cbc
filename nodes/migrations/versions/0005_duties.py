"""Duties: what an allowed message asks of the people at this node, until when, and when it was done."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("box", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("obligation", sa.String(64), nullable=False),
        sa.Column("asks", sa.String(16), nullable=False),
        sa.Column("article", sa.String(200), nullable=False),
        sa.Column("text", sa.String(64), nullable=False),
        sa.Column("owed_to", sa.String(64), nullable=False),
        sa.Column("policy", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("note", sa.LargeBinary()),
        sa.UniqueConstraint("message", "obligation", "owed_to"),
    )
    op.create_index("duty_due", "duty", ["done_at", "due_at"])
