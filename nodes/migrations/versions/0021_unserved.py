"""When the hub logged of an addressee that it never fetched a message before its life ended."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("addressee", sa.Column("unserved_at", sa.BigInteger(), nullable=True))
