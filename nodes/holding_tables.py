"""A contact point's own lists for the cross-check, as keyed tags only: nothing of an entry can be read back."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

holding_list: Final = Table(
    "holding_list",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("entries", Integer, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    Column("erase_by", BigInteger, nullable=False),
)
holding_tag: Final = Table(
    "holding_tag",
    metadata,
    Column("tag", LargeBinary, primary_key=True),
    Column("list", ForeignKey("holding_list.name", ondelete="CASCADE"), primary_key=True),
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Index("holding_tag_list", "list"),
)
