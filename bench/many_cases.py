"""A node's database with very many cases: the few that a node made itself, stored again under other ids and times.

Every row is one that the node wrote: messages, evidence, entries, search tags, encrypted content under keys of its own.
Only ids, times and plates differ. One in twenty cases is open, as at a contact point that has worked for
half a year; the others were closed by a person. The same input gives the same cases.
"""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, create_engine, event, select

from keys.epochs import EpochRing
from keys.keystore import load_keystore
from nodes.case_event_tables import case_event, case_file, case_message, case_person
from nodes.casework.case_entries import entries_of
from nodes.casework.case_view import Entry, View, fold_case, follow
from nodes.casework.machine_parts import TAKE
from nodes.casework.machines import MACHINES
from nodes.config import NodeConfig
from nodes.gateway.contents import parse_body
from nodes.gateway.replica_store import put_fact
from nodes.gateway.search import SearchKey
from nodes.gateway.vault import Vault
from nodes.people.acting import PersonId
from nodes.schema import addressee, inbox, item, outbox, screening, search_tag
from protocol.ids import MessageId
from runtime.settings import load

MARK: Final = "XQ000000"
"""Stands as the plate in the messages that are stored again; each case has digits of its own there."""
COMMON: Final = ("ducato", "fiat", "bela")
"""Words of every question."""
OPEN_IN: Final = 20  # one case in so many is open
_LOT: Final = 5_000
_TAGS: Final = 20
_SPREAD_S: Final = 150 * 86_400  # none of them is due for its first review
_ORDER: Final = (
    *(item, inbox, outbox, addressee, screening),
    *(case_file, case_message, case_event, case_person, search_tag),
)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Letter:
    """One stored message of a case: its row, what it says, its tags, and the rows that hang on it."""

    box: Table
    row: Row
    content: bytes
    tags: frozenset[bytes]
    beside: tuple[tuple[Table, Row], ...]


@dataclass(frozen=True, slots=True)
class Model:
    """One case as the node made it."""

    row: Row
    letters: tuple[Letter, ...]
    view: View


@dataclass(slots=True)
class _Rows:
    """Rows that wait for one statement each."""

    of: dict[Table, list[Row]] = field(default_factory=dict)

    def add(self, table: Table, row: Row) -> None:
        self.of.setdefault(table, []).append(row)

    def store(self, connection: Connection) -> None:
        """Give all rows to the driver as they are: millions of them would take minutes otherwise."""
        driver = connection.connection.driver_connection
        for table in _ORDER:
            rows = self.of.pop(table, [])
            if rows and driver is not None:
                names = list(rows[0])
                quoted, places = ", ".join(f'"{each}"' for each in names), ", ".join("?" * len(names))
                insert = f"INSERT INTO {table.name} ({quoted}) VALUES ({places})"  # noqa: S608 - names of our schema
                driver.executemany(insert, [tuple(each[name] for name in names) for each in rows])


@dataclass(frozen=True, slots=True)
class Filler:
    """Stores the cases of one node that does not run."""

    vault: Vault
    search: SearchKey
    people: Sequence[PersonId]

    def models(self, connection: Connection) -> list[Model]:
        """Return the cases that are here."""
        rows = connection.execute(select(case_file)).all()
        return [self._model(connection, dict(row._mapping)) for row in rows]  # noqa: SLF001 - the row's public mapping

    def _model(self, connection: Connection, row: Row) -> Model:
        number = row["number"]
        mine = connection.execute(select(case_message).where(case_message.c.case == number)).all()
        letters = [self._letter(connection, each.message, each.box) for each in mine]
        return Model(row, tuple(letters), fold_case(MACHINES[row["machine"]], entries_of(connection, number)))

    def _letter(self, connection: Connection, message: bytes, kind: str) -> Letter:
        box = inbox if kind == "in" else outbox
        row = dict(connection.execute(select(box).where(box.c.message == message)).one()._mapping)  # noqa: SLF001
        content = self.vault.get(connection, row["item"]) or b""
        tags = self._some_of(self.search.tags_of(value for _, value in parse_body(content)))
        beside = [
            (table, dict(each._mapping))  # noqa: SLF001
            for table in (addressee, screening)
            for each in connection.execute(select(table).where(table.c.message == message))
        ]
        return Letter(box, row, content, tags, tuple(beside))

    def _some_of(self, tags: frozenset[bytes]) -> frozenset[bytes]:
        """Return the tags of a short text: whoever asks about a vehicle writes fewer words than the examples have."""
        named = {self.search.tag(each) for each in (MARK.lower(), *COMMON)} & tags
        return frozenset(sorted(tags)[:_TAGS]) | named

    def fill(self, connection: Connection, count: int) -> None:
        """Store cases until there are ``count``; the node's loops take all of them as seen."""
        models, chance = self.models(connection), random.Random(7)
        closed = [each for each in models if _may_close(each.view)]
        others = [each for each in models if not _may_close(each.view)]
        waiting, start = _Rows(), max(each.row["number"] for each in models) + 1
        for number in range(start, count + 1):
            pool = others if number % OPEN_IN == 0 else closed
            self._again(waiting, pool[chance.randrange(len(pool))], number, chance)
            if number % _LOT == 0:
                waiting.store(connection)
        waiting.store(connection)
        for name, column in (("cases-received", inbox.c.id), ("cases-sent", outbox.c.number)):
            last = connection.execute(select(column).order_by(column.desc()).limit(1)).scalar_one()
            put_fact(connection, name, last)

    def _again(self, waiting: _Rows, model: Model, number: int, chance: random.Random) -> None:
        names = {each.row["message"]: _digest(number, each.row["message"]) for each in model.letters}
        back = chance.randrange(_SPREAD_S) if _may_close(model.view) else chance.randrange(3 * 86_400)
        mark = f"XQ{number:06}"
        for each in model.letters:
            self._letter_again(waiting, each, _Change(number, back, names, mark))
        view = _worked(model, self.people[number % len(self.people)], chance)
        self._line_again(waiting, model, view, _Change(number, back, names, mark))

    def _letter_again(self, waiting: _Rows, letter: Letter, change: "_Change") -> None:
        content = letter.content.replace(MARK.encode(), change.mark.encode())
        for old, new in change.names.items():
            content = content.replace(old, new)
        sealed = self.vault.seal(content)
        kept = {"epoch": sealed.epoch, "wrapped_key": sealed.wrapped_key, "content": sealed.content}
        waiting.add(item, {"id": sealed.id, **kept})
        own = self.search.tag(MARK.lower())
        tags = letter.tags - {own} | ({self.search.tag(change.mark.lower())} if own in letter.tags else set())
        for tag in tags:
            waiting.add(search_tag, {"tag": tag, "item": sealed.id})
        row = change.moved(letter.row) | {"item": sealed.id}
        if letter.box is inbox:
            row |= {"random": row["message"], "number": letter.row["number"] + change.number * 1_000, "id": None}
            waiting.add(inbox, {name: value for name, value in row.items() if name != "id"})
        else:
            waiting.add(outbox, {name: value for name, value in row.items() if name != "number"})
        box = "in" if letter.box is inbox else "out"
        waiting.add(case_message, {"message": row["message"], "case": change.number, "box": box})
        for table, each in letter.beside:
            waiting.add(table, change.moved(each))

    def _line_again(self, waiting: _Rows, model: Model, view: View, change: "_Change") -> None:
        closed = view.closed_at is not None
        row = change.moved(model.row) | {
            "number": change.number,
            "id": _digest(change.number, model.row["id"])[:16],
            "parent": None,
            "state": view.state,
            "stand": view.stand.value,
            "assignee": view.assignee,
            "last": view.last,
            "review_at": None if view.review_at is None else view.review_at - change.back,
            "updated_at": (view.steps[-1].entry.noted_at if view.steps else model.row["updated_at"]) - change.back,
            "urgent": change.number % 25 == 0,
        }
        waiting.add(case_file, row | ({"due_at": None, "awaited_at": None} if closed else {}))
        for step in view.steps:
            waiting.add(case_event, _entry_row(step.entry, change))
        for person in view.people:
            waiting.add(case_person, {"case": change.number, "person": person})


