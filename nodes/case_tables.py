"""What a node keeps of corrections and breaches: notices, what was done about them, and who read what is restricted.

Ids, codes and times only; what people wrote about them stands in ``item``, encrypted.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy import UniqueConstraint as Unique

metadata: Final = MetaData()
"""All tables of a node belong to it; those of messages stand in ``nodes.schema``."""

# Corrections, erasures and restrictions: one row for each message that a notice names
correction: Final = Table(
    "correction",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("notice", LargeBinary, nullable=False),
    Column("about", LargeBinary, nullable=False),
    Column("box", String(8), nullable=False),
    Column("issuer", String(64), nullable=False),
    Column("action", String(16), nullable=False),
    Column("entries", String(2_000), nullable=False),
    Column("subject", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("confirm_by", BigInteger, nullable=False),
    Column("binding", Boolean, nullable=False),
    Unique("notice", "about"),
    Index("correction_about", "about"),
)
correction_step: Final = Table(
    "correction_step",
    metadata,
    Column("about", LargeBinary, primary_key=True),
    Column("subject", LargeBinary, primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("note", ForeignKey("item.id", ondelete="SET NULL")),
)
hidden_tag: Final = Table(
    "hidden_tag",
    metadata,
    Column("tag", LargeBinary, primary_key=True),
    Column("item", ForeignKey("item.id", ondelete="CASCADE"), primary_key=True),
    Index("hidden_tag_item", "item"),
)
restricted_reading: Final = Table(
    "restricted_reading",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("message", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", ForeignKey("item.id", ondelete="SET NULL")),
    Index("restricted_reading_message", "message"),
)

# Breaches: what is concerned, and which steps were taken when
breach: Final = Table(
    "breach",
    metadata,
    Column("reference", String(80), primary_key=True),
    Column("detected_at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)
breach_message: Final = Table(
    "breach_message",
    metadata,
    Column("reference", ForeignKey("breach.reference", ondelete="CASCADE"), primary_key=True),
    Column("message", LargeBinary, primary_key=True),
)
breach_step: Final = Table(
    "breach_step",
    metadata,
    Column("reference", ForeignKey("breach.reference", ondelete="CASCADE"), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("note", ForeignKey("item.id", ondelete="SET NULL")),
)
