"""What a node keeps of messages that people are writing: whose, what for, how far; never what they say.

Ids, types, codes and times only; everything typed stands in ``item``, encrypted.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

draft: Final = Table(
    "draft",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("owner", String(64), nullable=False),
    Column("type", String(64), nullable=False),
    Column("template", String(64), nullable=False),
    Column("in_reply_to", LargeBinary),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("beside", LargeBinary),
    Column("begun_at", BigInteger, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("send_at", BigInteger),
    Column("message", LargeBinary),
    Column("trouble", String(64)),
    Column("saved_in", String(32)),
    Index("draft_owner", "owner", "state"),
    Index("draft_state", "state", "send_at"),
    sqlite_autoincrement=True,  # a row that is gone leaves its number behind
)
