"""What a node keeps of urgent items: who was told of them and when, who took them, and what waits for a word of people.

Ids, codes and times only; addresses of people stand in ``item``, encrypted.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

# Urgent items and everybody who was told: append-only but for the end of an alert and of a step
alert: Final = Table(
    "alert",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("message", LargeBinary, nullable=False, unique=True),
    Column("life", Boolean, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", String(32)),
    Column("end", String(16)),
    Index("alert_ended", "ended_at", "number"),
    sqlite_autoincrement=True,
)
alert_step: Final = Table(
    "alert_step",
    metadata,
    Column("alert", ForeignKey("alert.number", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("level", String(16), nullable=False),
    Column("round", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reached", Boolean),  # not known while the step is under way
)
alert_person: Final = Table(
    "alert_person",
    metadata,
    Column("alert", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("person", String(32), primary_key=True),
    Column("place", Integer, nullable=False),
)
alert_channel: Final = Table(
    "alert_channel",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("tried_at", BigInteger, nullable=False),
    Column("reached_at", BigInteger),
    Column("code", String(32)),
)
alert_test: Final = Table(
    "alert_test",
    metadata,
    Column("who", String(80), primary_key=True),
    Column("at", BigInteger, nullable=False),
)
"""When each person or program tested the channels last."""

# Where people are told, and screens on walls
alert_address: Final = Table(
    "alert_address",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("at", BigInteger, nullable=False),
    Index("alert_address_item", "item"),
)
wall_screen: Final = Table(
    "wall_screen",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String(32), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("opened_at", BigInteger),  # before, the digest is that of the link; after, of the screen's own token
    Column("ended_at", BigInteger),
    sqlite_autoincrement=True,
)

# Messages that somebody passes on by telephone: they rest in the outbox until somebody says what becomes of them
resting: Final = Table(
    "resting",
    metadata,
    Column("message", LargeBinary, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("by", String(32), nullable=False),
)
passed_on: Final = Table(
    "passed_on",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("message", LargeBinary, nullable=False),
    Column("word", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(32), nullable=False),
    Index("passed_on_message", "message"),
    sqlite_autoincrement=True,
)
