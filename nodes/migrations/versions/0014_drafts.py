"""Messages that people are writing, with when they leave."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("in_reply_to", sa.LargeBinary()),
        sa.Column("item", sa.LargeBinary()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("beside", sa.LargeBinary()),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("send_at", sa.BigInteger()),
        sa.Column("message", sa.LargeBinary()),
        sa.Column("trouble", sa.String(64)),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("draft_owner", "draft", ["owner", "state"])
    op.create_index("draft_state", "draft", ["state", "send_at"])
