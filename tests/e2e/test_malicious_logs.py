"""A hub that lies about its logs, its evidence and its files: who notices, by which code, and what goes on meanwhile."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from egnatia.demo.processes import wait_until
from keys.exchange_files import parse_directory, parse_statements
from nodes.commands.client import ApiClient
from nodes.commands.registry import Place
from protocol.cbor import decode, encode
from protocol.checkpoint import parse_checkpoint_text
from protocol.errors import Code
from protocol.mailbox import encode_page, parse_page
from protocol.note import parse_note
from protocol.parts import parse_part_list
from protocol.statement_nodes import KeyPublication
from protocol.statements import encode_entry, encode_statement, parse_entry
from protocol.wrap import recipient_public_bytes
from tests.e2e import lies
from tests.e2e.door import Reply
from tests.e2e.malicious_hub import Asked, Twist
from tests.e2e.stand import SARAJEVO, Stand
from tests.e2e.told_logs import ToldLog, true_entries

DAY = 86_400


def entries(stand: Stand, log: str) -> list[bytes]:
    """Return the whole of a log as it truly is."""
    door = stand.hub.door("skopje")
    note = parse_note(door.ask("GET", f"/v1/logs/{log}/checkpoint").body)
    return true_entries(door, log, parse_checkpoint_text(note.text).size)


def told(stand: Stand, log: str, told_entries: list[bytes], at: int = 0) -> Twist:
    return ToldLog(log, stand.id, told_entries, stand.hub.keys).told(at or stand.now)


def mail_goes_on(stand: Stand) -> None:
    """While a lie goes on: a message from Skopje arrives at Belgrade all the same."""
    message = stand["skopje"].send(stand.network.request("MT-01.vehicle-mk"))
    stand["belgrade"].arrived(message)


def test_attack_016_a_directory_rolled_back(stand: Stand) -> None:
    stand.hub.twist("belgrade", told(stand, "directory", entries(stand, "directory")[:-3]))
    stand.alarmed("belgrade", Code.ROLLBACK, "directory")
    mail_goes_on(stand)
    stand.hub.be_honest()
    wait_until(lambda: (Code.ROLLBACK.value, "directory") not in stand.alarms("belgrade"), "the alarm to end", 60)


def test_attack_017_another_directory_of_the_same_size(stand: Stand) -> None:
    true = entries(stand, "directory")
    stand.hub.twist("belgrade", told(stand, "directory", [*true[:-1], true[-2]]))
    stand.alarmed("belgrade", Code.SPLIT_VIEW, "directory")
    mail_goes_on(stand)
    stand.still_works()


def test_attack_014_a_recipients_key_exchanged_in_the_directory(stand: Stand) -> None:
    """The hub writes its own key into Belgrade's next publication; what it cannot write is Belgrade's signatures."""
    true = entries(stand, "directory")
    publications = [parse_entry(raw) for raw in true]
    entry = next(each for each in publications if _publishes(each.body, "rs.ilecu"))
    assert isinstance(entry.body, KeyPublication)
    mine = recipient_public_bytes(bytes(32))
    body = replace(entry.body, keys=(replace(entry.body.keys[0], public_key=mine), *entry.body.keys[1:]))
    payload = encode_statement(body)
    forged = encode_entry([lies.grafted(each.raw, payload) for each in entry.signatures])
    stand.hub.twist("skopje", told(stand, "directory", [*true, forged]))
    stand.alarmed("skopje", Code.BAD_SIGNATURE, "directory")
    mail_goes_on(stand)
    stand.still_works()


def _publishes(body: object, node: str) -> bool:
    return isinstance(body, KeyPublication) and body.node == node


def test_attack_019_a_checkpoint_of_yesterday(stand: Stand) -> None:
    stand.hub.twist("belgrade", told(stand, "directory", entries(stand, "directory"), stand.now - DAY - 60))
    stand.alarmed("belgrade", Code.STALE_CHECKPOINT, "directory")
    mail_goes_on(stand)
    stand.hub.be_honest()
    stale = (Code.STALE_CHECKPOINT.value, "directory")
    wait_until(lambda: stale not in stand.alarms("belgrade"), "the alarm to end", 60)


def test_attack_016_a_mailbox_rolled_back(stand: Stand) -> None:
    keys, network = stand.hub.keys, stand.id

    def emptied(asked: Asked, reply: Reply) -> Reply:
        if not asked.fetches() or reply.status != 200:
            return reply
        page = replace(parse_page(reply.body), items=())
        return Reply(200, encode_page(lies.recounted(page, keys, network, 1)))

    stand.still_works()
    stand.hub.twist("belgrade", emptied)
    stand.alarmed("belgrade", Code.ROLLBACK, "mailbox police")
    stand.still_works()


def test_attack_017_another_message_log_of_the_same_size(stand: Stand) -> None:
    stand.still_works()
    true = entries(stand, "messages")[: stand["belgrade"].status()["log_size"]]
    other = ToldLog("messages", stand.id, [b"another leaf", *true[1:]], stand.hub.keys)

    def twist(asked: Asked, reply: Reply) -> Reply:
        if not asked.fetches() or reply.status != 200:
            return reply
        return Reply(200, encode_page(replace(parse_page(reply.body), checkpoint=other.note(stand.now), items=())))

    stand.hub.twist("belgrade", twist)
    stand.alarmed("belgrade", Code.SPLIT_VIEW, "mailbox police")
    stand.still_works()


def test_attack_015_a_second_message_log_for_one_node(stand: Stand) -> None:
    """Every proof in the second log is true, but it does not continue what Belgrade has seen."""
    (message,) = stand.to_belgrade(1)
    true = entries(stand, "messages")
    other = ToldLog("messages", stand.id, [b"another leaf", *true[1:]], stand.hub.keys)
    answers = other.told(stand.now)

    def twist(asked: Asked, reply: Reply) -> Reply:
        if asked.fetches() and reply.status == 200 and parse_page(reply.body).items:
            return Reply(200, other.page(reply.body, stand.now))
        return answers(asked, reply)

    stand.hub.twist("belgrade", twist)
    stand.alarmed("belgrade", Code.BAD_CONSISTENCY, "mailbox police")
    assert stand["belgrade"].row("inbox", message) is None
    stand.hub.be_honest()
    stand["belgrade"].arrived(message)
    stand.still_works()


def of_another(stand: Stand) -> Callable[[bytes], bytes]:
    first: list[bytes] = []
    stand.hub.twist("skopje", lambda asked, reply: [first.append(reply.body), reply][1] if asked.submits() else reply)  # type: ignore[func-returns-value,return-value]
    stand.network["skopje"].arrived if False else None
    message = stand["skopje"].send(stand.network.request("MT-01.vehicle-mk"))
    stand["skopje"].wait_row("outbox", message, lambda row: row["state"] == "accepted")
    return lambda _: first[0]
