"""A document shown as a form and read back is the same document, for every example and every time."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.casework.drafts import Written, encode_written, parse_written
from nodes.casework.form_reading import read_form
from nodes.casework.form_values import check_size
from nodes.casework.form_words import read_value, write_value
from nodes.casework.form_writing import write_form
from policies.clocks.zones import ZONES
from protocol.catalogue.field_specs import SILENT, FieldSpec
from tests.simulators.catalogue import EXAMPLES, body_fields, example_paths, packaged_catalogue

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
SIZES = st.dictionaries(st.text("/abc019#-_ž", min_size=1, max_size=12), st.lists(TEXTS, max_size=3), max_size=12)
NAMES = st.lists(st.sampled_from(("subjects", "persons", "vehicles", "0", "1", "7", "names", "id", "~", "x", "")))


@pytest.mark.parametrize("path", example_paths(), ids=lambda each: str(each.relative_to(EXAMPLES)))
@pytest.mark.parametrize("country", ["RS", "GB", "TR"])
def test_every_example_comes_back(path: Path, country: str) -> None:
    message = json.loads(path.read_text(encoding="utf-8"))
    type_ = packaged_catalogue().types[message["type"]]
    for part in {"body", "identity"} & message.keys():
        schema = type_.part(part)
        assert schema is not None
        typed = write_form(schema.fields, message[part], ZONES[country])
        read = read_form(schema.fields, typed, ZONES[country])
        assert read.document == message[part]
        assert read.misread == ()
        assert check_size(typed) is None
        assert write_form(schema.fields, read.document, ZONES[country]) == typed


@given(at=st.datetimes(), country=st.sampled_from(sorted(ZONES)))
def test_every_time_comes_back_in_every_zone(at: object, country: str) -> None:
    spec = FieldSpec(name="at", label="", title="", kind="string", form="instant", notes=SILENT)
    text = f"{at:%Y-%m-%dT%H:%M:%SZ}".zfill(20)
    shown = write_value(spec, text, ZONES[country])
    assert read_value(spec, shown, ZONES[country]) == text or shown == text


@given(names=st.lists(NAMES, max_size=8), values=st.lists(st.text(max_size=5), max_size=2))
def test_no_form_breaks_the_reading(names: list[list[str]], values: list[str]) -> None:
    typed = {"/" + "/".join(each): values for each in names}
    read = read_form(body_fields("MT-01/1"), typed, ZONES["RS"])
    again = read_form(
        body_fields("MT-01/1"), write_form(body_fields("MT-01/1"), read.document, ZONES["RS"]), ZONES["RS"]
    )
    assert again.document == read.document


@given(typed=SIZES)
def test_whatever_is_within_the_bounds_is_kept(typed: dict[str, list[str]]) -> None:
    assert check_size(typed) is None
    written = Written({name: tuple(values) for name, values in typed.items()})
    assert parse_written(encode_written(written)) == written
