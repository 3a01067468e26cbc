"""PADME padding with a floor (protocol decision 5): a sealed part's size tells little more than its order of magnitude.

The padded size keeps only the upper bits of the length, so it leaks O(log log n) bits and costs at most 12 percent. The
content ends with 0x80 and zeros (ISO/IEC 7816-4), which is unambiguous for any content.
Bytes: docs/wire.md section 3.3.
"""

from typing import Final

from protocol.errors import Code, Fault
from protocol.limits import CONTENT_FLOOR

_MARKER: Final = b"\x80"


def padme(length: int) -> int:
    """Return the padded size in bytes for ``length`` bytes, the marker included; never less than the floor."""
    if length <= CONTENT_FLOOR:
        return CONTENT_FLOOR
    exponent = length.bit_length() - 1
    loose = exponent - exponent.bit_length()
    mask = (1 << loose) - 1
    return (length + mask) & ~mask


def pad(data: bytes) -> bytes:
    """Return ``data``, the marker and zeros up to the PADME size."""
    return (data + _MARKER).ljust(padme(len(data) + 1), b"\x00")


def unpad(data: bytes) -> bytes:
    """Return the content. Refuses PADDING unless ``data`` is exactly what ``pad`` writes for it (attack 46)."""
    marked = data.rstrip(b"\x00")
    if not marked.endswith(_MARKER) or padme(len(marked)) != len(data):
        raise Fault(Code.PADDING)
    return marked[:-1]
