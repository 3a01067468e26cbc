"""What witnesses are asked to cosign, what they answered, and which sizes a quorum stands under."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offer",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("log", "size", name="pk_offer"),
    )
    op.create_table(
        "cosignature",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("plain", sa.LargeBinary(), nullable=False),
        sa.Column("both", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "size", "witness", name="pk_cosignature"),
    )
    op.create_table(
        "witnessed",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("log", "size", name="pk_witnessed"),
    )
