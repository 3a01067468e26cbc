"""A hub that lies to real nodes with its own keys: who notices, by which code, and that nothing behind is blocked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from protocol.envelope import encode_delivery, parse_delivery
from protocol.errors import Code
from protocol.evidence import Event, Receipt, sign_receipt
from protocol.ids import MessageId, NodeId
from protocol.mailbox import ItemKind, Page
from tests.e2e import lies
from tests.e2e.malicious_hub import Twist
from tests.e2e.stand import NODES, SARAJEVO, Stand


def test_an_honest_line_changes_nothing(stand: Stand) -> None:
    """A control: through the proxy alone everything works and nothing is noticed."""
    before = {alias: stand.alarms(alias) for alias in NODES}
    stand.still_works()
    assert {alias: stand.alarms(alias) - before[alias] for alias in NODES} == {alias: set() for alias in NODES}


def poison(stand: Stand, twist: Callable[[str, str], Twist], code: Code) -> None:
    """Twist the first of two messages: Belgrade names the code, and the one behind arrives while the lie goes on."""
    first, behind = stand.to_belgrade(2)
    stand.hub.twist("belgrade", twist(first, behind))
    stand["belgrade"].arrived(behind)
    stand.refused("belgrade", first, code)
    stand.still_works()


def test_attack_002_an_altered_body(stand: Stand) -> None:
    poison(stand, lambda *_: lies.first_message(lies.flipped_body), Code.BODY_HASH)


def test_attack_026_bodies_of_two_messages_swapped(stand: Stand) -> None:
    poison(stand, lambda _, behind: lies.first_message(lies.other_body(stand.envelope(behind))), Code.BODY_HASH)


def test_attack_028_a_recipient_added_to_the_list(stand: Stand) -> None:
    added = lies.added_recipient(SARAJEVO, bytes(32))
    poison(stand, lambda *_: lies.first_message(added), Code.BAD_EVIDENCE)


def to_two(stand: Stand) -> str:
    """Send from Belgrade to Skopje and Sarajevo, while Sarajevo gets no mail."""
    request = stand.network.request("MT-01.person-sr-Cyrl", to=["ba.ilecu", "mk.ilecu"])
    (message,) = stand.kept_back("sarajevo", ("belgrade", request))
    return message


def test_attack_029_a_recipient_hidden_from_the_others(stand: Stand) -> None:
    message = to_two(stand)
    stand.hub.twist("sarajevo", lies.first_message(lies.added_recipient("", b"", hidden=True)))
    stand.refused("sarajevo", message, Code.BAD_EVIDENCE)
    stand.still_works("belgrade", "sarajevo", "MT-01.person-sr-Cyrl")


def test_attack_027_the_wrap_of_another_recipient(stand: Stand) -> None:
    message = to_two(stand)
    stand.hub.twist("sarajevo", lies.first_message(lies.other_wrap(stand.envelope(message))))
    stand.refused("sarajevo", message, Code.WRAP_HASH)
    stand["skopje"].arrived(message)
    stand.still_works("belgrade", "sarajevo", "MT-01.person-sr-Cyrl")


def test_attack_052_mail_given_to_a_node_that_it_is_not_for(stand: Stand) -> None:
    """Sarajevo gets Skopje's message to Belgrade in the place of one of its own, with a true proof of its leaf."""
    (taken,) = stand.to_belgrade(1)
    stolen: list[Any] = []

    def note(page: Page) -> Page:
        stolen.extend(item for item in page.items if item.kind is ItemKind.MESSAGE)
        return page

    stand.hub.twist("belgrade", lies.pages(note))
    stand["belgrade"].arrived(taken)
    (own,) = stand.kept_back("sarajevo", ("belgrade", stand.network.request("MT-01.person-sr-Cyrl")))

    def exchanged(delivery: Any) -> bytes:
        return stolen[0].content if delivery.id.hex() == own else delivery.encode()

    stand.hub.twist("sarajevo", lies.first_message(exchanged))
    stand.refused("sarajevo", own, Code.BAD_EVIDENCE)
    stand.still_works("belgrade", "sarajevo", "MT-01.person-sr-Cyrl")


def test_attack_023_two_messages_in_the_other_order(stand: Stand) -> None:
    first, second = stand.to_belgrade(2)

    def reordered(page: Page) -> Page:
        one, two = lies.messages(page)
        items = list(page.items)
        items[one], items[two] = items[two], items[one]
        return lies.with_items(page, items)

    stand.hub.twist("belgrade", lies.pages(reordered))
    for message in (first, second):
        stand["belgrade"].arrived(message)
    assert stand["belgrade"].row("inbox", second)["out_of_order"]
    assert not stand.gap(stand.number(first))
    stand.still_works()


