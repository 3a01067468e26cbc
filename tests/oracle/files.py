"""Attachments: part lists, the rows that tell of files, and their names: docs/wire.md section 3.6."""

import re
import unicodedata

from tests.oracle.codec import Refused, decode
from tests.oracle.fields import Row
from tests.oracle.floe import attachment_length
from tests.oracle.log import leaf_hash, tree_root
from tests.oracle.shape import array, ascending, blob, count, mapping, matching, need, positive, text

ATTACHMENT = re.compile("att-([0-5][0-9]|6[0-3])", re.ASCII)
MAX_PART_LIST = 524288
MAX_SIGNED = 131072
MAX_ATTACHMENT = 68719476736
UPLOAD_PART = 8388608
MAX_UPLOAD_PARTS = 8192
MAX_ATTACHMENTS = 64
MAX_FILE_NAME = 200
MAX_MEDIA_TYPE = 121
MEMBERS = {"part", "name", "media_type", "size", "sha256"}
PREFIX = "/attachments/"
HEX = re.compile("[0-9a-f]{64}")
MEMBER = re.compile(r"/attachments/(0|[1-9][0-9]*)/(.+)", re.DOTALL)
HIDDEN = (
    "0000-001F 007F-009F 00AD 034F 061C 115F-1160 17B4-17B5 180B-180F 200B-200F 2028-202E 2060-206F 3164 D800-DFFF"
    " FDD0-FDEF FEFF FFA0 FFF0-FFFB FFFE-FFFF 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF"
)
DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}
DEVICE = re.compile("(COM|LPT)[0-9\u00b9\u00b2\u00b3]")


def spans() -> list[tuple[int, int]]:
    """Return first and last code point of every range that no name may hold."""
    ends = [span.split("-") for span in HIDDEN.split()]
    return [(int(pair[0], 16), int(pair[-1], 16)) for pair in ends]


def check_name(name: str) -> None:
    """Refuse a file name that could mislead."""
    hidden = spans()
    stem = name.split(".", maxsplit=1)[0].rstrip().upper()
    good = (
        1 <= len(name.encode()) <= MAX_FILE_NAME
        and unicodedata.is_normalized("NFC", name)
        and not any(char in '/\\:*?"<>|' for char in name)
        and not any(first <= ord(char) <= last for char in name for first, last in hidden)
        and name == name.strip().strip(".")
        and stem not in DEVICES
        and DEVICE.fullmatch(stem) is None
    )
    need(good, "NAME_REJECTED")


def check_members(rows: list[Row], parts: dict[str, int]) -> None:
    """Refuse rows about attachments that do not agree with the parts of the manifest."""
    members: dict[str, dict[str, object]] = {}
    for row in rows:
        if row.path.startswith(PREFIX):
            found = MEMBER.fullmatch(row.path)
            if found is None:
                raise Refused("MALFORMED")
            members.setdefault(found[1], {})[found[2]] = row.value
    need(len(members) <= MAX_ATTACHMENTS, "TOO_LARGE")
    told = [check_member(member) for member in members.values()]
    names = [name for name, _ in told]
    need(len(set(names)) == len(names))
    need(all(name in parts for name in names), "ATT_MISSING")
    need(all(parts[name] == attachment_length(size) for name, size in told), "ATT_LENGTH")
    need(all(name in names for name in parts))


def check_member(member: dict[str, object]) -> tuple[str, int]:
    """Return part and size of one attachment."""
    need(set(member) >= MEMBERS)
    part = matching(member["part"], ATTACHMENT)
    name = member["name"]
    if not isinstance(name, str):
        raise Refused("MALFORMED")
    check_name(name)
    media = text(member["media_type"], MAX_MEDIA_TYPE)
    need(all(char >= " " and char != "\x7f" for char in media))
    matching(member["sha256"], HEX)
    size = count(member["size"])
    need(attachment_length(size) <= MAX_ATTACHMENT, "TOO_LARGE")
    return part, size


def verify_part_list(data: bytes, name: str, length: int, root: bytes) -> list[bytes]:
    """Return the leaf hashes of a part list that is the one of the manifest."""
    told, size, leaves = array(decode(data, MAX_PART_LIST), 3)
    matching(told, ATTACHMENT)
    need(positive(size) <= MAX_ATTACHMENT, "TOO_LARGE")
    flat = blob(leaves)
    need(len(flat) % 32 == 0)
    need(len(flat) <= 32 * MAX_UPLOAD_PARTS, "TOO_MANY_PARTS")
    hashes = [flat[start : start + 32] for start in range(0, len(flat), 32)]
    need(size == length and len(hashes) == -(-length // UPLOAD_PART), "ATT_LENGTH")
    need(told == name and tree_root(hashes) == root, "ATT_HASH")
    return hashes


def verify_part(hashes: list[bytes], length: int, index: int, part: bytes) -> None:
    """Refuse a part that is not the one listed at its place."""
    need(index < len(hashes), "ATT_LENGTH")
    last = length - UPLOAD_PART * (len(hashes) - 1)
    need(len(part) == (last if index == len(hashes) - 1 else UPLOAD_PART), "ATT_LENGTH")
    need(leaf_hash(part) == hashes[index], "ATT_HASH")


def parse_upload(data: bytes) -> None:
    """Refuse the state of an upload that is not of the form."""
    fields = mapping(decode(data, MAX_SIGNED), (1, 2))
    count(fields[1])
    names = []
    for item in array(fields[2], 1, MAX_ATTACHMENTS):
        name, told, number, held = array(item, 4)
        names.append(matching(name, ATTACHMENT))
        need(isinstance(told, bool))
        parts = count(number, 1, MAX_UPLOAD_PARTS)
        bits = blob(held, -(-parts // 8))
        need(int.from_bytes(bits, "little") >> parts == 0)
    need(ascending([name.encode() for name in names]))
