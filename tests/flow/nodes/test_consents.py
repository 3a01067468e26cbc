"""Consent decides: a referral goes only under one that names the recipient, was read back, and still runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from nodes.gateway.consent_versions import digest_of_version, sheet_of
from nodes.gateway.consents import Heard, Recorded
from nodes.gateway.holding import Outcome
from nodes.gateway.inbox import InState
from nodes.gateway.overlay import load_overlay
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.renewals import Ground
from nodes.gateway.send import Queued, Stopped
from nodes.gateway.withdrawal_store import EndKind, Result
from nodes.gateway.withdrawing import Wanted, Withdrawn
from protocol.ids import MessageId, Reference
from protocol.tokens import TokenKind
from tests.simulators.consents import (
    BY_PHONE,
    RECORD,
    accepting,
    consent_world,
    heard,
    offered,
    record_for,
    recorded,
    settle,
    told,
)
from tests.simulators.node import (
    CSO,
    EXAMPLES,
    LOTSE,
    NADA,
    TestGateway,
    TestWorld,
    example,
    packaged_bundle,
    some_example,
)

REFERRAL = example("MT-V1/adult-sr-Latn", to=["lotse.at"])
DAY = 86_400
HOLD_ALL = """\
overlay: cso
outer:
  - {id: at.look-first, predicate: purpose, sides: [recipient], verdict: hold, article: NET, text: purpose-cso,
     parameters: {purposes: [testimony_support]}}
"""


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    return consent_world(tmp_path)


async def referred(nada: TestGateway, lotse: TestGateway, document: dict[str, Any]) -> tuple[Recorded, MessageId]:
    """Bring a person's referral from Nada to Lotse: enquiry, offer, consent, referral."""
    answer = await offered(nada, lotse)
    consent = await recorded(nada, document)
    await told(nada, LOTSE.node, document)
    await nada.exchange(lotse, CSO)
    message = await nada.queue(REFERRAL | {"in_reply_to": answer.hex(), "purpose": "return"})
    await nada.exchange(lotse, CSO)
    return consent, message


async def offered_held(nada: TestGateway, lotse: TestGateway) -> MessageId:
    """As ``offered``, where the other side holds and releases the enquiry."""
    asked = await nada.queue(some_example("MT-E1", to=["lotse.at"], purpose="return"))
    await nada.exchange(lotse, CSO)
    assert await lotse.gateway.holding.release(asked, "We take cases of Nada.") is Outcome.DONE
    answer = await lotse.queue(example("MT-E2/" + accepting(), in_reply_to=asked.hex()))
    await lotse.exchange(nada, CSO)
    return answer


async def read(gateway: TestGateway, message: MessageId) -> ReceivedMessage:
    found = await gateway.gateway.reading.open(message)
    assert isinstance(found, ReceivedMessage)
    return found


