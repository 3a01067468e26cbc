"""The ends of consents: withdrawals and expiries, whom they were told, and the content that they lock."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_withdrawal",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("consent", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("message", sa.LargeBinary(), unique=True),
        sa.Column("item", sa.LargeBinary()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("result", sa.String(8)),
        sa.Column("items", sa.Integer()),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("reason", sa.LargeBinary()),
        sa.Column("receipt", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["reason"], ["item.id"], ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    op.create_index("consent_withdrawal_consent", "consent_withdrawal", ["consent", "version"])
    op.create_table(
        "consent_notice",
        sa.Column("withdrawal", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("message", sa.LargeBinary()),
        sa.Column("trouble", sa.String(200)),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(8)),
        sa.Column("items", sa.Integer()),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("receipt", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["withdrawal"], ["consent_withdrawal.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("withdrawal", "node"),
    )
    op.create_table(
        "consent_lock",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("withdrawal", sa.Integer(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("box", sa.String(8), nullable=False),
        sa.Column("item", sa.LargeBinary()),
        sa.Column("part", sa.Boolean(), nullable=False),
        sa.Column("erase_by", sa.BigInteger()),
        sa.ForeignKeyConstraint(["withdrawal"], ["consent_withdrawal.number"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="SET NULL"),
    )
    op.create_index("consent_lock_withdrawal", "consent_lock", ["withdrawal"])
    op.create_index("consent_lock_message", "consent_lock", ["message"])
