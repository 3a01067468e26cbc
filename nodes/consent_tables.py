"""What a node keeps of the ends of consents: withdrawals, whom they were told, and the content that they lock.

Ids, codes and times only; what people said and the content itself stand in ``item``, encrypted.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

consent_withdrawal: Final = Table(
    "consent_withdrawal",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("consent", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("holder", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("message", LargeBinary, unique=True),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("result", String(8)),
    Column("items", Integer),
    Column("done_at", BigInteger),
    Column("reason", ForeignKey("item.id", ondelete="SET NULL")),
    Column("receipt", LargeBinary),
    Index("consent_withdrawal_consent", "consent", "version"),
    sqlite_autoincrement=True,  # people name an end by its number, so none is given twice
)
consent_notice: Final = Table(
    "consent_notice",
    metadata,
    Column("withdrawal", ForeignKey("consent_withdrawal.number", ondelete="CASCADE"), primary_key=True),
    Column("node", String(64), primary_key=True),
    Column("message", LargeBinary),
    Column("trouble", String(200)),
    Column("due_at", BigInteger, nullable=False),
    Column("result", String(8)),
    Column("items", Integer),
    Column("done_at", BigInteger),
    Column("receipt", LargeBinary),
)
consent_lock: Final = Table(
    "consent_lock",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("withdrawal", ForeignKey("consent_withdrawal.number", ondelete="CASCADE"), nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("box", String(8), nullable=False),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("part", Boolean, nullable=False),
    Column("erase_by", BigInteger),
    Index("consent_lock_withdrawal", "withdrawal"),
    Index("consent_lock_message", "message"),
)
