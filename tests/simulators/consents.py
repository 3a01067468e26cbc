"""Consents of a test: a record that grants what a referral needs, read back to the person; the way to a referral."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from nodes.gateway.consent_versions import ReadBack, sheet_of, with_read_back
from nodes.gateway.consents import Recorded
from nodes.gateway.withdrawing import Wanted
from protocol.catalogue.documents import JSON
from protocol.ids import Channel, MessageId, NodeId
from tests.simulators.node import CSO, EXAMPLES, TestClock, TestGateway, TestWorld, example, some_example

CATEGORIES: Final = ("ID", "CO", "HE", "LO", "CA", "RI", "TR", "LE", "FA", "SV", "BI", "VE")
BY_PHONE: Final = Wanted(channel="phone", told="She was told what had been sent already.")
RECORD: Final = json.loads((EXAMPLES / "MT-V6/record-sr-Latn.json").read_text(encoding="utf-8"))["body"]
CHILDS: Final = json.loads((EXAMPLES / "MT-V6/renew-child-mk.json").read_text(encoding="utf-8"))["body"]


def consent_world(folder: Path, record: dict[str, Any] = RECORD, **changes: Any) -> TestWorld:
    """Return a world three days after an example consent was given."""
    start = datetime.strptime(record["record"]["valid_from"], "%Y-%m-%d").replace(tzinfo=UTC)
    return TestWorld(folder, TestClock(int(start.timestamp()) + 3 * 86_400), **changes)


def heard(document: dict[str, JSON], witness: str = "T-31", at: int = 1_790_000_000) -> dict[str, Any]:
    """Return a record as read back to the person just as it stands."""
    return with_read_back(document, ReadBack(sheet_of(document), "rom", witness, at))


def record_for(referral: dict[str, Any], to: str = "lotse.at", base: dict[str, Any] = RECORD) -> dict[str, Any]:
    """Return a consent record under the id that a referral names, granting every category to one recipient."""
    record = json.loads(json.dumps(base))
    record["consent_id"] = referral["document"]["x_consent"]
    first, until = record["record"]["grants"][0], record["record"]["expires"]
    purposes = ("shelter", "travel", "prosecution_info", "police_protection")
    record["record"]["grants"] = [
        {**first, "recipient": to, "category": category, "purpose": purpose, "until": until}
        for category in CATEGORIES
        for purpose in purposes
    ]
    return heard(record)


async def recorded(gateway: TestGateway, document: dict[str, Any]) -> Recorded:
    """Record a consent that must pass, and log its tokens."""
    found = await gateway.gateway.consents.record(document, [])
    assert isinstance(found, Recorded), found
    await gateway.post()
    return found


async def offered(asking: TestGateway, answering: TestGateway) -> MessageId:
    """Let one organisation ask and the other accept: an identity part only travels in answer to that."""
    asked = await asking.queue(some_example("MT-E1", to=[answering.node], purpose="return"))
    await asking.exchange(answering, CSO)
    answer = await answering.queue(example(f"MT-E2/{accepting()}", in_reply_to=asked.hex()))
    await answering.exchange(asking, CSO)
    return answer


def accepting() -> str:
    """Return the name of an example that accepts an enquiry."""
    names = [path.stem for path in sorted((EXAMPLES / "MT-E2").iterdir())]
    return next(each for each in names if "accept" in (EXAMPLES / f"MT-E2/{each}.json").read_text(encoding="utf-8"))


async def told(sender: TestGateway, to: NodeId, document: dict[str, Any], purpose: str = "return") -> MessageId:
    """Send a record or renewal of consent."""
    return await sender.queue({"type": "MT-V6/1", "document": document, "to": [to], "purpose": purpose})


async def settle(holder: TestGateway, party: TestGateway, channel: Channel = CSO) -> None:
    """Let both sides do all that an end of a consent brings: notices, locks, receipts."""
    for _ in range(2):
        for each in (holder, party):
            await each.gateway.withdrawals.turn()
            await each.gateway.carrying_out.turn()
        await holder.exchange(party, channel)
        await party.exchange(holder, channel)
