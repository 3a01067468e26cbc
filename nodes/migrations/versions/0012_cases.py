"""Cases: entries that are only added, the line by which a case is found, its people and messages, and approvals."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _file()
    _parts()
    _events()
    _approvals()
    # A word leads to its items, and from there to the messages that hold them.
    op.create_index("inbox_item", "inbox", ["item"])
    op.create_index("outbox_item", "outbox", ["item"])


def _file() -> None:
    op.create_table(
        "case_file",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("machine", sa.String(32), nullable=False),
        sa.Column("mine", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("message", sa.LargeBinary(), unique=True),
        sa.Column("parent", sa.LargeBinary()),
        sa.Column("partner", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(16)),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("lane", sa.String(8)),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("stand", sa.String(8), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("limited", sa.Boolean(), nullable=False),
        sa.Column("assignee", sa.String(64)),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("awaited_at", sa.BigInteger()),
        sa.Column("rests", sa.Boolean(), nullable=False),
        sa.Column("review_at", sa.BigInteger()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("case_file_updated", "case_file", ["updated_at", "number"])
    op.create_index("case_file_stand", "case_file", ["stand", "updated_at", "number"])
    op.create_index("case_file_due", "case_file", ["due_at", "number"])
    op.create_index("case_file_awaited", "case_file", ["awaited_at", "number"])
    op.create_index("case_file_assignee", "case_file", ["assignee", "updated_at", "number"])
    op.create_index("case_file_partner", "case_file", ["partner", "updated_at", "number"])
    op.create_index("case_file_review", "case_file", ["review_at"])
    op.create_index("case_file_held", "case_file", ["held", "updated_at", "number"])
    op.create_index("case_file_reference", "case_file", ["reference"])
    op.create_index("case_file_parent", "case_file", ["parent"])


def _parts() -> None:
    for name, column in (("case_partner", "node"), ("case_person", "person")):
        op.create_table(
            name,
            sa.Column("case", sa.Integer(), nullable=False),
            sa.Column(column, sa.String(64), nullable=False),
            sa.ForeignKeyConstraint(["case"], ["case_file.number"], ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("case", column),
        )
        op.create_index(f"{name}_{column}", name, [column])
    op.create_table(
        "case_message",
        sa.Column("message", sa.LargeBinary(), primary_key=True),
        sa.Column("case", sa.Integer(), nullable=False),
        sa.Column("box", sa.String(8), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case_file.number"], ondelete="CASCADE"),
    )
    op.create_index("case_message_case", "case_message", ["case"])


def _events() -> None:
    op.create_table(
        "case_event",
        sa.Column("case", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("signal", sa.String(24)),
        sa.Column("who", sa.String(64)),
        sa.Column("to", sa.String(64)),
        sa.Column("message", sa.LargeBinary()),
        sa.Column("node", sa.String(64)),
        sa.Column("reason", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["case"], ["case_file.number"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["reason"], ["item.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("case", "number"),
    )
    op.create_index("case_event_reason", "case_event", ["reason"])


def _approvals() -> None:
    op.create_table(
        "case_approval",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("case", sa.Integer()),
        sa.Column("rules", sa.String(400), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary()),
        sa.Column("verdict", sa.String(16)),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("reason", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["case"], ["case_file.number"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["note"], ["item.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["reason"], ["item.id"], ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    op.create_index("case_approval_subject", "case_approval", ["subject"])
    op.create_index("case_approval_open", "case_approval", ["verdict", "asked_at"])
    op.create_index("case_approval_case", "case_approval", ["case"])
