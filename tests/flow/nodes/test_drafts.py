"""Drafts: nothing typed is lost, two windows never overwrite each other, and what is over is erased."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from nodes.casework import draft_store
from nodes.casework.draft_book import DraftBook, Saved, Seen
from nodes.casework.drafts import (
    CHANGED,
    DISCARDED_S,
    GONE,
    LEFT,
    DraftId,
    DraftRow,
    DraftState,
    Purpose,
    Written,
    WrittenDraft,
)
from nodes.draft_tables import draft
from nodes.people.acting import PersonId
from nodes.schema import item
from protocol.ids import TypeId
from tests.simulators.node import MK, TestGateway, TestWorld

ANA, BORIS = PersonId("ana"), PersonId("boris")
PURPOSE = Purpose(TypeId("MT-01/1"), "vehicle")
TYPED = Written({"/facts": ("because",), "to": ("rs.ilecu",)}, ("/contact",))
MORE = Written({"/facts": ("because of that",)})


@pytest.fixture
async def node(world: TestWorld) -> AsyncIterator[TestGateway]:
    async with world.machine(MK).running() as running:
        yield running


def book_of(node: TestGateway) -> DraftBook:
    return DraftBook(node.gateway.here, node.gateway.store)


def seen(found: WrittenDraft | DraftRow, owner: PersonId = ANA) -> Seen:
    row = found.row if isinstance(found, WrittenDraft) else found
    return Seen(row.id, owner, row.version)


async def items(node: TestGateway) -> int:
    def load(connection):  # type: ignore[no-untyped-def]
        return len(connection.execute(select(item.c.id)).all())

    return int(await node.gateway.store.database.read(load))


async def test_a_draft_is_there_after_a_restart(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        begun = await book_of(node).begin(ANA, PURPOSE, TYPED)
        saved = await book_of(node).save(seen(begun), MORE)
        assert isinstance(saved, Saved)
        assert saved.conflict is None
    async with world.machine(MK).running() as node:
        found = await book_of(node).find(begun.row.id, ANA)
        assert found is not None
        assert found.written == MORE
        assert (found.row.version, found.row.purpose) == (2, PURPOSE)
        assert [each.id for each in await book_of(node).open_of(ANA)] == [begun.row.id]


async def test_a_draft_of_somebody_else_is_not_there(node: TestGateway) -> None:
    book = book_of(node)
    begun = await book.begin(ANA, PURPOSE, TYPED)
    assert await book.find(begun.row.id, BORIS) is None
    assert await book.save(seen(begun, BORIS), MORE) == GONE
    assert await book.discard(seen(begun, BORIS)) == GONE
    assert await book.order(seen(begun, BORIS), b"{}", 0) == GONE
    assert await book.find(DraftId(b"none"), ANA) is None
    assert await book.open_of(BORIS) == []
    assert await book.give(ANA, BORIS) == 1
    assert await book.find(begun.row.id, BORIS) is not None


async def test_two_windows_keep_both(node: TestGateway) -> None:
    book = book_of(node)
    begun = await book.begin(ANA, PURPOSE, TYPED)
    first, second = seen(begun), seen(begun)
    await book.save(first, MORE)
    late = await book.save(second, Written({"/facts": ("something else",)}))
    assert isinstance(late, Saved)
    assert late.conflict is not None
    assert late.conflict.written == MORE
    assert late.draft.row.beside == begun.row.id
    kept = {each.id for each in await book.open_of(ANA)}
    assert kept == {begun.row.id, late.draft.row.id}
    assert await book.order(second, b"{}", 0) == CHANGED


async def test_saving_the_same_again_changes_nothing(node: TestGateway) -> None:
    book = book_of(node)
    begun = await book.begin(ANA, PURPOSE, TYPED)
    for _ in range(2):
        saved = await book.save(seen(begun), TYPED)
        assert isinstance(saved, Saved)
        assert saved.draft.row.version == 1


async def test_older_content_does_not_stay(node: TestGateway) -> None:
    book = book_of(node)
    before = await items(node)
    found = await book.begin(ANA, PURPOSE, TYPED)
    for n in range(5):
        saved = await book.save(seen(found), Written({"/facts": (str(n),)}))
        assert isinstance(saved, Saved)
        found = saved.draft
    assert await items(node) == before + 1


async def test_what_is_discarded_can_be_brought_back_and_is_then_erased(world: TestWorld, node: TestGateway) -> None:
    book, database = book_of(node), node.gateway.store.database
    before = await items(node)
    begun = await book.begin(ANA, PURPOSE, TYPED)
    gone = await book.discard(seen(begun))
    assert isinstance(gone, DraftRow)
    assert await book.open_of(ANA) == []
    back = await book.bring_back(seen(gone))
    assert isinstance(back, DraftRow)
    found = await book.find(begun.row.id, ANA)
    assert found is not None
    assert found.written == TYPED
    await book.discard(seen(back))
    assert await book.discard(seen(back)) == CHANGED
    world.clock.advance(DISCARDED_S - 1)
    assert await database.write(lambda c: draft_store.tidy(c, world.clock())) == 0
    world.clock.advance(1)
    assert await database.write(lambda c: draft_store.tidy(c, world.clock())) == 1
    assert await items(node) == before
    assert await book.find(begun.row.id, ANA) is None


async def test_what_has_left_is_not_changed_any_more(node: TestGateway) -> None:
    book = book_of(node)
    begun = await book.begin(ANA, PURPOSE, TYPED)
    ordered = await book.order(seen(begun), b"{}", 5)
    assert isinstance(ordered, DraftRow)
    assert (ordered.state, ordered.send_at) == (DraftState.WAITING, 5)
    await node.gateway.store.database.write(
        lambda c: draft_store.change(c, begun.row.id, {"state": DraftState.LEAVING.value})
    )
    assert await book.bring_back(seen(ordered)) == LEFT
    assert await book.discard(seen(ordered)) == LEFT


async def test_names_and_words_stand_nowhere_in_the_clear(node: TestGateway) -> None:
    await book_of(node).begin(ANA, PURPOSE, Written({"/facts": ("Petrović drove",)}))

    def load(connection):  # type: ignore[no-untyped-def]
        return [tuple(row) for row in connection.execute(select(draft)).all()] + [
            row.content for row in connection.execute(select(item))
        ]

    assert "Petrovi" not in repr(await node.gateway.store.database.read(load))
