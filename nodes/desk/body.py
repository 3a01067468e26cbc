"""Bodies of forms, read under bounds: fields whole, files as a stream. Nothing is decoded twice or guessed."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from protocol.errors import Code, Fault, Malformed
from runtime.http import read_body

Form = Mapping[str, list[str]]
_FIELDS: Final = 2_000
_NAME: Final = 200
_CHUNK: Final = 64 << 10
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f]")
URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class File:
    """One file of a form, while it arrives. ``name`` and ``media_type`` are what the browser said."""

    field: str
    name: str
    media_type: str
    part: BodyPartReader

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the content; the caller counts it."""
        while chunk := await self.part.read_chunk(_CHUNK):
            yield chunk


async def read_fields(request: web.Request, limit: int) -> dict[str, list[str]]:
    """Return the fields of an ordinary form of at most ``limit`` bytes. MALFORMED for another kind of body."""
    if request.content_type != URLENCODED:
        raise Malformed("not a form")
    return fields_of(await read_body(request, limit))


def fields_of(raw: bytes) -> dict[str, list[str]]:
    """Return the fields in a body, every line end as a line feed. MALFORMED unless it is plain UTF-8."""
    try:
        text = raw.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=_FIELDS
        )
    except ValueError as err:
        raise Malformed("form") from err
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        _keep(found, name, value)
    return found


async def read_parts(request: web.Request, limit: int) -> tuple[dict[str, list[str]], AsyncIterator[File]]:
    """Return the fields that stand before the first file of a form, and the files one after the other.

    Fields behind a file are refused as MALFORMED when they are reached: what decides about a file stands before it.
    """
    if request.content_type == URLENCODED:
        return await read_fields(request, limit), _none()
    if request.content_type != MULTIPART:
        raise Malformed("not a form")
    try:
        reader = await request.multipart()
    except ValueError as err:  # no boundary, or a bad one
        raise Malformed("form") from err
    found: dict[str, list[str]] = {}
    size = parts = 0
    while (part := await _next(reader)) is not None and part.filename is None:
        raw = bytearray()
        while chunk := await part.read_chunk(_CHUNK):
            raw += chunk
            size += len(chunk)
            if size > limit:
                raise Fault(Code.TOO_LARGE)
        parts += 1
        if parts > _FIELDS:
            raise Malformed("form")
        try:
            _keep(found, part.name or "", raw.decode())
        except UnicodeDecodeError as err:
            raise Malformed("form") from err
    return found, _files(reader, part)


async def _files(reader: MultipartReader, first: BodyPartReader | None) -> AsyncIterator[File]:
    part = first
    while part is not None:
        if part.filename is None:
            raise Malformed("a field behind a file")
        if part.filename:  # a picker in which nothing was chosen sends a nameless, empty part
            media_type = part.headers.get("Content-Type", "application/octet-stream")
            yield File(part.name or "", part.filename, media_type, part)
        part = await _next(reader)


async def _none() -> AsyncIterator[File]:
    return
    yield


async def _next(reader: MultipartReader) -> BodyPartReader | None:
    try:
        part = await reader.next()
    except (ValueError, RuntimeError, HttpProcessingError) as err:  # headers of a part, or what announces a charset
        raise Malformed("form") from err
    if part is not None and not isinstance(part, BodyPartReader):
        raise Malformed("form")
    return part


def _keep(found: dict[str, list[str]], name: str, value: str) -> None:
    plain = value.replace("\r\n", "\n").replace("\r", "\n")
    if not name or len(name) > _NAME or _CONTROL.search(name + plain):
        raise Malformed("form")
    found.setdefault(name, []).append(plain)
