"""A network of real nodes behind a lying hub: what its tests send, wait for and ask."""

import time
from dataclasses import dataclass
from typing import Any, Final

from egnatia.demo.client import Node
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.ids import MessageId
from tests.e2e import lies
from tests.e2e.malicious_hub import MaliciousHub
from tests.e2e.network import Network, wait_until

NODES: Final = ("skopje", "belgrade", "sarajevo")
SARAJEVO: Final = "ba.ilecu"


@dataclass
class Stand:
    """The network with its lying hub; what is sent while mail is kept back lies in one page."""

    network: Network
    hub: MaliciousHub

    def __getitem__(self, alias: str) -> Node:
        return self.network[alias]

    @property
    def now(self) -> int:
        return int(time.time())

    @property
    def id(self) -> bytes:
        return bytes.fromhex(self["belgrade"].status()["network"])

    def kept_back(self, reader: str, *requests: tuple[str, dict[str, Any]]) -> list[str]:
        """Send each request while ``reader`` gets no mail; return the ids when all are accepted."""
        self.hub.twist(reader, lies.silent(self.now))
        sent = [(self[sender], self[sender].send(request)) for sender, request in requests]
        for node, message in sent:
            node.wait_row("outbox", message, lambda row: row["state"] == "accepted")
        return [message for _, message in sent]

    def to_belgrade(self, count: int) -> list[str]:
        """Send from Skopje to Belgrade while Belgrade gets no mail."""
        request = self.network.request("MT-01.vehicle-mk")
        return self.kept_back("belgrade", *[("skopje", request)] * count)

    def envelope(self, message: str) -> Envelope:
        return self.hub.envelopes[MessageId(bytes.fromhex(message))]

    def refused(self, alias: str, message: str, code: Code) -> None:
        """Wait until a node shows that it could not accept a message, with exactly this code."""
        row = self[alias].wait_row("inbox", message, lambda row: row["code"] is not None)
        assert (row["state"], row["code"]) == ("unopenable", code.value)

    def alarmed(self, alias: str, code: Code, subject: str) -> None:
        """Wait for an alarm."""
        wait_until(lambda: (code.value, subject) in self.alarms(alias), f"{code} about {subject}")

    def alarms(self, alias: str) -> set[tuple[str, str]]:
        return {(each["code"], each["subject"]) for each in self[alias].status()["alarms"]}

    def gap(self, number: int) -> bool:
        gaps = self["belgrade"].status()["gaps"]
        return any(each["low"] <= number <= each["high"] for each in gaps if each["sender"] == "mk.ilecu")

    def number(self, message: str) -> int:
        """Return a message's number from Skopje to Belgrade."""
        (who,) = self["skopje"].row("outbox", message)["to"]
        return int(who["sequence"])

    def still_works(self, sender: str = "skopje", reader: str = "belgrade", name: str = "MT-01.vehicle-mk") -> None:
        """After the lies: one more message arrives and its hand-over is confirmed."""
        self.hub.be_honest()
        message = self[sender].send(self.network.request(name))
        self[reader].arrived(message)
        confirmed = "outbox", message, lambda row: row["to"][0]["handed_over_at"] is not None
        self[sender].wait_row(*confirmed)
