"""Whatever answers a message is found by an index, in both directions."""

from alembic import op

revision = "0007"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("inbox_in_reply_to", "inbox", ["in_reply_to"])
    op.create_index("outbox_in_reply_to", "outbox", ["in_reply_to"])
