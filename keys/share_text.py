"""A share as people write it down: eight numbered lines of letters and digits, each with its own two check characters.

The alphabet leaves out I, L, O and U; on reading, I and L are taken for 1 and O for 0, and case and blanks do not
matter. A line's check is a weighted sum modulo the prime 1021 with the line's number in it: a mistyped character, two
swapped neighbours or a line in the wrong place are always noticed and named. Bytes: docs/wire.md section 13.3.
"""

import html
import re
from typing import Final

from keys.shares import LEAST_THRESHOLD, MAX_SHARES, SECRET_SIZE, SET_SIZE, Share
from protocol.errors import Code, Fault

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LINES: Final = 8
_VERSION: Final = 1
_GROUP: Final = 4
_DATA: Final = 8  # characters of a line before its check
_WHOLE: Final = _DATA + 2
_BITS: Final = 5
_PRIME: Final = 1021  # the largest below 32 * 32
_STEP: Final = 37  # weights are its powers: all different, none zero
_FORGIVEN: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})
_NUMBERED: Final = re.compile(r"^\s*([1-8])[.:)]\s+(.*)$")
_NOISE: Final = re.compile(r"[\s-]+")
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Share {index} of {total}</title>
<style>
body {{ font: 12pt/1.5 serif; margin: 25mm; }}
pre {{ font: 18pt/1.7 monospace; border: 1px solid; padding: 6mm; }}
</style>
<h1>Share {index} of {total}</h1>
<p>{whose}. Any {threshold} of the {total} shares of set {set_id} together open the locked copy of its keystore;
this one alone opens nothing. Keep it sealed, apart from the other shares and apart from the copy.</p>
<pre>{lines}</pre>
<p>To use it: <code>egnatia keys shares combine</code>, with the copy and {threshold} shares on one machine. The last
two characters of a line are its check; case and blanks do not matter.</p>
</html>
"""


def share_lines(share: Share) -> tuple[str, ...]:
    """Return the eight lines of a share, such as ``1. 04G8 R3Z0 7K``."""
    raw = bytes([_VERSION]) + share.set_id + bytes([share.threshold, share.total, share.index]) + share.value
    number = int.from_bytes(raw, "big")
    size = LINES * _DATA
    digits = [(number >> _BITS * (size - 1 - at)) & (len(ALPHABET) - 1) for at in range(size)]
    return tuple(_line(line, digits[line * _DATA : (line + 1) * _DATA]) for line in range(LINES))


def read_share(text: str) -> Share:
    """Return the share in eight lines, numbered or not; blank lines are left out.

    Refuses SHARE_REJECTED: with ``line 3`` in its detail for a mistyped one, for too few or too many lines, and
    for numbers that no share has.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != LINES:
        raise Fault(Code.SHARE_REJECTED, f"a share has {LINES} lines, not {len(lines)}")
    number = 0
    for at, line in enumerate(lines):
        for digit in read_line(at, line):
            number = number << _BITS | digit
    raw = number.to_bytes(LINES * _DATA * _BITS // 8, "big")
    set_id, (threshold, total, index) = raw[1 : 1 + SET_SIZE], raw[1 + SET_SIZE : -SECRET_SIZE]
    if raw[0] != _VERSION or not LEAST_THRESHOLD <= threshold <= total <= MAX_SHARES or not 1 <= index <= total:
        raise Fault(Code.SHARE_REJECTED, "not a share of this version")
    return Share(set_id, threshold, total, index, raw[-SECRET_SIZE:])


def read_line(at: int, text: str) -> tuple[int, ...]:
    """Return the values of line ``at`` (from 0); SHARE_REJECTED names it when its check is wrong."""
    numbered = _NUMBERED.match(text)
    if numbered and int(numbered[1]) != at + 1:
        raise Fault(Code.SHARE_REJECTED, f"line {numbered[1]} stands in the place of line {at + 1}")
    body = _NOISE.sub("", numbered[2] if numbered else text).upper().translate(_FORGIVEN)
    digits = tuple(ALPHABET.find(each) for each in body)
    if len(digits) != _WHOLE or min(digits) < 0 or digits[_DATA:] != _check(at, digits[:_DATA]):
        raise Fault(Code.SHARE_REJECTED, f"line {at + 1} is mistyped")
    return digits[:_DATA]


def share_text(share: Share, whose: str) -> str:
    """Return a share as plain text to print."""
    head = f"{whose}: share {share.index} of {share.total}, {share.threshold} needed, set {share.set_id.hex()}"
    return "\n".join((head, "", *share_lines(share), ""))


def share_page(share: Share, whose: str) -> str:
    """Return a share as a page to print; it loads nothing from anywhere."""
    return _PAGE.format(
        index=share.index,
        total=share.total,
        threshold=share.threshold,
        set_id=share.set_id.hex(),
        whose=html.escape(whose),
        lines="\n".join(share_lines(share)),
    )


def _line(at: int, digits: list[int]) -> str:
    body = "".join(ALPHABET[each] for each in (*digits, *_check(at, tuple(digits))))
    return f"{at + 1}. {body[:_GROUP]} {body[_GROUP:_DATA]} {body[_DATA:]}"


def _check(at: int, digits: tuple[int, ...]) -> tuple[int, ...]:
    total = at + 1
    for each in digits:
        total = (total * _STEP + each) % _PRIME
    return divmod(total, len(ALPHABET))
