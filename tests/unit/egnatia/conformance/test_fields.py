"""Fields: what a kind declares is what a file holds."""

import pytest

from egnatia.conformance.fields import read_fields
from egnatia.conformance.kind import declare
from egnatia.conformance.vector import Vector, VectorError

DECLARED = declare(
    key="bytes the key", n="number? a number", name="text? a name", proof="bytes* hashes", witness="text* names"
)


def read(*fields: tuple[str, str]) -> object:
    return read_fields(Vector("kind", "ok", "comment", fields), DECLARED)


def test_values_have_their_types() -> None:
    fields = read_fields(
        Vector(
            "kind",
            "ok",
            "comment",
            (("key", "hex 00"), ("n", "12"), ("name", "a"), ("proof", "hex 01"), ("proof", "hex 02"), ("witness", "w")),
        ),
        DECLARED,
    )
    assert (fields.data("key"), fields.number("n"), fields.text("name")) == (b"\x00", 12, "a")
    assert (fields.many("proof"), fields.texts("witness")) == ((b"\x01", b"\x02"), ("w",))
    assert fields.choice("n", "other") == "n"


def test_what_is_absent_has_a_default_or_is_said_to_be() -> None:
    fields = read_fields(Vector("kind", "ok", "comment", (("key", "hex "),)), DECLARED)
    assert fields.data("key") == b""
    assert (fields.number("n", 5), fields.maybe("proof"), fields.many("proof")) == (5, None, ())
    for ask in (lambda: fields.number("n"), lambda: fields.text("name"), lambda: fields.choice("n", "name")):
        with pytest.raises(VectorError):
            ask()


@pytest.mark.parametrize(
    "fields",
    [
        (),
        (("key", "hex 00"), ("key", "hex 00")),
        (("key", "hex 00"), ("other", "hex 00")),
        (("key", "00"),),
        (("key", "hex 00"), ("n", "1"), ("n", "2")),
        (("key", "hex 00"), ("n", "-1")),
        (("key", "hex 00"), ("n", "01")),
        (("key", "hex 00"), ("n", "\u0661")),
        (("key", "hex 00"), ("name", "")),
    ],
)
def test_other_fields_are_refused(fields: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(VectorError):
        read(*fields)
