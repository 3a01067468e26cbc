"""The processing log: every act on personal data, hash-chained."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "processing_log",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("operation", sa.String(16), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("processing_log_at", "processing_log", ["at"])
    op.create_index("processing_log_operation", "processing_log", ["operation", "number"])
    op.create_index("processing_log_who", "processing_log", ["who", "number"])
    op.create_table(
        "processing_log_object",
        sa.Column("object", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["processing_log.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("object", "number"),
    )
    op.create_index("processing_log_object_number", "processing_log_object", ["number"])
    op.create_table(
        "processing_log_start",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("trimmed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("only"),
    )
