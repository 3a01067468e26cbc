"""What a node keeps of its erasures: which legal holds stand in the way, and signed evidence of what was erased.

Ids, codes and times only; why somebody ordered a hold stands in ``item``, encrypted.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

legal_hold: Final = Table(
    "legal_hold",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("subject", LargeBinary, nullable=False),  # a case, or a message that belongs to none
    Column("code", String(32), nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("placed_by", String(64), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),  # which authority ordered it, and its number there
    Column("lifted_at", BigInteger),
    Column("lifted_by", String(64)),
    Column("why", ForeignKey("item.id", ondelete="SET NULL")),
    Index("legal_hold_subject", "subject"),
    Index("legal_hold_item", "item"),
    Index("legal_hold_why", "why"),
    sqlite_autoincrement=True,  # people name a hold by its number, so none is given twice
)
erasure: Final = Table(
    "erasure",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("ground", String(32), nullable=False),
    Column("by", String(80), nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Index("erasure_at", "at"),
)
erased: Final = Table(
    "erased",
    metadata,
    Column("subject", LargeBinary, primary_key=True),
    Column("erasure", ForeignKey("erasure.id", ondelete="CASCADE"), nullable=False),
    Index("erased_erasure", "erasure"),
)
"""The first erasure of each subject: later ones found nothing more of it, or what came with it afterwards."""
