"""Tokens of programs, and answers under keys for repeating."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.String(80), nullable=False),
        sa.Column("item", sa.LargeBinary()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("api_token_item", "api_token", ["item"])
    op.create_table(
        "api_answer",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("item", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("api_answer_begun", "api_answer", ["begun_at"])
    op.create_index("api_answer_item", "api_answer", ["item"])
