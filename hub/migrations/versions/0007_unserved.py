"""What recipients were never handed: items withheld or purged before, and what the hub logged when their life ended."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unserved",
        sa.Column("leaf", sa.BigInteger(), sa.ForeignKey("message.leaf", name="fk_unserved_leaf"), nullable=False),
        sa.Column("idx", sa.SmallInteger(), nullable=False),
        sa.Column("logged", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("leaf", "idx", name="pk_unserved"),
        sa.UniqueConstraint("logged", name="uq_unserved_logged"),
    )
