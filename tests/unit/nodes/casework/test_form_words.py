"""How values are written and read: European days and legal time, whatever else is told apart and never guessed."""

import pytest

from nodes.casework.form_words import Unread, Unreadable, read_value, write_value
from policies.clocks.zones import CENTRAL
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import SILENT, FieldSpec


def field(form: str, kind: str = "string", name: str = "some") -> FieldSpec:
    return FieldSpec(name=name, label="", title="", kind=kind, form=form, notes=SILENT)


@pytest.mark.parametrize(
    ("form", "typed", "value"),
    [
        ("date", "12.03.2026", "2026-03-12"),
        ("date", " 1/3/2026. ", "2026-03-01"),
        ("date", "12. 3. 2026.", "2026-03-12"),
        ("date", "2026-03-12", "2026-03-12"),
        ("date", "31.02.2026", Unread(Unreadable.DAY)),
        ("date", "2026-02-31", Unread(Unreadable.DAY)),
        ("date", "yesterday", Unread(Unreadable.DAY)),
        ("partial_date", "1985", "1985"),
        ("partial_date", "4.1985", "1985-04"),
        ("partial_date", "1985-04", "1985-04"),
        ("partial_date", "23.4.1985", "1985-04-23"),
        ("partial_date", "April", Unread(Unreadable.PARTIAL_DAY)),
        ("instant", "12.03.2026 10:00", "2026-03-12T09:00:00Z"),
        ("instant", "12.07.2026, 10.00", "2026-07-12T08:00:00Z"),
        ("instant", "2026-07-12T08:00:00Z", "2026-07-12T08:00:00Z"),
        ("instant", "2026-07-12 08:00:09 +02:00", "2026-07-12T06:00:09Z"),
        ("instant", "2026-07-12 08:00 -01:30", "2026-07-12T09:30:00Z"),
        ("instant", "12.03.2026 25:00", Unread(Unreadable.TIME)),
        ("instant", "32.03.2026 10:00", Unread(Unreadable.TIME)),
        ("instant", "0001-01-01 00:00 +01:00", Unread(Unreadable.TIME)),
        ("instant", "0009-01-01 00:00 Z", Unread(Unreadable.TIME)),
        ("instant", "noon", Unread(Unreadable.TIME)),
        ("text", " a\r\nb\rc ", " a\nb\nc "),
        ("phone", "+381 (64) 123-456", "+38164123456"),
        ("phone", "00381 64 123456", "+38164123456"),
        ("phone", "ask Ana", "ask Ana"),
        ("line", "  a b ", "a b"),
    ],
)
def test_texts_are_read_as_people_write_them(form: str, typed: str, value: object) -> None:
    assert read_value(field(form), typed, CENTRAL) == value


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("boolean", "yes", True),
        ("boolean", " no ", False),
        ("boolean", "on", Unread(Unreadable.TRUTH)),
        ("integer", "1 000", 1_000),
        ("integer", "-3", -3),
        ("integer", "3.5", Unread(Unreadable.NUMBER)),
        ("integer", "9" * 40, Unread(Unreadable.NUMBER)),
    ],
)
def test_numbers_and_truths(kind: str, typed: str, value: object) -> None:
    found = read_value(field(kind, kind), typed, CENTRAL)
    assert found == value
    assert type(found) is type(value)


def test_a_plate_is_in_capitals_and_a_name_as_typed() -> None:
    assert read_value(field("line", name="plate"), "vr 123-žć", CENTRAL) == "VR 123-ŽĆ"
    assert read_value(field("line", name="family"), "van der Berg", CENTRAL) == "van der Berg"


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("date", "2026-03-12", "12.03.2026"),
        ("partial_date", "1985-04", "04.1985"),
        ("partial_date", "1985", "1985"),
        ("instant", "2026-03-12T09:00:00Z", "12.03.2026 10:00"),
        ("instant", "2026-03-12T09:00:01Z", "12.03.2026 10:00:01"),
        ("instant", "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z"),  # the hour that the clocks go through twice
        ("instant", "no time", "no time"),
        ("date", "tomorrow-ish", "tomorrow-ish"),
        ("line", "words", "words"),
    ],
)
def test_values_are_shown_so_that_they_are_read_again(form: str, value: JSON, shown: str) -> None:
    assert write_value(field(form), value, CENTRAL) == shown


def test_yes_no_and_numbers_are_shown() -> None:
    assert [write_value(field("boolean", "boolean"), each, CENTRAL) for each in (True, False)] == ["yes", "no"]
    assert write_value(field("integer", "integer"), 12, CENTRAL) == "12"
