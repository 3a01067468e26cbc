"""FLOE (c2sp.org/FLOE): AES-256-GCM in segments under keys from HKDF-Expand-SHA384, committing to key and context.

One header, then segments that open in any order. The header tag depends on key, parameters, IV and additional data, so
one ciphertext opens under one key only (attack 36). That holds as long as a segment is opened at its true place:
callers of ``Opener`` take the total length from what the sender signed and ask ``segment_count`` which is the last.
Bytes: docs/wire.md section 3.3.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from protocol.errors import Code, Fault
from protocol.limits import SEGMENT
from protocol.ports import Entropy

KEY_SIZE: Final = 32
HEADER_SIZE: Final = 74  # parameters, IV and header tag

_PARAMS, _IV, _TAG = 10, 32, 32
_MESSAGE_KEY: Final = 48
_NONCE, _AEAD_TAG, _LENGTH = 12, 16, 4
OVERHEAD: Final = _LENGTH + _NONCE + _AEAD_TAG  # bytes that a segment adds to its content
_NOT_LAST: Final = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class Params:
    """A parameter set; AEAD, KDF and IV length are fixed by the specification. The wire uses ``DEFAULT`` only."""

    segment: int = SEGMENT  # bytes of a sealed segment
    rotation: int = 20  # 2**rotation segments share one AEAD key
    max_segments: int = 1 << 40

    @property
    def plain(self) -> int:
        """Bytes of content in a full segment."""
        return self.segment - OVERHEAD

    def encode(self) -> bytes:
        """Return the ten bytes that open a header: AEAD 0, KDF 0, segment size, IV length."""
        return b"\x00\x00" + self.segment.to_bytes(4, "big") + _IV.to_bytes(4, "big")


DEFAULT: Final = Params()


def seal(key: bytes, aad: bytes, plaintext: bytes, entropy: Entropy) -> bytes:
    """Return header and segments of ``plaintext``, bound to ``aad``. Every call draws a fresh IV from ``entropy``."""
    sealer = Sealer(key, aad, entropy)
    step = DEFAULT.plain
    last = max(len(plaintext) - 1, 0) // step * step
    inner = [sealer.segment(plaintext[at : at + step]) for at in range(0, last, step)]
    return b"".join((sealer.header, *inner, sealer.final(plaintext[last:])))


def open_(key: bytes, aad: bytes, ciphertext: bytes, params: Params = DEFAULT) -> bytes:
    """Return the content. Refuses COMMITMENT if the header is not of this key, ``aad`` and parameters.

    Refuses BODY_DECRYPT if any segment is missing, moved, cut or altered; nothing is returned before all opened.
    """
    opener = Opener(key, aad, ciphertext[:HEADER_SIZE], params)
    last = segment_count(len(ciphertext), params) - 1
    out = []
    for index in range(last + 1):
        at = HEADER_SIZE + index * params.segment
        out.append(opener.segment(index, ciphertext[at : at + params.segment], final=index == last))
    return b"".join(out)


def sealed_length(plain_len: int, params: Params = DEFAULT) -> int:
    """Return how many bytes ``seal`` writes for ``plain_len`` bytes of content."""
    segments = max(1, -(-plain_len // params.plain))
    return HEADER_SIZE + plain_len + segments * OVERHEAD


def segment_count(sealed_len: int, params: Params = DEFAULT) -> int:
    """Return how many segments a ciphertext of ``sealed_len`` bytes has; the last one is the final one.

    Refuses BODY_DECRYPT for a length no ciphertext has.
    """
    full, rest = divmod(sealed_len - HEADER_SIZE, params.segment)
    count = full + (rest > 0)
    if 0 < rest < OVERHEAD or not 0 < count <= params.max_segments:
        raise Fault(Code.BODY_DECRYPT, "length")
    return count


class Sealer:
    """Seals one ciphertext segment by segment: ``header``, then ``segment`` for full ones, then ``final`` once."""

    __slots__ = ("_buffer", "_closed", "_entropy", "_index", "_state", "header")

    def __init__(self, key: bytes, aad: bytes, entropy: Entropy, params: Params = DEFAULT) -> None:
        iv = entropy(_IV)
        self._state = _State(key, aad, iv, params)
        self._entropy = entropy
        self._index = 0
        self._closed = False
        self._buffer: bytearray | None = None
        self.header: Final = params.encode() + iv + self._state.header_tag

    def segment(self, plaintext: bytes | memoryview) -> bytes:
        """Return the next inner segment; ``plaintext`` is exactly ``params.plain`` bytes."""
        params = self._state.params
        if len(plaintext) != params.plain or self._index >= params.max_segments - 1:
            raise ValueError("an inner segment is full, and not the last possible one")
        return self._seal(plaintext, _NOT_LAST, final=False)

    def final(self, plaintext: bytes | memoryview) -> bytes:
        """Return the last segment, of at most ``params.plain`` bytes; nothing can follow it."""
        if len(plaintext) > self._state.params.plain:
            raise ValueError("the final segment is too long")
        return self._seal(plaintext, (len(plaintext) + OVERHEAD).to_bytes(_LENGTH, "big"), final=True)

    def _seal(self, plaintext: bytes | memoryview, length: bytes, *, final: bool) -> bytes:
        if self._closed:
            raise RuntimeError("a segment after the final one")
        nonce, place = self._entropy(_NONCE), _place(self._index, final=final)
        cipher = self._state.aead(self._index)
        self._index += 1
        self._closed = final
        if final:
            return b"".join((length, nonce, cipher.encrypt(nonce, plaintext, place)))
        # Inner segments share one buffer: fresh memory of that size costs as much as the encryption.
        buffer = self._buffer = self._buffer or bytearray(self._state.params.segment)
        buffer[: _LENGTH + _NONCE] = length + nonce
        cipher.encrypt_into(nonce, plaintext, place, memoryview(buffer)[_LENGTH + _NONCE :])
        return bytes(buffer)


class Opener:
    """Opens segments of one ciphertext in any order. Construction refuses COMMITMENT unless the header fits."""

    __slots__ = ("_state",)

    def __init__(self, key: bytes, aad: bytes, header: bytes, params: Params = DEFAULT) -> None:
        if len(header) != HEADER_SIZE or header[:_PARAMS] != params.encode():
            raise Fault(Code.COMMITMENT, "header")
        self._state = _State(key, aad, header[_PARAMS:-_TAG], params)
        if not hmac.compare_digest(self._state.header_tag, header[-_TAG:]):
            raise Fault(Code.COMMITMENT, "tag")

    def segment(self, index: int, sealed: bytes | memoryview, *, final: bool) -> bytes:
        """Return the content of segment ``index``; ``final`` must say whether it is the last (see the module text).

        Refuses BODY_DECRYPT for any other bytes than those sealed at this place.
        """
        params = self._state.params
        size_fits = OVERHEAD <= len(sealed) <= params.segment if final else len(sealed) == params.segment
        length = len(sealed).to_bytes(_LENGTH, "big") if final else _NOT_LAST
        if not size_fits or sealed[:_LENGTH] != length or not 0 <= index < params.max_segments:
            raise Fault(Code.BODY_DECRYPT, f"segment {index}")
        nonce, body = sealed[_LENGTH : _LENGTH + _NONCE], memoryview(sealed)[_LENGTH + _NONCE :]  # no copy of a MiB
        try:
            return self._state.aead(index).decrypt(nonce, body, _place(index, final=final))
        except InvalidTag:
            raise Fault(Code.BODY_DECRYPT, f"segment {index}") from None


def _place(index: int, *, final: bool) -> bytes:
    return index.to_bytes(8, "big") + (b"\x01" if final else b"\x00")


class _State:
    """The derived keys of one ciphertext; the AEAD of the latest rotation window is kept at hand."""

    __slots__ = ("_context", "_iv", "_message_key", "_recent", "header_tag", "params")

    def __init__(self, key: bytes, aad: bytes, iv: bytes, params: Params) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError("a FLOE key has 32 bytes")
        self.params: Final = params
        self._iv: Final = iv
        self._context: Final = aad
        self.header_tag: Final = self._derive(key, b"HEADER_TAG:", _TAG)
        self._message_key: Final = self._derive(key, b"MESSAGE_KEY:", _MESSAGE_KEY)
        self._recent: tuple[int, AESGCM] | None = None

    def aead(self, index: int) -> AESGCM:
        """Return the cipher of segment ``index``."""
        window = index >> self.params.rotation << self.params.rotation
        recent = self._recent
        if recent is not None and recent[0] == window:
            return recent[1]
        cipher = AESGCM(self._derive(self._message_key, b"DEK:" + window.to_bytes(8, "big"), KEY_SIZE))
        self._recent = (window, cipher)
        return cipher

    def _derive(self, key: bytes, purpose: bytes, size: int) -> bytes:
        info = self.params.encode() + self._iv + purpose + self._context
        return HKDFExpand(SHA384(), size, info).derive(key)
