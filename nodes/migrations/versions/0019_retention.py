"""Legal holds, and evidence of what was erased. What was erased before has no evidence and gets none."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("placed_by", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.LargeBinary(), sa.ForeignKey("item.id", ondelete="SET NULL")),
        sa.Column("lifted_at", sa.BigInteger()),
        sa.Column("lifted_by", sa.String(64)),
        sa.Column("why", sa.LargeBinary(), sa.ForeignKey("item.id", ondelete="SET NULL")),
        sqlite_autoincrement=True,
    )
    for name in ("subject", "item", "why"):
        op.create_index(f"legal_hold_{name}", "legal_hold", [name])
    op.create_table(
        "erasure",
        sa.Column("id", sa.LargeBinary(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.String(32), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
    )
    op.create_index("erasure_at", "erasure", ["at"])
    op.create_table(
        "erased",
        sa.Column("subject", sa.LargeBinary(), primary_key=True),
        sa.Column("erasure", sa.LargeBinary(), sa.ForeignKey("erasure.id", ondelete="CASCADE"), nullable=False),
    )
    op.create_index("erased_erasure", "erased", ["erasure"])
