"""A hub that lies about its logs to real nodes: who notices, by which code, and what goes on meanwhile."""

from dataclasses import replace
from typing import Final

import pytest

from keys.exchange_files import parse_directory, parse_statements
from protocol.checkpoint import parse_checkpoint_text
from protocol.errors import Code
from protocol.ids import NodeId
from protocol.mailbox import encode_page, parse_page, verify_head
from protocol.note import parse_note
from protocol.statement_nodes import IdentityChange, KeyPublication
from protocol.statements import Body, encode_entry, encode_statement, parse_entry, sign_statement, statement_id
from protocol.wrap import recipient_public_bytes
from tests.e2e import lies
from tests.e2e.door import Reply
from tests.e2e.malicious_hub import Asked, Twist
from tests.e2e.network import wait_until
from tests.e2e.stand import Stand
from tests.e2e.told_logs import ToldLog, true_entries
from tests.simulators.network import identity_of

DAY: Final = 86_400
BELGRADE: Final = NodeId("rs.ilecu")
MALLORY: Final = identity_of("mallory")


def entries(stand: Stand, log: str) -> list[bytes]:
    """Return the whole of a log as it truly is."""
    door = stand.hub.door("skopje")
    note = parse_note(door.ask("GET", f"/v1/logs/{log}/checkpoint").body)
    return true_entries(door, log, parse_checkpoint_text(note.text).size)


def seen_all(stand: Stand) -> bool:
    """Whether Belgrade has seen a checkpoint over all that is in the message log."""
    size: int = stand["belgrade"].status()["log"]["size"]
    return size == len(entries(stand, "messages"))


def told(stand: Stand, log: str, told_entries: list[bytes], at: int = 0) -> Twist:
    return ToldLog(log, stand.id, told_entries, stand.hub.keys).told(at or stand.now)


def something_comes(stand: Stand) -> None:
    """Give the hub something to lie about: Belgrade may have been told already that nothing is new, without a page."""
    stand["skopje"].send(stand.network.request("MT-01.vehicle-mk"))


def mail_goes_on(stand: Stand) -> None:
    """While a lie goes on: a message from Skopje arrives at Belgrade all the same."""
    message = stand["skopje"].send(stand.network.request("MT-01.vehicle-mk"))
    stand["belgrade"].arrived(message)


def test_attack_016_a_directory_rolled_back(stand: Stand) -> None:
    stand.hub.twist("belgrade", told(stand, "directory", entries(stand, "directory")[:-3]))
    stand.alarmed("belgrade", Code.ROLLBACK, "directory")
    mail_goes_on(stand)
    stand.hub.be_honest()
    wait_until(lambda: (Code.ROLLBACK.value, "directory") not in stand.alarms("belgrade"), "the alarm to end")


def test_attack_017_another_directory_of_the_same_size(stand: Stand) -> None:
    true = entries(stand, "directory")
    stand.hub.twist("belgrade", told(stand, "directory", [*true[:-1], true[-2]]))
    stand.alarmed("belgrade", Code.SPLIT_VIEW, "directory")
    mail_goes_on(stand)
    stand.still_works()


def publication(stand: Stand, last: KeyPublication) -> Body:
    """Belgrade's next publication with one key that is the hub's."""
    key = replace(last.keys[0], public_key=recipient_public_bytes(bytes(32)))
    previous = statement_id(encode_statement(last))
    return replace(last, sequence=last.sequence + 1, previous=previous, issued_at=stand.now, keys=(key,))


def identity(stand: Stand, _: KeyPublication) -> Body:
    """New signing keys for Belgrade, which are the hub's."""
    directory = parse_directory((stand.network.folder / "network.directory").read_bytes()).directory
    version = directory.version(BELGRADE) + 1
    return IdentityChange(node=BELGRADE, version=version, issued_at=stand.now, identity=MALLORY.public)


SUBSTITUTES = {"a weekly key": (publication, Code.KEY_CHAIN), "signing keys": (identity, Code.BAD_SIGNATURE)}


@pytest.mark.parametrize("kind", SUBSTITUTES)
def test_attack_014_a_recipients_key_exchanged_in_the_directory(stand: Stand, kind: str) -> None:
    """The hub can sign a checkpoint over anything; it has no free week for its key and no signature of Belgrade."""
    make, code = SUBSTITUTES[kind]
    true = entries(stand, "directory")
    entry = [found for found in map(parse_entry, true) if _publishes(found.body, BELGRADE)][-1]
    assert isinstance(entry.body, KeyPublication)
    body = make(stand, entry.body)
    old = [lies.grafted(each.raw, encode_statement(body)) for each in entry.signatures]
    own = [sign_statement(body, MALLORY, stand.id)] if isinstance(body, IdentityChange) else []
    stand.hub.twist("skopje", told(stand, "directory", [*true, encode_entry([*old, *own])]))
    stand.alarmed("skopje", code, "directory")
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
    wait_until(lambda: stale not in stand.alarms("belgrade"), "the alarm to end")


