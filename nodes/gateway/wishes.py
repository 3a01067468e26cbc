"""What a person or a program wants to send, read strictly: every key known, every value of its kind. Pure.

A wish says little; what the system can know (channel, purpose, language, conversation, dates, roles) is filled in by
``compose``. Faults name the place in the request as a JSON pointer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

from protocol.catalogue.documents import JSON
from protocol.catalogue.validate import FieldError
from protocol.core import Mode
from protocol.errors import Malformed
from protocol.ids import (
    Channel,
    MessageId,
    NodeId,
    Reference,
    TypeId,
    parse_channel,
    parse_hex_digest,
    parse_node_id,
    parse_type_id,
)
from protocol.limits import MAX_ATTACHMENTS, MAX_CODES, MAX_RECIPIENTS
from protocol.stages import Addressee

T = TypeVar("T")

_KEYS: Final = frozenset(
    (
        *("type", "to", "channel", "purpose", "language", "document", "identity", "urgency", "urgency_ground"),
        *("classification", "handling", "erase_by", "life_days", "in_reply_to", "conversation"),
        *("consents", "approvals", "sign_as", "approve_as", "attachments"),
    )
)
_TOLD: Final = frozenset(("category", "description", "handling"))
_FILE_KEYS: Final = _TOLD | {"id", "part", "sha256"}
_REFERENCE: Final = 16  # bytes
_MAX_CODE: Final = 64


@dataclass(frozen=True, slots=True)
class InputFault:
    """One thing that is wrong with a request: where, a stable code, and a sentence for a person."""

    path: str
    code: str
    sentence: str
    error: FieldError | None = None  # what the catalogue says of it, to be told in another language


@dataclass(frozen=True, slots=True)
class WishedFile:
    """A file that was uploaded to this node and goes with the message; ``fields`` are those a person fills in.

    ``part`` names the member of the document's list that tells of it; without it a new member is made.
    """

    id: Reference
    part: str | None
    sha256: str | None
    fields: Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request whose every value was read. None and empty mean: not given."""

    type: TypeId
    document: Mapping[str, JSON]
    to: tuple[Addressee, ...] = ()
    identity: Mapping[str, JSON] | None = None
    channel: Channel | None = None
    purpose: str | None = None
    language: str | None = None
    urgency: str | None = None
    urgency_ground: str | None = None
    classification: str | None = None
    handling: tuple[str, ...] = ()
    erase_by: int | None = None
    life_days: int | None = None
    in_reply_to: MessageId | None = None
    conversation: Reference | None = None
    consents: tuple[Reference, ...] = ()
    approvals: tuple[Reference, ...] = ()
    sign_as: Reference | None = None
    approve_as: tuple[Reference, ...] = ()
    attachments: tuple[WishedFile, ...] = ()


def parse_wish(request: Mapping[str, JSON]) -> Wish | tuple[InputFault, ...]:
    """Return the wish in a request, or all that is wrong with it. NOT here: the catalogue's view of documents."""
    reader = _Reader(request)
    wish = reader.read()
    return tuple(reader.faults) if wish is None or reader.faults else wish