def test_attack_003_one_message_again_in_the_place_of_another(stand: Stand) -> None:
    first, second, third = stand.to_belgrade(3)

    def replayed(page: Page) -> Page:
        one, two, _ = lies.messages(page)
        items = list(page.items)
        items[two] = items[one]
        return lies.with_items(page, items)

    stand.hub.twist("belgrade", lies.pages(replayed))
    for message in (first, third):
        stand["belgrade"].arrived(message)
    rows = stand["belgrade"].get("/messages?box=inbox").done()["messages"]
    assert [row["id"] for row in rows].count(first) == 1
    assert second not in {row["id"] for row in rows}
    assert stand.gap(stand.number(second))
    stand.still_works()


def test_attack_022_a_message_left_out_of_the_middle(stand: Stand) -> None:
    """The hub signs a count that fits: the numbers between the two nodes show it."""
    first, second, third = stand.to_belgrade(3)
    keys, network = stand.hub.keys, stand.id
    stand.hub.twist("belgrade", lies.pages(lambda page: lies.without_message(page, 1, keys, network)))
    for message in (first, third):
        stand["belgrade"].arrived(message)
    assert stand.gap(stand.number(second))
    stand.still_works()
    row = stand["skopje"].row("outbox", second)
    assert row["to"][0]["handed_over_at"] is None, "nobody confirms what was left out"


def test_attack_022_a_message_left_out_under_the_true_count(stand: Stand) -> None:
    first, second, third = stand.to_belgrade(3)

    def holed(page: Page) -> Page:
        gone = lies.messages(page)[1]
        return replace(page, items=tuple(item for at, item in enumerate(page.items) if at != gone))

    stand.hub.twist("belgrade", lies.pages(holed))
    for message in (first, third):
        stand["belgrade"].arrived(message)
    stand.alarmed("belgrade", Code.SEQUENCE_GAP, "mailbox police")
    assert stand.gap(stand.number(second))
    stand.still_works()


def test_attack_022_the_last_message_kept_back_under_a_lower_count(stand: Stand) -> None:
    """Nothing shows it before the next message; then the gap does, and the sender was never told of a hand-over."""
    first, last = stand.to_belgrade(2)
    keys, network = stand.hub.keys, stand.id
    stand.hub.twist("belgrade", lies.pages(lambda page: lies.without_message(page, -1, keys, network)))
    stand["belgrade"].arrived(first)
    assert stand["skopje"].row("outbox", last)["to"][0]["handed_over_at"] is None
    stand.hub.be_honest()
    stand["belgrade"].arrived(last)
    stand.still_works()


def test_attack_022_the_last_message_promised_and_not_served(stand: Stand) -> None:
    (only,) = stand.to_belgrade(1)
    stand.hub.twist("belgrade", lies.pages(lambda page: replace(page, items=())))
    stand.alarmed("belgrade", Code.SEQUENCE_GAP, "mailbox police")
    stand.hub.be_honest()
    stand["belgrade"].arrived(only)
    stand.still_works()


def test_attack_031_a_hand_over_that_the_hub_confirms_itself(stand: Stand) -> None:
    """Belgrade's own receipt is exchanged for one that the hub signed in Belgrade's name."""
    skopje, keys = stand["skopje"], stand.hub.keys
    stand.hub.twist("skopje", lies.silent(stand.now))
    message = skopje.send(stand.network.request("MT-01.vehicle-mk"))
    stand["belgrade"].arrived(message)
    said = Receipt(
        event=Event.CONTENT_HANDOVER,
        message=MessageId(bytes.fromhex(message)),
        recipient=NodeId("rs.ilecu"),
        at=stand.now,
    )
    forged = sign_receipt(said, keys.identity, stand.id)

    def exchanged(page: Page) -> Page:
        items = [replace(each, content=forged) if each.kind is ItemKind.RECEIPT else each for each in page.items]
        return replace(page, items=tuple(items))

    stand.hub.twist("skopje", lies.pages(exchanged))
    stand.alarmed("skopje", Code.BAD_EVIDENCE, "receipt in police")
    assert skopje.row("outbox", message)["to"][0]["handed_over_at"] is None
    stand.still_works()


def test_a_poisoned_head_of_the_mailbox_holds_up_nothing(stand: Stand) -> None:
    """Attack V9 against a real process: bytes that are no message at all in the first place."""
    first, *behind = stand.to_belgrade(6)
    stand.hub.twist("belgrade", lies.first_message(lambda _: b"\xff poison"))
    for message in behind:
        stand["belgrade"].wait_row("inbox", message, lambda row: row["state"] == "accepted")
    stand.refused("belgrade", first, Code.MALFORMED)
    stand.still_works()


def test_the_delivery_of_an_envelope_reads_back(stand: Stand) -> None:
    """A control of the lies: a message passed on unchanged is accepted, so it was the change that was refused."""
    (message,) = stand.to_belgrade(1)
    stand.hub.twist(
        "belgrade",
        lies.first_message(
            lambda found: encode_delivery(
                found.signed.raw, found.index, found.wrap, parse_delivery(found.encode()).contents
            )
        ),
    )
    stand["belgrade"].arrived(message)
