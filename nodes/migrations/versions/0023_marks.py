"""What was last seen of each case, files of requests, when alerts were tested, openings by who broke the glass."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_file", sa.Column("seen", sa.BigInteger(), nullable=True))
    op.create_index("glass_event_actor", "glass_event", ["actor", "at"])
    op.create_table(
        "alert_test",
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("who"),
    )
    op.create_table(
        "inquiry_file",
        sa.Column("inquiry", sa.LargeBinary(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("inquiry", "file"),
    )
    op.create_index("inquiry_file_file", "inquiry_file", ["file"])