@dataclass(frozen=True, slots=True)
class _Change:
    """What is different in a case that is stored again."""

    number: int
    back: int
    names: Mapping[bytes, bytes]
    mark: str

    def moved(self, row: Row) -> Row:
        """Return a row with the new ids, earlier by the same time everywhere."""
        return {name: self._value(name, value) for name, value in row.items()}

    def _value(self, name: str, value: Any) -> Any:  # noqa: ANN401 - a value of a row
        if isinstance(value, bytes):
            return self.names.get(value, value)
        timed = name == "at" or name.endswith("_at")
        return value - self.back if timed and isinstance(value, int) else value


def _may_close(view: View) -> bool:
    found = view.machine.transition("close")
    return found is not None and view.state in found.before


def _worked(model: Model, person: PersonId, chance: random.Random) -> View:
    """Return the case with what a person did: closed where it may be, else taken over by most."""
    view, ended = model.view, _may_close(model.view)
    if not ended and chance.random() < 0.3:
        return view
    last = view.steps[-1].entry if view.steps else None
    at, noted_at = (model.row["opened_at"],) * 2 if last is None else (last.at, last.noted_at)
    for name in (TAKE, "close") if ended else (TAKE,):
        view = follow(view, Entry(number=view.last + 1, at=at, noted_at=noted_at, name=name, who=person))
    return view


def _entry_row(entry: Entry, change: _Change) -> Row:
    message = None if entry.message is None else change.names.get(entry.message, entry.message)
    moved = replace(entry, at=entry.at - change.back, noted_at=entry.noted_at - change.back)
    return {
        "case": change.number,
        "number": moved.number,
        "at": moved.at,
        "noted_at": moved.noted_at,
        "name": moved.name,
        "signal": None if moved.signal is None else moved.signal.value,
        "who": moved.who,
        "to": moved.to,
        "message": None if message is None else MessageId(message),
        "node": moved.node,
        "reason": None,
    }


def _digest(number: int, name: bytes) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "big") + name).digest()


def fill_node(settings: Path, passphrase: bytes, people: Sequence[PersonId], count: int) -> None:
    """Fill the database of a node that is stopped up to ``count`` cases, in one transaction."""
    config = load(settings, NodeConfig)
    secrets = load_keystore(config.keystore, passphrase, _entropy).secrets
    if secrets.search is None:
        raise SystemExit("the keystore is no node's")
    filler = Filler(Vault(EpochRing(secrets.epochs, _entropy), _entropy), SearchKey(secrets.search), people)
    engine = create_engine(config.database.url)
    event.listen(engine, "connect", lambda found, _: _hurry(found))
    with engine.begin() as connection:
        filler.fill(connection, count)
    engine.dispose()


def _hurry(connection: Any) -> None:  # noqa: ANN401 - the driver's connection
    """Let the driver build fast: what breaks off is built again."""
    for each in ("synchronous=OFF", "cache_size=-300000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {each}")


_CHANCE: Final = random.Random(11)


def _entropy(size: int) -> bytes:
    return _CHANCE.randbytes(size)
