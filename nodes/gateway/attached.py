"""What a message's document says of its files: filled in from the files themselves, never typed. Pure.

Each file is one member of the document's list ``attachments``: part, name, media type, true size, SHA-256, and what a
person says of it. A member without a file, or one that says something else than the file, is a fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.gateway.file_secrets import FileSecret
from nodes.gateway.wishes import InputFault, WishedFile
from protocol.catalogue.documents import JSON
from protocol.errors import Code
from protocol.limits import MAX_ATTACHMENTS

LIST: Final = "attachments"


@dataclass(frozen=True, slots=True)
class Told:
    """A document that tells of its files, and the part under which each wished file goes, in the same order."""

    document: Mapping[str, JSON]
    parts: tuple[str, ...]


def tell_files(
    document: Mapping[str, JSON], files: Sequence[tuple[WishedFile, FileSecret]]
) -> Told | tuple[InputFault, ...]:
    """Return the document with a member for each file, or what is wrong with it.

    A list that is no list is returned as it came: the schema says what is wrong.
    """
    listed = document.get(LIST, [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        return Told(document, ())
    members = [dict(each) for each in listed if isinstance(each, dict)]
    parts: list[str] = []
    faults: list[InputFault] = []
    for at, (wished, secret) in enumerate(files):
        part = wished.part or _free(members)
        member = _member(members, part)
        said = _said(secret) | {"part": part}
        wrong = sorted(key for key, value in said.items() if member.get(key, value) != value)
        if part in parts or wrong:
            faults.append(_wrong(at, wrong))
        member.update(dict(wished.fields) | said)
        parts.append(part)
    faults += [_missing(at) for at, each in enumerate(members) if each.get("part") not in parts]
    if faults:
        return tuple(faults)
    return Told(document if not members else {**document, LIST: list[JSON](members)}, tuple(parts))


def _said(secret: FileSecret) -> dict[str, JSON]:
    return {
        "name": secret.name,
        "media_type": secret.media_type,
        "size": secret.size,
        "sha256": secret.sha256.hex(),
    }


def _free(members: Sequence[Mapping[str, JSON]]) -> str:
    taken = {each.get("part") for each in members}
    names = (f"att-{number:02}" for number in range(MAX_ATTACHMENTS))
    return next((name for name in names if name not in taken), f"att-{MAX_ATTACHMENTS}")


def _member(members: list[dict[str, JSON]], part: str) -> dict[str, JSON]:
    for each in members:
        if each.get("part") == part:
            return each
    members.append({})
    return members[-1]


def _wrong(at: int, keys: Sequence[str]) -> InputFault:
    words = f"The document tells another {keys[0]} of this file." if keys else "Two files stand for one part."
    return InputFault(f"/attachments/{at}", "NOT_ALLOWED", words)


def _missing(at: int) -> InputFault:
    words = "The document tells of a file that was not uploaded with it."
    return InputFault(f"/document/{LIST}/{at}", str(Code.ATT_MISSING), words)
