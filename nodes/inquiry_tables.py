"""What a node keeps of requests that investigators hand in, of what was asked to be approved, and of scanned files.

Ids, types, codes and times only; what people wrote stands in ``item``, encrypted. A scanned file is known by its random
name in the folder; the name of a finding is the scanner's word and says nothing about the content.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

inquiry: Final = Table(
    "inquiry",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("asked_by", String(64), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("type", String(64), nullable=False),
    Column("template", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("note", ForeignKey("item.id", ondelete="SET NULL")),
    Column("taken_by", String(64)),
    Column("draft", LargeBinary),
    Column("message", LargeBinary),
    Index("inquiry_asked_by", "asked_by", "number"),
    Index("inquiry_state", "state", "number"),
    Index("inquiry_draft", "draft"),
    Index("inquiry_message", "message"),
    Index("inquiry_item", "item"),
    Index("inquiry_note", "note"),
    sqlite_autoincrement=True,  # a row that is gone leaves its number behind
)
inquiry_file: Final = Table(
    "inquiry_file",
    metadata,
    Column("inquiry", LargeBinary, primary_key=True),
    Column("file", LargeBinary, primary_key=True),
    Index("inquiry_file_file", "file"),
)
"""Files that wait for their message as long as the request waits for its officer."""
release_copy: Final = Table(
    "release_copy",
    metadata,
    Column("approval", ForeignKey("case_approval.number", ondelete="CASCADE"), primary_key=True),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Index("release_copy_item", "item"),
)
file_scan: Final = Table(
    "file_scan",
    metadata,
    Column("file", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("threat", String(100)),
    Column("scanned_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Index("file_scan_due", "state", "next_at"),
)
