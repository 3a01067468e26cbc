"""What a node keeps as a witness, what it found, and which checkpoints a quorum stands under.

Evidence from before is asked for like new one: its leaves are read out of the proofs that are stored.
"""

import sqlalchemy as sa
from alembic import op

from protocol.cbor import decode
from protocol.evidence import parse_inclusion
from protocol.leaf import parse_leaf
from protocol.limits import MAX_OBJECT
from protocol.shapes import as_map

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "witness_head",
        sa.Column("log", sa.String(16), primary_key=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("head_time", sa.BigInteger(), nullable=False),
        sa.Column("leaf_time", sa.BigInteger(), nullable=False),
        sa.Column("directory_size", sa.BigInteger(), nullable=False),
        sa.Column("both_at", sa.BigInteger(), nullable=False),
        sa.Column("brought", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "finding",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("log", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("ours", sa.LargeBinary(), nullable=False),
        sa.Column("theirs", sa.LargeBinary(), nullable=False),
        sa.Column("more", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("code", "log", "digest"),
    )
    op.create_table(
        "witnessed_head",
        sa.Column("size", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
    )
    waiting = op.create_table(
        "leaf_waiting",
        sa.Column("leaf", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("logged_at", sa.BigInteger(), nullable=False),
    )
    _wait_for_what_is_here(waiting)


def _wait_for_what_is_here(waiting: sa.Table) -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT proof FROM evidence WHERE issuer NOT LIKE 'lost:%'")).scalars()
    leaves = {}
    for proof in rows:
        if proof:
            inclusion = parse_inclusion(as_map(decode(proof, MAX_OBJECT), "proof", (1, 2, 3))[2])
            leaves[inclusion.index] = parse_leaf(inclusion.entry).time
    if leaves:
        connection.execute(sa.insert(waiting), [{"leaf": leaf, "logged_at": at} for leaf, at in leaves.items()])
