"""Two contact points with desks, a third without one, and the people who work there in a real browser."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from playwright.async_api import Browser, Locator

from keys.identity import IdentitySeeds, private_identity
from keys.private_keys import PersonalSeed
from nodes.casework.departures import Departures
from nodes.casework.drafts import UNDO_S
from nodes.casework.processing_log_book import ProcessingJournal
from nodes.people.changes import Change
from nodes.people.person import Details, Kind, PersonRecord
from nodes.people.roles import Role
from protocol.ids import MessageId, Reference
from protocol.statement_nodes import PersonBinding
from tests.simulators.browser import Window, window
from tests.simulators.network import Member, _seed
from tests.simulators.node import AL, MK, RS, TestGateway, TestWorld
from tests.simulators.web_desk import TestDesk, desk_over

KEY = Reference(b"supervisor's key")
PLATE, COUNTRY, FACTS = "/subjects/vehicles/0/plate", "/subjects/vehicles/0/plate_country", "/facts"
REASON = "The van carried eleven people over the border at night."


@dataclass
class Hand:
    """Somebody at the browser of a contact point."""

    seen: Window

    async def open(self, path: str) -> None:
        assert await self.seen.open(path) == 200, path

    async def press(self, name: str) -> None:
        """Press a button of the page and wait for what follows."""
        await self.seen.page.locator("main").get_by_role("button", name=name, exact=True).first.click()
        await self.seen.page.wait_for_load_state()

    async def do(self, act: str, words: str, **fields: str) -> None:
        """Do something to the case on the page that asks for a reason or a colleague first."""
        page = self.seen.page
        await page.locator("summary").get_by_text(words, exact=True).first.click()
        for name, value in fields.items():
            target = page.locator(f"#{name}-{act}")
            await (target.select_option(label=value) if name == "to" else target.fill(value))
        await self.press(words)

    async def fill(self, fields: Mapping[str, str]) -> None:
        """Fill in a form; what stands behind a fold is unfolded first."""
        page = self.seen.page
        await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        for name, value in fields.items():
            await _fill(page.locator(f'main [name="{name}"]'), value)

    async def withdraw(self, message: MessageId, action: str) -> None:
        """Send a notice about a message, with the first of the reasons."""
        await self.open(f"/messages/{message.hex()}/withdraw")
        reason = await self.seen.page.locator("#reason option").nth(1).get_attribute("value")
        await self.fill({"action": action, "reason": reason or "", "explanation": "It went to the wrong case."})
        await self.press("Send the notice")

    async def words(self) -> str:
        return " ".join((await self.seen.page.inner_text("main")).split())

    async def send(self) -> None:
        """Go on from a form over its preview, and order the message."""
        await self.press("Continue")
        assert self.seen.path.endswith("/preview"), await self.words()
        await self.press("Send")

    async def ask(self, plate: str, *to: str) -> None:
        """Write a vehicle query and order it."""
        await self.open("/compose")
        await self.seen.page.get_by_role("button", name="Ask about a vehicle").click()
        await self.seen.page.wait_for_load_state()
        for each in to:
            await self.seen.page.check(f'[name="to"][value="{each}"]')
        await self.fill({PLATE: plate, COUNTRY: "MK", FACTS: REASON})
        await self.send()

    async def open_case(self, words: str) -> str:
        """Open the only case that a search finds; return its place."""
        await self.open(f"/cases?show=all&q={words.replace(' ', '+')}")
        found = self.seen.page.locator("[data-open]")
        assert await found.count() == 1, await self.words()
        path = await found.get_attribute("href")
        assert path is not None
        await self.open(path)
        return path


async def _fill(target: Locator, value: str) -> None:
    first = target.first
    kind = await first.evaluate("(each) => each.type")
    if kind in ("radio", "checkbox"):
        await target.and_(first.page.locator(f'[value="{value}"]')).check()
    elif kind.startswith("select"):
        await first.select_option(value)
    else:
        await first.fill(value)


@dataclass
class Country:
    """A contact point with its desk; whoever works there keeps one window."""

    desk: TestDesk
    node: TestGateway
    browser: Browser
    stack: contextlib.AsyncExitStack
    hands: dict[Role, Hand] = field(default_factory=dict)

    async def work(self, role: Role) -> Hand:
        """Return the person of a role, signed in."""
        if role not in self.hands:
            seen = await self.stack.enter_async_context(window(self.browser, self.desk))
            await seen.sign_in(role)
            self.hands[role] = Hand(seen)
        return self.hands[role]

    async def newest(self, *, mine: bool) -> MessageId:
        """Return the last message that this contact point sent or received."""
        reading = self.node.gateway.reading
        (row,) = await (reading.sent(1) if mine else reading.received(1))
        assert row.message is not None
        return row.message

    async def audited(self, message: MessageId, *did: tuple[str, str]) -> None:
        """Let the auditor read who did what with a message, prove the message, and verify the whole log."""
        await self.logged(message, *did)
        auditor = await self.work(Role.AUDITOR)
        await auditor.open(f"/proofs/{message.hex()}")
        assert "not changed since." in await auditor.words()
        assert await auditor.seen.page.locator(".desk-seal--broken").count() == 0
        await auditor.open("/log?purpose=security")
        await auditor.seen.page.locator("form[action='/log/verify'] button").click()
        await auditor.seen.page.wait_for_load_state()
        assert "The chain holds." in await auditor.words()
        assert auditor.seen.complaints == []

    async def logged(self, about: bytes, *did: tuple[str, str]) -> None:
        """Let the auditor read who did what with a message or a case."""
        auditor = await self.work(Role.AUDITOR)
        await auditor.open(f"/log?purpose=lawfulness&about={about.hex()}")
        found = await auditor.seen.page.locator("main .desk-list__title").all_inner_texts()
        assert [each for each in did if " · ".join(each) not in found] == [], found


@dataclass
class Town:
    """Serbia and North Macedonia with their desks, Albania without, and the way between them."""

    world: TestWorld
    belgrade: Country
    skopje: Country
    tirana: TestGateway

    async def travel(self) -> None:
        """Let the half minute pass, and everything that waits go where it has to."""
        self.world.clock.advance(UNDO_S)
        for each in (self.belgrade, self.skopje):
            await Departures(each.node.gateway, each.desk.services.log).turn()
        await self.belgrade.node.exchange(self.skopje.node)
        await self.belgrade.node.exchange(self.tirana)
        for each in (self.belgrade, self.skopje):
            await each.desk.services.cases.fresh()


@contextlib.asynccontextmanager
async def town_of(world: TestWorld, browser: Browser, *, training: bool = False) -> AsyncIterator[Town]:
    """Run the town; the supervisor of Belgrade has a personal signing key."""
    seeds = IdentitySeeds(_seed("ed25519", "supervisor"), _seed("mldsa65", "supervisor"))
    signer, now = private_identity(seeds), world.clock()
    binding = PersonBinding(
        node=RS.node,
        issued_at=now,
        person=KEY,
        role="supervisor",
        identity=signer.public,
        not_before=now,
        not_after=now + 86_400,
    )
    world.network.append(binding, world.network.nodes[RS.node].identity, signer)
    people = {RS: (PersonalSeed(KEY, "supervisor", seeds),)}
    async with contextlib.AsyncExitStack() as stack:

        async def country(member: Member) -> Country:
            machine = world.machine(
                member, journal=ProcessingJournal(member.node, world.clock), people=people.get(member, ())
            )
            node = await stack.enter_async_context(machine.running())
            desk = await stack.enter_async_context(desk_over(node.gateway, training=training))
            return Country(desk, node, browser, stack)

        town = Town(
            world, await country(RS), await country(MK), await stack.enter_async_context(world.machine(AL).running())
        )
        desk = town.belgrade.desk
        keeper, who = await desk.member(Role.ADMINISTRATOR), await desk.member(Role.SUPERVISOR)
        change = Change(who.id, Kind.BOUND, "approves", Details(reference=KEY.hex()))
        assert isinstance(await desk.persons.book.change(change, keeper.id), PersonRecord)
        yield town
