"""``python -m hub.examiner``: a process that examines submissions and does nothing else.

It speaks on its standard input, which is a socket: first an empty frame that says it is there, then for each frame of
questions one frame of findings. It holds no private key, opens no file and no connection, and ends with the socket, so
that it never outlives the hub that started it.
"""

import gc
import socket
from typing import Final

import msgspec

from hub.examination import Finding, Question, examine
from protocol.errors import Code

_LENGTH: Final = 4
_PIECE: Final = 1 << 16
FAILURES: Final = (OSError, EOFError, msgspec.MsgspecError)

_QUESTIONS: Final = msgspec.msgpack.Decoder(list[Question])
_FINDINGS: Final = msgspec.msgpack.Decoder(list[Finding])
_ENCODER: Final = msgspec.msgpack.Encoder()


def ask(line: socket.socket, questions: list[Question]) -> list[Finding]:
    """Return one finding for each question, in order. Raises one of ``FAILURES`` when that cannot be had."""
    send_frame(line, _ENCODER.encode(questions))
    findings = _FINDINGS.decode(receive_frame(line))
    if len(findings) != len(questions):
        raise EOFError
    return findings


def send_frame(line: socket.socket, payload: bytes) -> None:
    """Send a length of four bytes and the payload."""
    line.sendall(len(payload).to_bytes(_LENGTH, "big") + payload)


def receive_frame(line: socket.socket) -> bytes:
    """Return the next payload; ``EOFError`` when the other side is gone."""
    return _receive(line, int.from_bytes(_receive(line, _LENGTH), "big"))


def _receive(line: socket.socket, size: int) -> bytes:
    out = bytearray()
    while len(out) < size:
        piece = line.recv(min(_PIECE, size - len(out)))
        if not piece:
            raise EOFError
        out += piece
    return bytes(out)


def serve(line: socket.socket) -> None:
    """Answer until the other side closes the socket or sends what is no question."""
    send_frame(line, b"")
    try:
        while True:
            questions = _QUESTIONS.decode(receive_frame(line))
            send_frame(line, _ENCODER.encode([_finding(each) for each in questions]))
    except FAILURES:
        return


def _finding(question: Question) -> Finding:
    try:
        return examine(question)
    except Exception as err:  # noqa: BLE001 - a defect met by one submission must not take the others with it
        return Finding(None, Code.INTERNAL, type(err).__name__)


if __name__ == "__main__":
    gc.freeze()
    with socket.socket(fileno=0) as standard_input:
        serve(standard_input)