def test_attack_016_a_mailbox_rolled_back(stand: Stand) -> None:
    keys, network = stand.hub.keys, stand.id

    def emptied(asked: Asked, reply: Reply) -> Reply:
        if not asked.fetches() or reply.status != 200:
            return reply
        page = replace(parse_page(reply.body), items=())
        count = verify_head(page.head, keys.identity.public, network).count
        return Reply(200, encode_page(lies.recounted(page, keys, network, count)))

    stand.still_works()
    stand.hub.twist("belgrade", emptied)
    something_comes(stand)
    stand.alarmed("belgrade", Code.ROLLBACK, "mailbox police")
    stand.still_works()


def test_attack_017_another_message_log_of_the_same_size(stand: Stand) -> None:
    stand.still_works()
    wait_until(lambda: seen_all(stand), "Belgrade to have seen the whole log")
    true = entries(stand, "messages")
    other = ToldLog("messages", stand.id, [b"another leaf", *true[1:]], stand.hub.keys)

    def twist(asked: Asked, reply: Reply) -> Reply:
        if not asked.fetches() or reply.status != 200:
            return reply
        return Reply(200, encode_page(replace(parse_page(reply.body), checkpoint=other.note(stand.now), items=())))

    stand.hub.twist("belgrade", twist)
    something_comes(stand)
    stand.alarmed("belgrade", Code.SPLIT_VIEW, "mailbox police")
    stand.still_works()


def test_attack_015_a_second_message_log_for_one_node(stand: Stand) -> None:
    """Every proof in the second log is true, but it does not continue what Belgrade has seen."""
    (message,) = stand.to_belgrade(1)
    true = entries(stand, "messages")
    # Longer than the true one, whose newest checkpoint Belgrade may have: of the same size it would be SPLIT_VIEW.
    other = ToldLog("messages", stand.id, [b"another leaf", *true[1:], b"one more"], stand.hub.keys)
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


def auditors_word(stand: Stand, name: str) -> bytes:
    """Return a valid directory entry of the auditor, who need not know what a hub does with it."""
    keys = "--store auditor.keystore --directory network.directory"
    stand.network.type(f"keys capability {keys} --out {name}.statement")
    (sheet,) = parse_statements((stand.network.folder / f"{name}.statement").read_bytes()).sheets
    return sheet.entry()


def published(stand: Stand, name: str) -> None:
    """Put the auditor's statement into the true directory, and wait until Skopje and Belgrade hold it."""
    size = len(entries(stand, "directory"))
    stand.network.type(f"hub submit {name}.statement --config {stand.network.hub_config}")
    assert len(entries(stand, "directory")) == size + 1
    for alias in ("skopje", "belgrade"):
        if alias not in stand.hub.lied_to():
            wait_until(lambda alias=alias: stand[alias].status()["directory"]["size"] > size, f"{alias} to look")  # type: ignore[misc]  # bound per name


def test_a_directory_kept_back_from_one_node(stand: Stand) -> None:
    """Belgrade is not shown the newest entry; the leaf of the next message tells it that there is one."""
    old = told(stand, "directory", entries(stand, "directory"))
    auditors_word(stand, "first")
    stand.hub.twist("belgrade", old)
    published(stand, "first")
    message = stand["skopje"].send(stand.network.request("MT-01.vehicle-mk"))
    stale = Code.STALE_DIRECTORY.value
    wait_until(lambda: stale in stand["belgrade"].status()["troubles"].values(), "the trouble to be shown")
    stand.refused("belgrade", message, Code.STALE_DIRECTORY)
    stand.still_works()


def test_attack_015_a_directory_for_one_node_only(stand: Stand) -> None:
    """Sarajevo alone is shown a valid entry, the others another one: a message between them brings it to light."""
    true = entries(stand, "directory")
    mine = auditors_word(stand, "second")
    stand.hub.twist("sarajevo", told(stand, "directory", [*true, mine]))
    wait_until(lambda: stand["sarajevo"].status()["directory"]["size"] == len(true) + 1, "the second directory")
    assert ("SPLIT_VIEW", "directory") not in stand.alarms("sarajevo"), "alone it cannot know"
    auditors_word(stand, "third")
    published(stand, "third")
    message = stand["belgrade"].send(stand.network.request("MT-01.person-sr-Cyrl"))
    stand.refused("sarajevo", message, Code.SPLIT_VIEW)
    mail_goes_on(stand)
    stand.hub.be_honest()
    stand.alarmed("sarajevo", Code.SPLIT_VIEW, "directory")
    mail_goes_on(stand)
