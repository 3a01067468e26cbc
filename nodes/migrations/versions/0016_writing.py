"""Which window saved a draft, what was asked to be approved, requests of investigators, and what a scanner found."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draft", sa.Column("saved_in", sa.String(32)))
    op.create_table(
        "release_copy",
        sa.Column("approval", sa.Integer(), nullable=False),
        sa.Column("item", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["approval"], ["case_approval.number"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("approval"),
    )
    op.create_index("release_copy_item", "release_copy", ["item"])
    op.create_table(
        "inquiry",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.LargeBinary()),
        sa.Column("note", sa.LargeBinary()),
        sa.Column("taken_by", sa.String(64)),
        sa.Column("draft", sa.LargeBinary()),
        sa.Column("message", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["item"], ["item.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["note"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("inquiry_asked_by", "inquiry", ["asked_by", "number"])
    op.create_index("inquiry_state", "inquiry", ["state", "number"])
    op.create_index("inquiry_draft", "inquiry", ["draft"])
    op.create_index("inquiry_message", "inquiry", ["message"])
    op.create_index("inquiry_item", "inquiry", ["item"])
    op.create_index("inquiry_note", "inquiry", ["note"])
    op.create_table(
        "file_scan",
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("threat", sa.String(100)),
        sa.Column("scanned_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("file"),
    )
    op.create_index("file_scan_due", "file_scan", ["state", "next_at"])
