"""Names of attachments: data that a reader is shown, never a path (docs/wire.md section 3.6; attack 50).

A name is refused, not repaired: a repaired name would differ from the one that the sender's rows commit to. What is
refused could leave a folder, end a string early, reorder or hide what is shown, or cannot be a file's name on a system
that a recipient may use.
"""

import re
import unicodedata
from typing import Final

from protocol.errors import Code, Fault
from protocol.limits import MAX_FILE_NAME

_SEPARATORS: Final = '/\\:*?"<>|'
_HIDDEN: Final = (
    (0x0000, 0x001F),  # controls, NUL among them
    (0x007F, 0x009F),  # delete and the second block of controls
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180B, 0x180F),  # Mongolian variation selectors and vowel separator
    (0x200B, 0x200F),  # zero widths and direction marks
    (0x2028, 0x202E),  # line and paragraph separators, embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, isolates
    (0x3164, 0x3164),  # Hangul filler
    (0xD800, 0xDFFF),  # surrogates
    (0xFDD0, 0xFDEF),  # noncharacters
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xFFF0, 0xFFFB),  # unassigned specials and interlinear annotation
    (0xFFFE, 0xFFFF),  # noncharacters
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D173, 0x1D17A),  # musical format controls
    (0xE0000, 0xE0FFF),  # tags and the plane's variation selectors
)
_REFUSED: Final = re.compile("[" + re.escape(_SEPARATORS) + "".join(f"{chr(a)}-{chr(b)}" for a, b in _HIDDEN) + "]")
_PORTS: Final = tuple(f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³")
_DEVICES: Final = frozenset(("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$", *_PORTS))


def check_name(name: str) -> None:
    """Raise NAME_REJECTED unless ``name`` is fit to be shown and stored as a file's name.

    Fit means: 1 to MAX_FILE_NAME bytes of UTF-8 in normal form C; no separator, wildcard or quote of any system; no
    control, direction or invisible character; no dot or space at either end; no device name of Windows before its
    first dot.
    """
    reason = _reason(name)
    if reason:
        raise Fault(Code.NAME_REJECTED, reason)


def _reason(name: str) -> str:
    if _REFUSED.search(name):
        return "character"
    if not 1 <= len(name.encode()) <= MAX_FILE_NAME:
        return "length"
    if name.strip() != name or name.strip(".") != name:
        return "end"
    if not unicodedata.is_normalized("NFC", name):
        return "normal form"
    stem, _, _ = name.partition(".")
    return "device" if stem.rstrip().upper() in _DEVICES else ""