async def test_record_referral_withdrawal_and_the_receipt_of_the_purge(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        answer = await offered(nada, lotse)
        request = REFERRAL | {"in_reply_to": answer.hex(), "purpose": "return"}
        assert isinstance(await nada.send(request), Stopped), "nothing leaves before she allowed it"
        consent = await recorded(nada, record_for(REFERRAL))
        assert [(token.sender, token.recipient) for token in consent.references] == [(NADA.node, LOTSE.node)]
        assert [token.kind for token in world.hub.tokens.values()] == [TokenKind.CONSENT]
        record = await told(nada, LOTSE.node, record_for(REFERRAL))
        await nada.exchange(lotse, CSO)
        result = await nada.send(request)
        assert isinstance(result, Queued), result
        await nada.exchange(lotse, CSO)
        for message in (record, result.message):
            found = await read(lotse, message)
            assert found.row.state is InState.ACCEPTED, found.row.decision
        assert found.opened is not None
        assert found.opened.core.consents == (consent.references[0].reference,)
        assert dict(found.identity)
        name = dict(found.identity)["/prs_SecondName"]
        assert await lotse.gateway.reading.received(9, str(name))

        withdrawn = await nada.gateway.withdrawals.withdraw(consent.id, BY_PHONE)
        assert isinstance(withdrawn, Withdrawn)
        assert (withdrawn.references, withdrawn.parties) == (1, (LOTSE.node,))
        assert isinstance(await nada.send(request), Stopped)
        (followed,) = await nada.gateway.withdrawals.follow()
        assert (followed.notice.reached.handed_over_at, followed.late) == (None, False)
        world.clock.advance(3_600)
        assert [each.late for each in await nada.gateway.withdrawals.follow()] == [True], "Lotse was not reached yet"
        await nada.exchange(lotse, CSO)
        assert TokenKind.CONSENT_WITHDRAWN in {token.kind for token in world.hub.tokens.values()}
        found = await read(lotse, result.message)
        assert (found.opened, found.row.item) == (None, None), "access ended when Lotse heard of it"
        assert not await lotse.gateway.reading.received(9, str(name)), "no search finds it"
        assert (await read(lotse, record)).opened is not None, "what she had allowed stays on record"
        (followed,) = await nada.gateway.withdrawals.follow()
        assert (followed.notice.reached.handed_over_at, followed.late) == (world.clock(), False)

        (waiting,) = await lotse.gateway.carrying_out.list()
        assert ([each.message for each in waiting.locks], waiting.late) == ([result.message], False)
        tasks = await lotse.gateway.duties.list(9)
        assert [each.obligation for each in tasks if each.done_at is None].count("withdrawal-carried-out") == 1
        world.clock.advance(3 * DAY)
        assert [each.late for each in await lotse.gateway.carrying_out.list()] == [True]
        assert [each.late for each in await nada.gateway.withdrawals.follow()] == [True]
        assert await lotse.gateway.carrying_out.purge(waiting.end.number) is not None
        assert await lotse.gateway.carrying_out.purge(waiting.end.number) is None
        assert "withdrawal-carried-out" not in {each.obligation for each in await lotse.gateway.duties.list(9)}
        await lotse.exchange(nada, CSO)
        assert await nada.gateway.withdrawals.follow() == []
        assert await lotse.gateway.carrying_out.list() == []
        (done,) = await lotse.gateway.carrying_out.list(done=True)
        assert (done.end.result, done.end.items, done.locks[0].item) == (Result.PURGED, 1, None)


async def test_what_the_law_keeps_stays_locked_with_its_reason(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        consent, message = await referred(nada, lotse, record_for(REFERRAL))
        await nada.gateway.withdrawals.withdraw(consent.id, BY_PHONE)
        await nada.exchange(lotse, CSO)
        (waiting,) = await lotse.gateway.carrying_out.list()
        assert await lotse.gateway.carrying_out.of_message(message) == [waiting.end]
        reason = "Her claim for compensation rests on it; the lawyer asked to keep it."
        assert await lotse.gateway.carrying_out.keep(waiting.end.number, reason) is not None
        await lotse.exchange(nada, CSO)
        assert (await read(lotse, message)).opened is None
        received = [each for each in await nada.gateway.reading.received(9) if each.type == "MT-V6/1"]
        receipt = dict((await read(nada, received[0].message or MessageId(b""))).body)
        assert (receipt["/receipt/result"], receipt["/receipt/reason"]) == ("locked", reason)
        assert await nada.gateway.withdrawals.follow() == []


async def test_a_withdrawal_of_a_part_takes_that_part_out_of_reach(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        consent, message = await referred(nada, lotse, record_for(REFERRAL))
        before = await read(lotse, message)
        part = Wanted(channel="phone", told="Her contact was told to Lotse already.", categories=("CO", "CA"))
        ended = await nada.gateway.withdrawals.withdraw(consent.id, part)
        assert isinstance(ended, Withdrawn)
        assert ended.references == 0, "other categories still run"
        await nada.exchange(lotse, CSO)
        after = await read(lotse, message)
        gone = {path for path, _ in (*before.body, *before.identity)} - {
            path for path, _ in (*after.body, *after.identity)
        }
        assert "/vic_TraffickingStatus" in gone
        assert any(path.startswith("/x_safe_contact/") for path in gone)
        assert dict(after.identity)["/prs_SecondName"] == dict(before.identity)["/prs_SecondName"]
        assert not {"/case_ref", "/x_consent", "/x_legal_status"} & gone
        (waiting,) = await lotse.gateway.carrying_out.list()
        assert [each.part for each in waiting.locks] == [True]
        request = REFERRAL | {"in_reply_to": (after.row.in_reply_to or b"").hex(), "purpose": "return"}
        refused = await nada.send(request)
        assert isinstance(refused, Stopped)
        decision = refused.refused.decision
        assert decision is not None
        assert {each.rule for each in decision.findings} == {"cso.consent-matrix"}

        nothing = await nada.gateway.withdrawals.withdraw(consent.id, part)
        assert not isinstance(nothing, Withdrawn)
        assert nothing is not None
        assert [each.code for each in nothing] == ["NOT_GRANTED"]
        await nada.gateway.withdrawals.withdraw(consent.id, BY_PHONE)
        await nada.exchange(lotse, CSO)
        assert (await read(lotse, message)).opened is None
        assert len(await lotse.gateway.carrying_out.list()) == 2


async def test_a_withdrawal_counts_though_a_rule_holds_its_message_and_nobody_releases_past_it(
    world: TestWorld,
) -> None:
    path = world.folder / "own.yaml"
    path.write_text(HOLD_ALL)
    holding = world.machine(LOTSE).running(overlay=load_overlay(path))
    async with world.machine(NADA).running() as nada, holding as lotse:
        document = record_for(REFERRAL)
        answer = await offered_held(nada, lotse)
        consent = await recorded(nada, document)
        record = await told(nada, LOTSE.node, document)
        await nada.exchange(lotse, CSO)
        assert await lotse.gateway.holding.release(record, "It is hers.") is Outcome.DONE
        message = await nada.queue(REFERRAL | {"in_reply_to": answer.hex(), "purpose": "return"})
        await nada.exchange(lotse, CSO)
        await nada.gateway.withdrawals.withdraw(consent.id, BY_PHONE)
        await nada.exchange(lotse, CSO)
        assert {each.state for each in await lotse.gateway.reading.received(2)} == {InState.HELD}
        (waiting,) = await lotse.gateway.carrying_out.list()
        assert [each.message for each in waiting.locks] == [message], "held content is locked like what was read"
        assert await lotse.gateway.holding.release(message, "We know her.") is Outcome.DONE
        assert (await read(lotse, message)).opened is None


async def test_what_comes_under_a_consent_that_has_ended_is_locked_too(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        consent, message = await referred(nada, lotse, record_for(REFERRAL))
        before = (await read(lotse, message)).row.in_reply_to or MessageId(b"")
        late = await nada.queue(REFERRAL | {"in_reply_to": before.hex(), "purpose": "return"})
        await nada.submit()  # it is in the mailbox when she calls
        await nada.gateway.withdrawals.withdraw(consent.id, BY_PHONE)
        withdrawal = await nada.gateway.withdrawals.follow()
        assert withdrawal[0].notice.message is not None
        await nada.submit()
        while await lotse.take(CSO):
            pass
        assert (await read(lotse, late)).opened is None
        (waiting,) = await lotse.gateway.carrying_out.list()
        assert {each.message for each in waiting.locks} == {message, late}
        await lotse.gateway.carrying_out.purge(waiting.end.number)
        assert await lotse.gateway.carrying_out.list() == []


async def test_an_expired_consent_ends_access_and_a_renewal_gives_it_back(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        short = {**RECORD, "record": {**RECORD["record"], "expires": "2026-09-19"}}
        first = record_for(REFERRAL, base=short)
        consent, message = await referred(nada, lotse, first)
        assert await nada.gateway.renewals.due() == []
        world.clock.advance(6 * DAY)
        (due,) = await nada.gateway.renewals.due()
        assert (due.consent, due.version, due.ground) == (consent.id, 1, Ground.ENDS)
        world.clock.advance(13 * DAY)
        await lotse.gateway.carrying_out.turn()
        assert (await read(lotse, message)).opened is None, "what expired is not read any more"
        assert isinstance(await nada.send(REFERRAL | {"to": ["lotse.at"], "purpose": "return"}), Stopped)

        proposal = await nada.gateway.consents.renewal(consent.id)
        assert proposal is not None
        assert (proposal["version"], proposal["previous"]) == (2, digest_of_version(first))
        answers = {name: first["record"][name] for name in ("given_at", "teach_back", "proof")}
        second = heard({**proposal, "record": {**proposal["record"], **answers}})  # type: ignore[dict-item]
        renewed = await recorded(nada, second)
        assert renewed.version == 2
        await told(nada, LOTSE.node, second)
        await nada.exchange(lotse, CSO)
        assert (await read(lotse, message)).opened is not None
        versions = await nada.gateway.consents.versions(consent.id)
        assert [(row.version, dict(body)) for row, body in versions] == [(1, first), (2, second)], "none was edited"
        listed = await nada.gateway.consents.list(9)
        running = {token.reference: token.withdrawn for each in listed for token in each.references}
        assert sorted(running.values()) == [False, True], "the first version's reference ended with it"


async def test_a_record_counts_when_it_was_read_back_and_continues_its_versions(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada:
        record = nada.gateway.consents.record
        document = record_for(REFERRAL)

        async def refused(changed: dict[str, Any], said: Heard | None = None) -> set[str]:
            found = await record(changed, [], said)
            assert not isinstance(found, Recorded)
            return {f"{each.path} {each.code}" for each in found}

        inner = {name: each for name, each in document["record"].items() if name != "read_back"}
        unread = {**document, "record": inner}
        assert await refused({"phase": "record"}) >= {"/record MISSING"}
        assert await refused(unread) == {"/record/read_back MISSING"}
        sheet = nada.gateway.consents.sheet(unread)
        assert sheet == sheet_of(document)
        asker = Heard(sheet_of(unread), "sr-Latn", "M-02")
        assert await refused(unread, asker) == {"/record/read_back/witness SAME_PERSON"}
        other = {**document, "record": {**document["record"], "expires": "2026-11-26"}}
        assert await refused(other) == {"/record/read_back/sheet OTHER_SHEET"}
        assert await refused(heard({**unread, "version": 2})) == {"/version WRONG_VERSION"}
        first = await record(unread, [], Heard(sheet_of(unread), "sr-Latn", "T-31"))
        assert isinstance(first, Recorded)
        assert first.document["record"]["read_back"]["witness"] == "T-31"  # type: ignore[index,call-overload]
        assert await refused(document) == {"/version WRONG_VERSION"}, "a version is never recorded twice"
        wrong = heard({**unread, "phase": "renew", "version": 2, "previous": "00" * 32})
        assert await refused(wrong) == {"/previous WRONG_VERSION"}
        grants = [{**each, "recipient": "mk.ilecu"} for each in inner["grants"]]
        moved = heard(
            {
                **unread,
                "phase": "renew",
                "version": 2,
                "previous": digest_of_version(first.document),
                "record": {**inner, "grants": grants},
            }
        )
        assert await refused(moved) == {"/record/grants RECIPIENT_DROPPED"}
        await nada.gateway.withdrawals.withdraw(first.id, BY_PHONE)
        assert await refused(moved) == {"/consent_id WITHDRAWN"}


async def test_a_withdrawal_from_somebody_else_ends_nothing(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        consent, message = await referred(nada, lotse, record_for(REFERRAL))
        withdrawal = json.loads((EXAMPLES / "MT-V6/withdraw-sr-Cyrl.json").read_text(encoding="utf-8"))["body"]
        withdrawal["consent_id"] = consent.id.hex()
        await told(lotse, NADA.node, withdrawal)
        await settle(lotse, nada)
        assert (await read(lotse, message)).opened is not None
        assert [each.row.withdrawn_at for each in await nada.gateway.consents.list(9)] == [None]
        assert await lotse.gateway.withdrawals.withdraw(consent.id, BY_PHONE) is None, "only the holder withdraws"
        assert await nada.gateway.withdrawals.withdraw(Reference(b"x" * 16), BY_PHONE) is None


async def test_a_renewal_that_grants_less_and_a_grant_that_runs_out_lock_what_they_no_longer_cover(
    world: TestWorld,
) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        first = record_for(REFERRAL)
        grants = [
            {**each, "until": "2026-09-05"} if each["category"] == "CO" else each for each in first["record"]["grants"]
        ]
        first = heard({**first, "record": {**first["record"], "grants": grants}})
        consent, message = await referred(nada, lotse, first)
        before = {path for path, _ in (await read(lotse, message)).identity}
        assert "/x_safe_contact/address" in before
        assert any(path.startswith("/x_dependants") for path, _ in (await read(lotse, message)).body)
        assert await lotse.gateway.carrying_out.list() == []
        world.clock.advance(7 * DAY)
        await lotse.gateway.carrying_out.turn()
        await lotse.gateway.carrying_out.turn()
        assert "/x_safe_contact/address" not in dict((await read(lotse, message)).identity)
        (waiting,) = await lotse.gateway.carrying_out.list()
        assert (waiting.end.kind, waiting.end.whole, waiting.end.message) == (EndKind.EXPIRED, False, None)

        less = [each for each in grants if each["category"] not in ("CO", "FA")]
        inner = {**first["record"], "grants": less}
        second = heard({**first, "phase": "renew", "version": 2, "previous": digest_of_version(first), "record": inner})
        await recorded(nada, second)
        await told(nada, LOTSE.node, second)
        await nada.exchange(lotse, CSO)
        assert not any(path.startswith("/x_dependants") for path, _ in (await read(lotse, message)).body)
        assert "/prs_SecondName" in dict((await read(lotse, message)).identity)
        for each in await lotse.gateway.carrying_out.list():
            assert await lotse.gateway.carrying_out.purge(each.end.number) is not None
        await lotse.submit()
        sent = [each.type for each in await lotse.gateway.reading.sent(9)]
        assert "MT-V6/1" not in sent, "what expired by itself needs no receipt"
        assert consent.version == 1


async def test_a_new_stage_of_assistance_asks_for_the_consent_again(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        consent, message = await referred(nada, lotse, record_for(REFERRAL))
        assert await nada.gateway.renewals.due() == []
        offer = (await read(lotse, message)).row.in_reply_to or MessageId(b"")
        world.clock.advance(60)
        stages = packaged_bundle().catalogue.code_lists["stage"].entries
        other = next(each for each in stages if each != REFERRAL["document"]["x_stage"])
        document = {**REFERRAL["document"], "x_stage": other}
        await nada.queue(REFERRAL | {"document": document, "in_reply_to": offer.hex(), "purpose": "return"})
        (due,) = await nada.gateway.renewals.due()
        assert (due.consent, due.ground, due.due_at) == (consent.id, Ground.STAGE, world.clock())


async def test_a_notice_that_cannot_leave_says_why_and_leaves_later(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        consent, message = await referred(nada, lotse, record_for(REFERRAL))
        bundle = nada.gateway.network.replica.bundle
        assert bundle is not None
        world.clock.advance(40 * DAY)  # Lotse was switched off, and has no key for this week
        await nada.gateway.network.sync.run()
        ended = await nada.gateway.withdrawals.withdraw(consent.id, BY_PHONE)
        assert isinstance(ended, Withdrawn)
        (followed,) = await nada.gateway.withdrawals.follow()
        assert (followed.notice.message, followed.notice.trouble) == (None, "NO_VALID_KEY")
        assert await nada.gateway.withdrawals.turn() == 0
        for each in (nada, lotse):
            await each.gateway.network.sync.run()
            await each.gateway.rotation.tend()
        await nada.gateway.network.sync.run()
        assert await nada.gateway.withdrawals.turn() == 1
        await nada.exchange(lotse, CSO)
        assert (await read(lotse, message)).opened is None
