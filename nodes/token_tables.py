"""What a node keeps of the programs that speak to it: their tokens as hashes, and answers under keys for repeating.

Hashes, scopes, times and statuses only; labels and answers stand in ``item``, encrypted.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

api_token: Final = Table(
    "api_token",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("scopes", String(80), nullable=False),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("made_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("api_token_item", "item"),
    sqlite_autoincrement=True,  # a number names one token for ever, also in the processing log
)
api_answer: Final = Table(
    "api_answer",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("status", Integer),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Index("api_answer_begun", "begun_at"),
    Index("api_answer_item", "item"),
)
