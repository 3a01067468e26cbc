"""Attachments: how far each is, and what an upload gives."""

from typing import NotRequired, TypedDict

from nodes.api.shapes.common import At, Code, Count, Digest, Ref
from nodes.gateway.attachments import Box, FileState
from nodes.gateway.scan_results import ScanState


class Progress(TypedDict):
    """How far an attachment is."""

    part: str
    state: FileState
    code: Code | None
    parts: Count
    parts_done: Count
    bytes: Count
    bytes_done: Count
    next_at: At | None
    scan: ScanState
    threat: str | None


class FileProgress(Progress, total=False):
    """An attachment with what its message says of it."""

    name: str
    media_type: str
    size: Count
    sha256: Digest
    category: str
    description: str
    handling: list[str]


class Transfer(Progress):
    """An attachment on its way."""

    message: Digest
    box: Box


class Files(TypedDict):
    """The attachments of a message."""

    id: Digest
    attachments: list[Progress]


class Taken(TypedDict):
    """A file that was taken in; a message names it by `id` before it expires."""

    id: Ref
    expires_at: At
    name: str
    media_type: str
    size: Count
    sha256: Digest
    scan: NotRequired[str]
