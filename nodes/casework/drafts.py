"""A message that somebody is writing: its content as stored, its states, and what becomes of it. Pure.

writing -> waiting (ordered, may be taken back) -> leaving (claimed by the node) -> sent; writing -> discarded -> gone.
A draft that a rule stops on its way out is being written again, with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType

from nodes.casework.form_values import MAX_NAME, MAX_VALUE, MAX_VALUES
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone
from protocol.cbor import Item, decode, encode
from protocol.errors import Malformed
from protocol.ids import MessageId, TypeId
from protocol.limits import MAX_ATTACHMENTS, MAX_FILE_NAME
from protocol.shapes import as_bytes, as_fixed, as_int, as_list, as_text

DraftId = NewType("DraftId", bytes)
UNDO_S: Final = 30  # between ordering a message that is not urgent and its leaving
DISCARDED_S: Final = 600  # in which a discarded draft can be brought back
SENT_S: Final = 7 * 86_400  # in which it is told which message a draft became
_LIMIT: Final = 4 << 20
_ORDER: Final = 2 << 20
_DIGEST: Final = 32


class DraftState(StrEnum):
    """Where a draft stands."""

    WRITING = "writing"
    WAITING = "waiting"
    LEAVING = "leaving"
    SENT = "sent"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file that was uploaded for the draft: the id of its upload, and what people see of it."""

    id: bytes
    name: str
    size: int
    sha256: bytes
    category: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What a draft says: fields as they were typed, what was opened in the form, and files.

    ``order`` is the request as it was ordered to be sent, None before.
    """

    fields: Mapping[str, Sequence[str]]
    opened: tuple[str, ...] = ()
    files: tuple[TakenFile, ...] = ()
    order: bytes | None = None

    def first(self, name: str) -> str:
        """Return the first value of a field without blanks around it, empty without one."""
        return next((each.strip() for each in self.fields.get(name, ()) if each.strip()), "")


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a draft is for: the message type, the form, and the message it answers."""

    type: TypeId
    template: str = ""
    in_reply_to: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A draft without its content. ``beside`` is the draft that another tab had changed meanwhile."""

    id: DraftId
    owner: PersonId
    purpose: Purpose
    version: int
    state: DraftState
    begun_at: int
    saved_at: int
    send_at: int | None = None
    message: MessageId | None = None
    trouble: str | None = None
    beside: DraftId | None = None


@dataclass(frozen=True, slots=True)
class WrittenDraft:
    """A draft with its content; empty once that was erased."""

    row: DraftRow
    written: Written = field(default_factory=lambda: Written({}))


GONE: Final = NotDone("NO_DRAFT", "There is no such draft.", "Open your drafts")
LEFT: Final = NotDone(
    "LEFT", "The message has left and cannot be changed any more.", "Open the message: it can be withdrawn there"
)
CHANGED: Final = NotDone(
    "CHANGED_ELSEWHERE", "The draft was changed in another window meanwhile.", "Look at it again before you send it"
)

FULL: Final = NotDone("TOO_MANY", "A message has at most 64 files.", "Send the others with a second message")


def encode_written(written: Written) -> bytes:
    """Return the stored form of a draft's content."""
    fields: list[Item] = [[name, list(values)] for name, values in sorted(written.fields.items())]
    files: list[Item] = [[each.id, each.name, each.size, each.sha256, each.category] for each in written.files]
    return encode([fields, list(written.opened), files, written.order])


def parse_written(raw: bytes) -> Written:
    """Return the content in a stored item; MALFORMED for anything ``encode_written`` does not write."""
    fields, opened, files, order = as_fixed(decode(raw, _LIMIT), "draft", 4)
    pairs = [as_fixed(each, "field", 2) for each in as_list(fields, "fields", 0, MAX_VALUES)]
    return Written(
        fields={as_text(name, "name", MAX_NAME): _values(values) for name, values in pairs},
        opened=tuple(as_text(each, "opened", MAX_NAME) for each in as_list(opened, "opened", 0, MAX_VALUES)),
        files=tuple(_file(each) for each in as_list(files, "files", 0, MAX_ATTACHMENTS)),
        order=None if order is None else _order(order),
    )


def _values(item: Item) -> tuple[str, ...]:
    return tuple(_value(each) for each in as_list(item, "values", 0, MAX_VALUES))


def _value(item: Item) -> str:
    if not isinstance(item, str) or len(item) > MAX_VALUE:
        raise Malformed("value")
    return item


def _file(item: Item) -> TakenFile:
    identifier, name, size, sha256, category = as_fixed(item, "file", 5)
    return TakenFile(
        as_bytes(identifier, "id", 16),
        as_text(name, "file name", MAX_FILE_NAME),
        as_int(size, "size"),
        as_bytes(sha256, "sha256", _DIGEST),
        as_text(category, "category") if category else "",
    )


def _order(item: Item) -> bytes:
    raw = as_bytes(item, "order")
    if len(raw) > _ORDER:
        raise Malformed("order")
    return raw
