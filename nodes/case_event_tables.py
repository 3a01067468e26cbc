"""What a node keeps of its cases: entries that are only ever added, and one line for each case by which it is found.

Ids, codes and times only; reasons and notes of people stand in ``item``, encrypted. The line holds nothing that is not
folded from the entries and the messages: it is there so that lists of very many cases are fast.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from nodes.case_tables import metadata as case_metadata

metadata: Final = case_metadata

case_file: Final = Table(
    "case_file",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("machine", String(32), nullable=False),
    Column("mine", Boolean, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("type", String(16), nullable=False),
    Column("message", LargeBinary, unique=True),
    Column("parent", LargeBinary),
    Column("partner", String(64), nullable=False),
    Column("reference", String(16)),
    Column("urgent", Boolean, nullable=False),
    Column("lane", String(8)),
    Column("state", String(24), nullable=False),
    Column("stand", String(8), nullable=False),
    Column("held", Boolean, nullable=False),
    Column("limited", Boolean, nullable=False),
    Column("assignee", String(64)),
    Column("last", Integer, nullable=False),
    Column("due_at", BigInteger),
    Column("awaited_at", BigInteger),
    Column("rests", Boolean, nullable=False),
    Column("review_at", BigInteger),
    Column("opened_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("seen", BigInteger),  # stands for its messages as they were when the case was last looked at
    Index("case_file_updated", "updated_at", "number"),
    Index("case_file_stand", "stand", "updated_at", "number"),
    Index("case_file_state", "state", "updated_at", "number"),
    Index("case_file_due", "due_at", "number"),
    Index("case_file_awaited", "awaited_at", "number"),
    Index("case_file_assignee", "assignee", "updated_at", "number"),
    Index("case_file_partner", "partner", "updated_at", "number"),
    Index("case_file_review", "review_at"),
    Index("case_file_held", "held", "updated_at", "number"),
    Index("case_file_reference", "reference"),
    Index("case_file_parent", "parent"),
    sqlite_autoincrement=True,  # a page that was open goes on where it stood, so no number is given twice
)
case_partner: Final = Table(
    "case_partner",
    metadata,
    Column("case", ForeignKey("case_file.number", ondelete="CASCADE"), primary_key=True),
    Column("node", String(64), primary_key=True),
    Index("case_partner_node", "node"),
)
case_person: Final = Table(
    "case_person",
    metadata,
    Column("case", ForeignKey("case_file.number", ondelete="CASCADE"), primary_key=True),
    Column("person", String(64), primary_key=True),
    Index("case_person_person", "person"),
)
case_message: Final = Table(
    "case_message",
    metadata,
    Column("message", LargeBinary, primary_key=True),
    Column("case", ForeignKey("case_file.number", ondelete="CASCADE"), nullable=False),
    Column("box", String(8), nullable=False),
    Index("case_message_case", "case"),
)
case_event: Final = Table(
    "case_event",
    metadata,
    Column("case", ForeignKey("case_file.number", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
    Column("name", String(24), nullable=False),
    Column("signal", String(24)),
    Column("who", String(64)),
    Column("to", String(64)),
    Column("message", LargeBinary),
    Column("node", String(64)),
    Column("reason", ForeignKey("item.id", ondelete="SET NULL")),
    Index("case_event_reason", "reason"),
)
case_approval: Final = Table(
    "case_approval",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("case", ForeignKey("case_file.number", ondelete="SET NULL")),
    Column("rules", String(400), nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("note", ForeignKey("item.id", ondelete="SET NULL")),
    Column("verdict", String(16)),
    Column("decided_by", String(64)),
    Column("decided_at", BigInteger),
    Column("reason", ForeignKey("item.id", ondelete="SET NULL")),
    Index("case_approval_subject", "subject"),
    Index("case_approval_open", "verdict", "asked_at"),
    Index("case_approval_case", "case"),
    sqlite_autoincrement=True,
)
