"""What a node keeps of its own people: accounts, ways to sign in, sessions, links, the roster, broken glass.

Ids, codes, times and digests only; names, reasons, digests of passphrases and secrets stand in ``item``, encrypted.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

# Accounts: append-only
person: Final = Table(
    "person",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("sign_in", LargeBinary, unique=True),  # keyed hash of the sign-in name; free again when the account ends
    Column("created_at", BigInteger, nullable=False),
)
person_event: Final = Table(
    "person_event",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(32)),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Index("person_event_person", "person"),
    sqlite_autoincrement=True,  # a number names a proposal, so none is given twice
)

# Signing in
factor: Final = Table(
    "factor",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("tag", LargeBinary, unique=True),  # keyed hash of a passkey's id
    Column("counter", BigInteger, nullable=False),  # last accepted step of codes, or a passkey's count of signatures
    Column("since", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Index("factor_person", "person"),
)
attempt: Final = Table(
    "attempt",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Index("attempt_last", "last_at"),
)
spent_challenge: Final = Table(
    "spent_challenge",
    metadata,
    Column("nonce", LargeBinary, primary_key=True),
    Column("until", BigInteger, nullable=False),
)
session: Final = Table(
    "session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("way", String(16), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("session_person", "person"),
)
invitation: Final = Table(
    "invitation",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person", String(32), nullable=False),  # of the first administrator before there is an account
    Column("first", Boolean, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("actor", String(32)),
    Index("invitation_person", "person"),
)

# Duty and absence: append-only
roster_event: Final = Table(
    "roster_event",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("entry", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(32)),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("deputy", ForeignKey("person.id")),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("about", Integer, nullable=False),
    sqlite_autoincrement=True,
)

# Cases of others that were opened with a reason, and the reviews: append-only
glass_event: Final = Table(
    "glass_event",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", ForeignKey("person.id"), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("ground", String(32)),
    Column("outcome", String(16)),
    Column("item", ForeignKey("item.id", ondelete="SET NULL")),
    Column("about", Integer, nullable=False),
    Index("glass_event_subject", "subject"),
    Index("glass_event_actor", "actor", "at"),
    sqlite_autoincrement=True,
)
