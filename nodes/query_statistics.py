"""How selective each index of a node's large tables is, so that SQLite finds its way when they are large.

Without statistics SQLite takes an index over a handful of states for a good one, and a look at a hundred messages reads
the whole box. The figures are those of a node with 100 000 cases, rounded. They are the same everywhere and for ever,
instead of measured now and then, so that a query goes the same way on every node and in every test.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

STATISTICS: Final[Mapping[str, Mapping[str, str]]] = {
    "addressee": {
        "addressee_unserved": "100 1",
        "addressee_waiting": "200 1",
        "sqlite_autoindex_addressee_1": "100000 1 1",
    },
    "case_event": {"case_event_reason": "500000 5", "sqlite_autoindex_case_event_1": "500000 5 1"},
    "case_file": {
        "case_file_assignee": "100000 5000 1 1",
        "case_file_awaited": "100000 40 1",
        "case_file_due": "100000 40 1",
        "case_file_held": "100000 50000 1 1",
        "case_file_parent": "100000 50",
        "case_file_partner": "100000 5000 1 1",
        "case_file_reference": "100000 2",
        "case_file_review": "100000 2",
        "case_file_stand": "100000 5000 1 1",
        "case_file_state": "100000 40000 1 1",
        "case_file_updated": "100000 1 1",
        "sqlite_autoindex_case_file_1": "100000 1",
        "sqlite_autoindex_case_file_2": "100000 1",
    },
    "case_message": {"case_message_case": "200000 2", "sqlite_autoindex_case_message_1": "200000 1"},
    "case_person": {"case_person_person": "100000 5000", "sqlite_autoindex_case_person_1": "100000 1 1"},
    "evidence": {"sqlite_autoindex_evidence_1": "500000 3 2 1"},
    "inbox": {
        "inbox_conversation": "100000 4",
        "inbox_erase_by": "100000 300",
        "inbox_in_reply_to": "100000 3",
        "inbox_item": "100000 1",
        "inbox_logged": "100000 1",
        "inbox_reference": "100000 2",
        "inbox_screened": "100000 2000 1000 1 1",
        "inbox_sender": "100000 5000 2500 1",
        "inbox_state": "100000 25000",
        "sqlite_autoindex_inbox_1": "100000 1",
        "sqlite_autoindex_inbox_2": "100000 5000 1",
    },
    "item": {"item_epoch": "200000 100000", "sqlite_autoindex_item_1": "200000 1"},
    "legal_hold": {"legal_hold_item": "50 1", "legal_hold_subject": "50 1", "legal_hold_why": "50 1"},
    "outbox": {
        "outbox_conversation": "100000 4",
        "outbox_created": "100000 1",
        "outbox_due": "100000 5000 1",
        "outbox_enveloped": "500 250",
        "outbox_erase_by": "100000 300",
        "outbox_in_reply_to": "100000 3",
        "outbox_item": "100000 1",
        "outbox_reference": "100000 2",
        "sqlite_autoindex_outbox_1": "100000 1",
    },
    "posting": {
        "posting_due": "200000 50000 2",
        "posting_subject": "200000 2",
        "sqlite_autoindex_posting_1": "200000 1",
    },
    "processing_log": {
        "processing_log_at": "1000000 3",
        "processing_log_operation": "1000000 150000 1",
        "processing_log_who": "1000000 50000 1",
        "sqlite_autoindex_processing_log_1": "1000000 1",
    },
    "processing_log_object": {
        "processing_log_object_number": "2000000 2",
        "sqlite_autoindex_processing_log_object_1": "2000000 10 1",
    },
    "screening": {"sqlite_autoindex_screening_1": "50000 1"},
    "search_tag": {"search_tag_item": "4000000 20", "sqlite_autoindex_search_tag_1": "4000000 40 1"},
}
"""By table and index: how many rows, and how many of them have the same first column, the same first two, and so on.

For where a case stands, types and states of messages it is what is asked for that counts: what goes on, what is rare.
"""


def put_statistics(connection: Connection) -> None:
    """Let SQLite plan by ``STATISTICS``, on this connection at once and on others once they open the database."""
    if connection.dialect.name != "sqlite":
        return
    run = connection.exec_driver_sql
    if not run("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").all():
        run("ANALYZE alembic_version")  # it makes the table; any small one would do
    wanted = {(table, index, text) for table, of in STATISTICS.items() for index, text in of.items()}
    if {tuple(row) for row in run("SELECT tbl, idx, stat FROM sqlite_stat1")} == wanted:
        return
    run("DELETE FROM sqlite_stat1")
    for each in sorted(wanted):
        run("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", each)
    run("ANALYZE sqlite_master")  # reads the figures, measures nothing
