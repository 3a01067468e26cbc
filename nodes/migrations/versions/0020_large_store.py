"""Content is found by the epoch of its key, requests by whether they were screened: nothing walks through all of it."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("item_epoch", "item", ["epoch"])
    op.create_index("inbox_screened", "inbox", ["type", "state", "item", "message"])
