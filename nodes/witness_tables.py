"""What a node keeps as a witness, what it found wrong with the logs, and which checkpoints a quorum stands under."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Table, UniqueConstraint

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

witness_head: Final = Table(
    "witness_head",
    metadata,
    Column("log", String(16), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("head_time", BigInteger, nullable=False),
    Column("leaf_time", BigInteger, nullable=False),
    Column("directory_size", BigInteger, nullable=False),
    Column("both_at", BigInteger, nullable=False),
    Column("brought", Boolean, nullable=False),
)
"""The last checkpoint this witness cosigned, or is about to: it is here before anything is signed."""
finding: Final = Table(
    "finding",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("code", String(32), nullable=False),
    Column("log", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("ours", LargeBinary, nullable=False),
    Column("theirs", LargeBinary, nullable=False),
    Column("more", LargeBinary, nullable=False),
    UniqueConstraint("code", "log", "digest"),
)
"""Two signed objects that cannot both be honest, kept for ever; ``more`` is an array of what connects them."""
witnessed_head: Final = Table(
    "witnessed_head",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("of", Integer, nullable=False),
)
"""Checkpoints of the message log under a quorum of witnesses, complete ``at``, as this node verified them."""
leaf_waiting: Final = Table(
    "leaf_waiting",
    metadata,
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("logged_at", BigInteger, nullable=False),
)
"""Leaves that prove something here and that no witnessed checkpoint covers yet."""
