"""The tables of an auditor's own copy: one SQLite file that any tool can read. Nothing in it is secret content."""

from typing import Final

NAME: Final = "audit.db"
VERSION: Final = 1
SCRIPT: Final = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE entry (log TEXT, seq INTEGER, body BLOB NOT NULL, PRIMARY KEY (log, seq)) WITHOUT ROWID;
CREATE TABLE checkpoint (log TEXT, size INTEGER, raw BLOB NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (log, size));
CREATE TABLE witnessed (log TEXT, size INTEGER, raw BLOB NOT NULL, PRIMARY KEY (log, size));
CREATE TABLE record (leaf INTEGER PRIMARY KEY, kind INTEGER NOT NULL, raw BLOB NOT NULL);
CREATE TABLE message (
    leaf INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, at INTEGER NOT NULL, sender TEXT NOT NULL,
    channel TEXT NOT NULL, type TEXT NOT NULL, purpose TEXT NOT NULL, expires_at INTEGER NOT NULL
);
CREATE TABLE addressee (leaf INTEGER, node TEXT, PRIMARY KEY (leaf, node)) WITHOUT ROWID;
CREATE TABLE evidence (
    leaf INTEGER PRIMARY KEY, message BLOB NOT NULL, node TEXT NOT NULL, event INTEGER NOT NULL, at INTEGER NOT NULL,
    said_at INTEGER NOT NULL, held INTEGER NOT NULL
);
CREATE INDEX evidence_message ON evidence (message, node);
CREATE TABLE rule_count (
    day INTEGER, node TEXT, channel TEXT, rule TEXT, article TEXT, verdict TEXT, count INTEGER NOT NULL,
    PRIMARY KEY (day, node, channel, rule, article, verdict)
) WITHOUT ROWID;
CREATE TABLE code_count (
    day INTEGER, node TEXT, code TEXT, count INTEGER NOT NULL, PRIMARY KEY (day, node, code)
) WITHOUT ROWID;
"""
