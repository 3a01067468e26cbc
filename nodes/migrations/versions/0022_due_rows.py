"""What is due for erasure, has its sealed bytes still, or was not fetched, is found by an index, not by a whole box."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_KEPT = sa.text("item IS NOT NULL")
_SILENT = sa.text("handed_over_at IS NULL AND failed_at IS NULL AND rejected_at IS NULL")


def upgrade() -> None:
    op.create_index("inbox_erase_by", "inbox", ["erase_by"], sqlite_where=_KEPT)
    op.create_index("inbox_logged", "inbox", ["logged_at"], sqlite_where=_KEPT)
    op.create_index("outbox_erase_by", "outbox", ["erase_by"], sqlite_where=_KEPT)
    op.create_index("outbox_created", "outbox", ["created_at"], sqlite_where=_KEPT)
    op.create_index("outbox_enveloped", "outbox", ["state"], sqlite_where=sa.text("envelope IS NOT NULL"))
    op.create_index("addressee_waiting", "addressee", ["message"], sqlite_where=_SILENT)
    op.create_index("addressee_unserved", "addressee", ["unserved_at"], sqlite_where=sa.text("unserved_at IS NOT NULL"))
    op.create_index("case_file_state", "case_file", ["state", "updated_at", "number"])