class _Reader:
    """Reads the keys one by one and gathers the faults."""

    def __init__(self, request: Mapping[str, JSON]) -> None:
        self._request = request
        self.faults: list[InputFault] = []

    def read(self) -> Wish | None:
        for key in sorted(set(self._request) - _KEYS):
            self._fault(f"/{key}", "UNKNOWN_FIELD", "There is no such field in a request.")
        type_ = self._parsed("type", parse_type_id, "a message type such as MT-01/1")
        document = self._request.get("document")
        if type_ is None:
            self._missing("type")
        if not isinstance(document, dict):
            self._fault("/document", "MISSING", "The document of the message is missing.")
        identity = self._request.get("identity")
        if identity is not None and not isinstance(identity, dict):
            self._fault("/identity", "WRONG_TYPE", "The identity part is an object.")
        if self.faults or type_ is None or not isinstance(document, dict):
            return None
        return Wish(
            type=type_,
            document=document,
            to=self._to(),
            identity=identity if isinstance(identity, dict) else None,
            channel=self._parsed("channel", parse_channel, "one of the channels"),
            purpose=self._code("purpose"),
            language=self._code("language"),
            urgency=self._code("urgency"),
            urgency_ground=self._code("urgency_ground"),
            classification=self._code("classification"),
            handling=tuple(sorted(set(self._codes("handling")))),
            erase_by=self._time("erase_by"),
            life_days=self._days("life_days"),
            in_reply_to=self._parsed("in_reply_to", _message, "the id of a message, 64 hex digits"),
            conversation=self._parsed("conversation", _reference, "32 hex digits"),
            consents=self._references("consents"),
            approvals=self._references("approvals"),
            sign_as=self._parsed("sign_as", _reference, "the id of a person with a key at this node"),
            approve_as=self._references("approve_as"),
            attachments=self._attachments(),
        )

    def _to(self) -> tuple[Addressee, ...]:
        value = self._request.get("to", [])
        entries = value if isinstance(value, list) else [value]
        if len(entries) > MAX_RECIPIENTS:
            self._fault("/to", "TOO_MANY", f"A message has at most {MAX_RECIPIENTS} recipients.")
            return ()
        found: dict[NodeId, Addressee] = {}
        for at, each in enumerate(entries):
            who = self._addressee(each, f"/to/{at}")
            if who is not None and who.node in found:
                self._fault(f"/to/{at}", "REPEATED", f"{who.node} stands twice.")
            elif who is not None:
                found[who.node] = who
        return tuple(found[node] for node in sorted(found))

    def _addressee(self, value: JSON, path: str) -> Addressee | None:
        entry: Mapping[str, JSON] = {"node": value} if isinstance(value, str) else {}
        if isinstance(value, dict):
            entry = value
        mode, identity = entry.get("mode", "action"), entry.get("identity", True)
        known = set(entry) <= {"node", "mode", "identity"} and mode in {str(each) for each in Mode}
        try:
            node = parse_node_id(entry.get("node"))
        except Malformed:
            known = False
        if not known or not isinstance(identity, bool):
            self._fault(path, "WRONG_FORM", "A recipient is a node id, or an object with node, mode and identity.")
            return None
        return Addressee(node, Mode(str(mode)), reads_identity=identity)

    def _attachments(self) -> tuple[WishedFile, ...]:
        value = self._request.get("attachments", [])
        if not isinstance(value, list) or len(value) > MAX_ATTACHMENTS:
            self._fault("/attachments", "WRONG_FORM", f"This is a list of at most {MAX_ATTACHMENTS} files.")
            return ()
        found = [self._attachment(each, f"/attachments/{at}") for at, each in enumerate(value)]
        return tuple(each for each in found if each is not None)

    def _attachment(self, value: JSON, path: str) -> WishedFile | None:
        entry = value if isinstance(value, dict) else {}
        part, sha256 = entry.get("part"), entry.get("sha256")
        try:
            identifier = _reference(entry.get("id"))
        except Malformed:
            identifier = None
        words = (part is None or isinstance(part, str)) and (sha256 is None or isinstance(sha256, str))
        if identifier is None or not words or not set(entry) <= _FILE_KEYS:
            self._fault(path, "WRONG_FORM", "A file is an object with the id of its upload, and what is said of it.")
            return None
        fields = {key: each for key, each in entry.items() if key in _TOLD}
        return WishedFile(
            identifier,
            part if isinstance(part, str) else None,
            sha256 if isinstance(sha256, str) else None,
            fields,
        )

    def _parsed(self, key: str, parse: Callable[[object], T], what: str) -> T | None:
        value = self._request.get(key)
        if value is None:
            return None
        try:
            return parse(value)
        except Malformed:
            self._fault(f"/{key}", "WRONG_FORM", f"This is {what}.")
            return None

    def _missing(self, key: str) -> None:
        if not any(fault.path == f"/{key}" for fault in self.faults):
            self._fault(f"/{key}", "MISSING", f"The {key} is missing.")

    def _code(self, key: str) -> str | None:
        value = self._request.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value or len(value.encode()) > _MAX_CODE or not value.isprintable():
            self._fault(f"/{key}", "WRONG_FORM", "This is a short code.")
            return None
        return value

    def _codes(self, key: str) -> Sequence[str]:
        value = self._request.get(key, [])
        if not isinstance(value, list) or len(value) > MAX_CODES or not all(isinstance(each, str) for each in value):
            self._fault(f"/{key}", "WRONG_FORM", f"This is a list of at most {MAX_CODES} short codes.")
            return ()
        return [str(each) for each in value]

    def _references(self, key: str) -> tuple[Reference, ...]:
        try:
            return tuple(sorted({_reference(each) for each in self._codes(key)}))
        except Malformed:
            self._fault(f"/{key}", "WRONG_FORM", "Each reference has 32 hex digits.")
            return ()

    def _time(self, key: str) -> int | None:
        value = self._request.get(key)
        try:
            found = None if value is None else read_time(value)
        except Malformed:
            found = -1
        if found is not None and found < 0:
            self._fault(f"/{key}", "WRONG_FORM", "Write a date such as 2027-03-31, or seconds UTC.")
            return None
        return found

    def _days(self, key: str) -> int | None:
        value = self._request.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self._fault(f"/{key}", "WRONG_FORM", "This is a number of days.")
            return None
        return value

    def _fault(self, path: str, code: str, sentence: str) -> None:
        self.faults.append(InputFault(path, code, sentence))


def read_time(value: JSON) -> int:
    """Return seconds UTC of a number, a day (its last second ends it) or an instant with zone; MALFORMED otherwise."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if not isinstance(value, str):
        raise Malformed("time")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise Malformed("time") from None
    if len(value) == len("2027-03-31"):
        return int(found.replace(tzinfo=UTC).timestamp()) + 86_400
    if found.tzinfo is None:
        raise Malformed("time without a zone")
    return int(found.timestamp())


def _message(value: object) -> MessageId:
    return MessageId(parse_hex_digest(value if isinstance(value, str) else ""))


def _reference(value: object) -> Reference:
    try:
        raw = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        raise Malformed("reference") from None
    if len(raw) != _REFERENCE:
        raise Malformed("reference")
    return Reference(raw)
