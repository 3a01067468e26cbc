"""What a node keeps of its own processing: one row for each act on personal data, bound into a chain of hashes.

Ids, codes, times and digests only; ``body`` holds the whole entry, the other columns are what it is found by.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

processing_log: Final = Table(
    "processing_log",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("operation", String(16), nullable=False),
    Column("who", String(80), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("processing_log_at", "at"),
    Index("processing_log_operation", "operation", "number"),
    Index("processing_log_who", "who", "number"),
)
processing_log_object: Final = Table(
    "processing_log_object",
    metadata,
    Column("object", LargeBinary, primary_key=True),
    Column("number", ForeignKey("processing_log.number", ondelete="CASCADE"), primary_key=True),
    Index("processing_log_object_number", "number"),
)
processing_log_start: Final = Table(
    "processing_log_start",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("trimmed_at", BigInteger, nullable=False),
)
"""Where the log begins after what was older than its time was taken out; an entry of the log says the same."""
