"""The closed list of log events and the shape of every field they may carry.

What is not listed cannot be logged: no free text, no names, no addresses, no content. A field's kind decides which
values pass, so that a mistake in one call cannot leak more than its kind allows.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final

_SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./{}:-]{0,79}")
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{1,39}")
_TAG: Final = re.compile(r"[0-9a-f]{16}")
_SIZES: Final = ("0", "1K", "4K", "16K", "64K", "256K", "1M", "4M", "16M", "64M", "1G", "more")
_PLACE: Final = re.compile(r"[A-Za-z0-9_.]{1,120}:[0-9]{1,6}")
_MAX_PLACES: Final = 32


class Event(StrEnum):
    """Everything that may be logged."""

    STARTED = "started"
    STOPPING = "stopping"
    STOPPED = "stopped"
    READY = "ready"
    NOT_READY = "not-ready"
    FATAL = "fatal"
    UNEXPECTED = "unexpected"
    LIBRARY = "library"
    SUPPRESSED = "suppressed"
    STALLED = "stalled"
    REQUEST = "request"
    HTTP_REFUSED = "http-refused"
    TLS_REFUSED = "tls-refused"
    PEER_UNKNOWN = "peer-unknown"
    ADMITTED = "admitted"
    REFUSED = "refused"
    REPEATED = "repeated"
    FETCHED = "fetched"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    WITHHELD = "withheld"
    EVIDENCE_LOGGED = "evidence-logged"
    STATEMENT_LOGGED = "statement-logged"
    STATEMENT_REFUSED = "statement-refused"
    CHECKPOINT = "checkpoint"
    COSIGNED = "cosigned"
    WITNESS_BEHIND = "witness-behind"
    QUORUM_MISSING = "quorum-missing"
    SPLIT_VIEW = "split-view"
    LOG_CONTRADICTED = "log-contradicted"
    SENT = "sent"
    SEND_FAILED = "send-failed"
    OPENED = "opened"
    CANNOT_OPEN = "cannot-open"
    HELD = "held"
    RELEASED = "released"
    RETURNED = "returned"
    DIRECTORY_SYNCED = "directory-synced"
    DIRECTORY_REFUSED = "directory-refused"
    KEYS_PUBLISHED = "keys-published"
    KEYS_ERASED = "keys-erased"
    KEYSTORE_OPENED = "keystore-opened"
    KEYSTORE_REFUSED = "keystore-refused"
    SIGNED_IN = "signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    SIGNED_OUT = "signed-out"
    ALERT_TOLD = "alert-told"
    ALERT_FAILED = "alert-failed"
    ERASED = "erased"
    SWEPT = "swept"
    PARTS_LOST = "parts-lost"
    MESSAGES_DAMAGED = "messages-damaged"
    MIGRATED = "migrated"
    BACKED_UP = "backed-up"
    DISK_LOW = "disk-low"
    DISK_FULL = "disk-full"
    DISK_FREE = "disk-free"
    CLOCK_OFF = "clock-off"
    CERTIFICATE_ENDING = "certificate-ending"


class Level(StrEnum):
    """How urgently a person should look."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _signed(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _places(value: object) -> bool:
    if not isinstance(value, tuple | list) or len(value) > _MAX_PLACES:
        return False
    return all(isinstance(place, str) and _PLACE.fullmatch(place) for place in value)


KINDS: Final[dict[str, Callable[[object], bool]]] = {
    # A node's id is public in the directory; the hub's hot events carry its tag instead.
    "node": _matches(re.compile(r"[a-z0-9][a-z0-9.-]{0,62}[a-z0-9]")),
    "tag": _matches(_TAG),  # Log.tag(): keyed, changes daily
    "peer": _matches(_TAG),
    "code": _matches(_CODE),
    "rule": _matches(_SLUG),
    "channel": _matches(_SLUG),
    "type": _matches(_SLUG),
    "kind": _matches(_SLUG),
    "reason": _matches(_SLUG),
    "route": _matches(_SLUG),
    "method": _matches(_CODE),
    "logger": _matches(_SLUG),
    "exception": _matches(_SLUG),
    "version": _matches(_SLUG),
    "places": _places,  # module:line of a traceback, never its message
    "size": lambda value: value in _SIZES,  # size_class()
    "status": _count,
    "count": _count,
    "items": _count,
    "tree_size": _count,
    "millis": _count,
    "seconds": _signed,
    "days": _signed,
    "bytes": lambda value: _count(value) and value % (1 << 20) == 0,  # type: ignore[operator]  # coarse_bytes()
    "port": _count,
}

