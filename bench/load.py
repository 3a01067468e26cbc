"""The load, a process of its own: sealed messages over persistent mutual TLS, a fixed number in flight.

``python -m bench.load PLAN`` reads a plan and prints one JSON object. One thread and plain sockets: on a small machine
what the load costs is taken from the hub. Every answer is checked when all are in, some of them to the last signature.
"""

import json
import select
import socket
import ssl
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.sealing import read_load
from protocol.cbor import decode
from protocol.checkpoint import LogKeys
from protocol.evidence import verify_acceptance
from protocol.ids import MessageId

_VERIFIED: Final = 50  # one answer in so many is verified completely
_CREATED: Final = 201
_PATIENCE_S: Final = 30.0


@dataclass(slots=True)
class Wire:
    """One connection and the request that is in flight on it."""

    socket: ssl.SSLSocket
    waiting: deque[tuple[bytes, bytes]]
    id: bytes = b""
    sent_at: float = 0.0
    answer: bytearray = field(default_factory=bytearray)

    def send_next(self) -> bool:
        """Send the next message; False when none is left."""
        if not self.waiting:
            return False
        self.id, raw = self.waiting.popleft()
        head = f"PUT /v1/envelopes/{self.id.hex()} HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(raw)}\r\n\r\n"
        self.answer.clear()
        self.sent_at = time.perf_counter()
        self.socket.setblocking(True)  # noqa: FBT003 - the standard library's signature
        self.socket.sendall(head.encode() + raw)
        self.socket.setblocking(False)  # noqa: FBT003 - the standard library's signature
        return True

    def receive(self) -> bytes | None:
        """Return a complete answer, headers included; None while it is not complete."""
        while True:
            try:
                chunk = self.socket.recv(65_536)
            except ssl.SSLWantReadError:
                return None
            if not chunk:
                raise SystemExit(f"the hub closed a connection: {bytes(self.answer[:200])!r}")
            self.answer += chunk
            head, found, body = bytes(self.answer).partition(b"\r\n\r\n")
            if found and len(body) >= _length(head):
                return bytes(self.answer)


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return int(next(line for line in lines if line.startswith(b"content-length:")).split(b":")[1])


@dataclass(slots=True)
class Course:
    """What happened: when each answer came, how long it took, and its bytes."""

    done: list[float] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    answers: list[tuple[bytes, bytes]] = field(default_factory=list)


def drive(wires: list[Wire]) -> Course:
    """Keep every connection busy until all messages are answered."""
    course, poller = Course(), select.poll()
    by_number = {wire.socket.fileno(): wire for wire in wires if wire.send_next()}
    for number in by_number:
        poller.register(number, select.POLLIN)
    while by_number:
        ready = poller.poll(_PATIENCE_S * 1_000)
        if not ready:
            raise SystemExit("the hub does not answer")
        for number, _ in ready:
            wire = by_number[number]
            answer = wire.receive()
            if answer is None:
                continue
            at = time.perf_counter()
            course.done.append(at)
            course.spent.append(at - wire.sent_at)
            course.answers.append((wire.id, answer))
            if not wire.send_next():
                poller.unregister(number)
                del by_number[number]
    return course


def check(course: Course, plan: dict[str, str]) -> None:
    """Stop the measurement unless every answer is an acceptance of its message."""
    keys = LogKeys(bytes.fromhex(plan["ed25519"]), bytes.fromhex(plan["mldsa44"]))
    for number, (id_, answer) in enumerate(course.answers):
        head, _, body = answer.partition(b"\r\n\r\n")
        if int(head.split(b" ", 2)[1]) != _CREATED:
            raise SystemExit(f"refused: {head!r} {body!r}")
        evidence = decode(body)
        assert isinstance(evidence, dict)
        assert evidence[1] == id_
        if number % _VERIFIED == 0:
            verify_acceptance(body, MessageId(id_), plan["origin"], keys)


def _connect(plan: dict[str, str], name: str) -> ssl.SSLSocket:
    folder = Path(plan["folder"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    context.load_verify_locations(folder / "ca.pem")
    raw = socket.create_connection(("127.0.0.1", int(plan["port"])), timeout=_PATIENCE_S)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(raw, server_hostname="127.0.0.1")


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    in_flight, warm = int(plan["in_flight"]), int(plan["warm"])
    queues = {name: deque(read_load(Path(plan["folder"]) / f"{name}.load")) for name in plan["senders"]}
    names = [plan["senders"][at % len(queues)] for at in range(in_flight)]
    wires = [Wire(_connect(plan, name), queues[name]) for name in names]
    own = time.process_time()
    course = drive(wires)
    own = time.process_time() - own
    check(course, plan)
    spent = sorted(course.spent[warm:])
    seconds = course.done[-1] - course.done[warm - 1]
    result = {
        "accepted": len(course.done),
        "rate": len(spent) / seconds,
        "p50": spent[len(spent) // 2],
        "p99": spent[int(len(spent) * 0.99)],
        "worst": spent[-1],
        "load_cpu": own,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
