"""Sessions and links in the database: digests of their tokens only."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from nodes.people.acting import PersonId
from nodes.people.factors import Way
from nodes.people_tables import invitation, session
from protocol.ports import Entropy

TOKEN: Final = 32  # bytes, 256 bits
KEPT_S: Final = 90 * 86_400  # for which an ended session or used link is still shown to administrators
_TEXT: Final = 43  # characters of a token in base64 without padding


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session that nobody ended."""

    digest: bytes
    person: PersonId
    way: Way
    started_at: int
    seen_at: int


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link that nobody used."""

    digest: bytes
    person: PersonId
    first: bool
    made_at: int
    expires_at: int
    by: PersonId | None = None


def new_token(entropy: Entropy) -> str:
    """Return a fresh token as people and browsers carry it."""
    return base64.urlsafe_b64encode(entropy(TOKEN)).rstrip(b"=").decode()


def digest_of(token: str) -> bytes:
    """Return what is stored of a token. A token has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(b"people " + token[: _TEXT + 1].encode("utf-8", "replace")).digest()


def put_session(connection: Connection, digest: bytes, who: PersonId, way: Way, now: int) -> None:
    """Store a session, and forget those that ended long ago."""
    connection.execute(delete(session).where(session.c.ended_at < now - KEPT_S))
    connection.execute(delete(session).where(session.c.seen_at < now - KEPT_S))
    values = {"person": who, "way": way.value, "started_at": now, "seen_at": now}
    connection.execute(insert(session).values(digest=digest, **values))


def find_session(connection: Connection, digest: bytes) -> StoredSession | None:
    """Return a session that nobody ended, whatever its age."""
    query = select(session).where(session.c.digest == digest, session.c.ended_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else _session(row)


def sessions_of(connection: Connection, who: PersonId) -> tuple[StoredSession, ...]:
    """Return the sessions of a person that nobody ended, the latest first."""
    query = select(session).where(session.c.person == who, session.c.ended_at.is_(None))
    ordered = query.order_by(session.c.started_at.desc(), session.c.digest)
    return tuple(_session(row) for row in connection.execute(ordered).all())


def touch_session(connection: Connection, digest: bytes, now: int) -> None:
    """Note that a session is used."""
    connection.execute(update(session).where(session.c.digest == digest).values(seen_at=now))


def end_session(connection: Connection, digest: bytes, now: int) -> PersonId | None:
    """End one session; return whose it was, None when it had ended or never was."""
    where = (session.c.digest == digest, session.c.ended_at.is_(None))
    ended = update(session).where(*where).values(ended_at=now).returning(session.c.person)
    found = connection.execute(ended).scalar_one_or_none()
    return None if found is None else PersonId(found)


def end_sessions(connection: Connection, who: PersonId, now: int, but: bytes | None = None) -> int:
    """End the sessions of a person, but one; return how many there were."""
    live = update(session).where(session.c.person == who, session.c.ended_at.is_(None))
    return connection.execute(
        (live if but is None else live.where(session.c.digest != but)).values(ended_at=now)
    ).rowcount


def put_link(connection: Connection, link: StoredLink, by: PersonId | None) -> None:
    """Store a link; every earlier one of the person, or for the first administrator, ends."""
    end_links(connection, link.person)
    if link.first:
        connection.execute(delete(invitation).where(invitation.c.first, invitation.c.used_at.is_(None)))
    connection.execute(delete(invitation).where(invitation.c.expires_at < link.made_at - KEPT_S))
    values = {"person": link.person, "first": link.first, "made_at": link.made_at, "expires_at": link.expires_at}
    connection.execute(insert(invitation).values(digest=link.digest, actor=by, **values))


def find_link(connection: Connection, digest: bytes, now: int) -> StoredLink | None:
    """Return a link that is not used and not too old."""
    unused = (invitation.c.digest == digest, invitation.c.used_at.is_(None), invitation.c.expires_at > now)
    row = connection.execute(select(invitation).where(*unused)).one_or_none()
    if row is None:
        return None
    by = None if row.actor is None else PersonId(row.actor)
    return StoredLink(row.digest, PersonId(row.person), row.first, row.made_at, row.expires_at, by)


def use_link(connection: Connection, digest: bytes, now: int) -> None:
    """Use up a link."""
    connection.execute(update(invitation).where(invitation.c.digest == digest).values(used_at=now))


def end_links(connection: Connection, who: PersonId) -> None:
    """Take back the links of a person that nobody used."""
    connection.execute(delete(invitation).where(invitation.c.person == who, invitation.c.used_at.is_(None)))


def _session(row: Row[Any]) -> StoredSession:
    return StoredSession(row.digest, PersonId(row.person), Way(row.way), row.started_at, row.seen_at)