_W, _E = Level.WARNING, Level.ERROR
_EVENT_FIELDS: Final[dict[Event, str]] = {
    Event.STARTED: "version port kind",
    Event.STOPPING: "reason",
    Event.STOPPED: "reason seconds",
    Event.READY: "",
    Event.NOT_READY: "reason",
    Event.FATAL: "reason exception places",
    Event.UNEXPECTED: "exception places route kind",
    Event.LIBRARY: "logger exception places kind",
    Event.SUPPRESSED: "kind count",
    Event.STALLED: "seconds places",
    Event.REQUEST: "route method status size millis peer code",
    Event.HTTP_REFUSED: "reason status count",
    Event.TLS_REFUSED: "reason count",
    Event.PEER_UNKNOWN: "peer code",
    Event.ADMITTED: "tag peer channel size items",
    Event.REFUSED: "tag peer channel code rule size",
    Event.REPEATED: "tag peer channel",
    Event.FETCHED: "peer channel count",
    Event.DELIVERED: "tag peer channel",
    Event.EXPIRED: "tag channel count",
    Event.WITHHELD: "tag peer channel code",
    Event.EVIDENCE_LOGGED: "tag peer kind",
    Event.STATEMENT_LOGGED: "node kind tree_size",
    Event.STATEMENT_REFUSED: "node kind code",
    Event.CHECKPOINT: "kind tree_size count",
    Event.COSIGNED: "node kind tree_size",
    Event.WITNESS_BEHIND: "node seconds tree_size",
    Event.QUORUM_MISSING: "kind count seconds",
    Event.SPLIT_VIEW: "node tree_size kind",
    Event.LOG_CONTRADICTED: "kind code tree_size",
    Event.SENT: "tag channel type size count millis",
    Event.SEND_FAILED: "tag channel code count seconds",
    Event.OPENED: "tag channel type size",
    Event.CANNOT_OPEN: "tag channel code",
    Event.HELD: "tag channel rule code",
    Event.RELEASED: "tag channel rule",
    Event.RETURNED: "tag channel rule",
    Event.DIRECTORY_SYNCED: "tree_size count",
    Event.DIRECTORY_REFUSED: "code tree_size",
    Event.KEYS_PUBLISHED: "channel count days",
    Event.KEYS_ERASED: "channel count",
    Event.KEYSTORE_OPENED: "kind",
    Event.KEYSTORE_REFUSED: "code count",
    Event.SIGNED_IN: "tag kind",
    Event.SIGN_IN_REFUSED: "tag kind count",
    Event.SIGNED_OUT: "tag kind",
    Event.ALERT_TOLD: "kind count",
    Event.ALERT_FAILED: "kind code",
    Event.ERASED: "kind count",
    Event.SWEPT: "kind count",
    Event.PARTS_LOST: "tag kind count",
    Event.MESSAGES_DAMAGED: "count",
    Event.MIGRATED: "version kind",
    Event.BACKED_UP: "bytes seconds",
    Event.DISK_LOW: "bytes",
    Event.DISK_FULL: "bytes",
    Event.DISK_FREE: "bytes",
    Event.CLOCK_OFF: "seconds node",
    Event.CERTIFICATE_ENDING: "days kind",
}
FIELDS: Final[dict[Event, frozenset[str]]] = {event: frozenset(text.split()) for event, text in _EVENT_FIELDS.items()}
LEVELS: Final[dict[Event, Level]] = {
    Event.NOT_READY: _W,
    Event.FATAL: _E,
    Event.UNEXPECTED: _E,
    Event.LIBRARY: _W,
    Event.STALLED: _E,
    Event.SUPPRESSED: _W,
    Event.HTTP_REFUSED: _W,
    Event.TLS_REFUSED: _W,
    Event.PEER_UNKNOWN: _W,
    Event.WITHHELD: _W,
    Event.STATEMENT_REFUSED: _W,
    Event.WITNESS_BEHIND: _W,
    Event.QUORUM_MISSING: _E,
    Event.SPLIT_VIEW: _E,
    Event.LOG_CONTRADICTED: _E,
    Event.PARTS_LOST: _E,
    Event.MESSAGES_DAMAGED: _E,
    Event.SEND_FAILED: _W,
    Event.CANNOT_OPEN: _W,
    Event.DIRECTORY_REFUSED: _E,
    Event.KEYSTORE_REFUSED: _W,
    Event.SIGN_IN_REFUSED: _W,
    Event.ALERT_FAILED: _W,
    Event.DISK_LOW: _W,
    Event.DISK_FULL: _E,
    Event.CLOCK_OFF: _W,
    Event.CERTIFICATE_ENDING: _W,
}


def size_class(count: int) -> str:
    """Return the class a number of bytes falls into: the smallest of powers of four it does not exceed."""
    if count == 0:
        return "0"
    limit = 1 << 10
    for name in _SIZES[1:-1]:
        if count <= limit:
            return name
        limit <<= 2 if name != "64M" else 4
    return _SIZES[-1]


def check(event: Event, fields: dict[str, object]) -> None:
    """Refuse with ``TypeError`` what the list does not allow: an event, a field or a value of the wrong kind."""
    allowed = FIELDS.get(event)
    if allowed is None:
        raise TypeError("unknown event")
    for name, value in fields.items():
        if name not in allowed:
            raise TypeError(f"{event} has no field {name}")
        if not KINDS[name](value):
            raise TypeError(f"{event}: the value of {name} is of the wrong kind")
