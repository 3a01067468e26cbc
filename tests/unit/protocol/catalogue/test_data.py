"""Rules for the data files themselves: annotations, words, codes, references, and what no byte of them says."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from policies.consent import ConsentKind
from protocol.catalogue.code_lists import LANGUAGES
from protocol.catalogue.field_specs import FieldSpec, find_field
from protocol.catalogue.types import Catalogue
from protocol.ids import CHANNELS, TypeId
from protocol.limits import MAX_PART, MAX_PATH
from protocol.records import Kind
from protocol.scope import EvidentialUse, Instrument

Files = dict[str, bytes]
KEYWORDS = {
    *("$schema", "$id", "$ref", "$defs", "type", "properties", "required", "additionalProperties", "items", "format"),
    *(
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "minProperties",
        "uniqueItems",
        "pattern",
    ),
    *("enum", "const", "contains", "allOf", "anyOf", "if", "then"),
}
HEADER_LISTS = {"agreement_instrument", "evidential_use", "node_kind", "purpose", "urgency"}
"""Lists whose codes stand in the core or in the directory, not in a part."""
LATIN = [*"abvgdđežzijkl", "lj", *"mn", "nj", *"oprstćufhcč", "dž", "š"]
CYRILLIC = dict(zip("абвгдђежзијклљмнњопрстћуфхцчџш", LATIN, strict=True))


def schemas(files: Files) -> dict[str, Any]:
    kinds = ("catalogue/schemas/", "catalogue/codes/", "catalogue/entities", "catalogue/parts")
    return {name: json.loads(raw) for name, raw in files.items() if name.startswith(kinds)}


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema that describes an object, conditions left out."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for name, each in schema.items():
            if name not in ("allOf", "anyOf", "if", "then"):
                yield from objects(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from objects(each)


def fields(field: FieldSpec) -> Iterator[FieldSpec]:
    yield field
    for each in field.properties.values():
        yield from fields(each)
    if field.items is not None:
        yield from fields(field.items)


def every_field(catalogue: Catalogue) -> Iterator[FieldSpec]:
    for type_ in catalogue.types.values():
        for part in (type_.body_schema, type_.identity_schema):
            if part is not None:
                yield from fields(part.fields)


def test_every_schema_is_one(files: Files) -> None:
    found = schemas(files)
    assert len(found) > 100
    for document in found.values():
        jsonschema_rs.meta.validate(document)


def keywords(schema: Any) -> Iterator[str]:
    for name, each in schema.items():
        yield name
        if name in ("properties", "$defs"):
            for inner in each.values():
                yield from keywords(inner) if isinstance(inner, dict) else ()
        elif name in ("allOf", "anyOf"):
            for inner in each:
                yield from keywords(inner)
        elif isinstance(each, dict) and not name.startswith("x-"):
            yield from keywords(each)


def test_only_keywords_that_have_a_sentence_are_used(files: Files) -> None:
    used = {word for document in schemas(files).values() for word in keywords(document)}
    assert {word for word in used if not word.startswith("x-")} <= KEYWORDS


def test_every_object_is_closed(files: Files) -> None:
    for name, document in schemas(files).items():
        for schema in objects(document):
            assert schema.get("additionalProperties") is False, name
            assert set(schema.get("required", [])) <= set(schema["properties"]), name


def test_every_field_has_words_a_category_and_says_whether_it_is_personal(files: Files) -> None:
    labels = json.loads(files["catalogue/labels/en.json"])
    categories = json.loads(files["catalogue/codes/data_category.json"])["enum"]
    for name, document in schemas(files).items():
        for schema in objects(document):
            for field, each in schema["properties"].items():
                where = f"{name} {field}"
                assert each["x-label"] in labels, where
                assert each["x-category"] in categories, where
                assert each["x-personal"] in (True, False), where
                assert not field[0].isdigit(), where


def test_personal_fields_never_claim_a_category_without_persons(catalogue: Catalogue) -> None:
    for field in every_field(catalogue):
        impersonal = catalogue.code_lists["data_category"].more(field.notes.category, "impersonal")
        assert not (field.notes.personal and impersonal), field.label
        assert field.notes.personal or not field.notes.identifying, field.label


def test_the_system_channel_carries_no_data_about_persons(catalogue: Catalogue) -> None:
    of_system = [each for each in catalogue.types.values() if "system" in each.channels]
    assert {each.id for each in of_system} == {"MT-S1/1", "MT-S2/1"}
    assert not [field.label for each in of_system for field in fields(each.body_schema.fields) if field.notes.personal]


def test_conditions_restrict_fields_that_exist(files: Files) -> None:
    for name, document in schemas(files).items():
        for schema in objects(document):
            for rule in [*schema.get("allOf", []), {"then": {"anyOf": schema.get("anyOf", [])}}]:
                for part in (rule.get("if", {}), rule["then"]):
                    named = {*part.get("properties", {}), *part.get("required", [])}
                    named |= {each for branch in part.get("anyOf", []) for each in branch["required"]}
                    assert named <= set(schema["properties"]), name


def conditions(schema: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    for rule in schema.get("allOf", []):
        for part in (rule["if"], rule["then"]):
            for field, wanted in part.get("properties", {}).items():
                if isinstance(wanted, dict):
                    yield field, [*wanted.get("enum", []), *(wanted[key] for key in ("const",) if key in wanted)]
                    yield field, [wanted["contains"]["const"]] if "contains" in wanted else []


def list_of(schema: Any) -> str:
    """Return the code list that a property draws on."""
    urn = str(schema.get("$ref", schema.get("items", {}).get("$ref", "")))
    return urn.removeprefix("urn:xb:1:codes:") if urn.startswith("urn:xb:1:codes:") else ""


def test_conditions_name_codes_that_exist(files: Files, catalogue: Catalogue) -> None:
    tried = 0
    for name, document in schemas(files).items():
        for schema in objects(document):
            for field, values in conditions(schema):
                known = catalogue.code_lists.get(list_of(schema["properties"][field]))
                for value in values:
                    tried += 1
                    assert isinstance(value, bool) or (known is not None and value in known.entries), (
                        name,
                        field,
                        value,
                    )
    assert tried > 100


def test_every_list_is_used(catalogue: Catalogue) -> None:
    used = {field.codes for field in every_field(catalogue) if field.codes}
    assert set(catalogue.code_lists) - used == HEADER_LISTS
    assert used <= set(catalogue.code_lists)


def test_lists_agree_with_the_protocol(catalogue: Catalogue) -> None:
    lists = catalogue.code_lists
    assert set(lists["channel"].entries) == set(CHANNELS)
    assert set(lists["node_kind"].entries) == {str(each) for each in Kind}
    assert set(lists["agreement_instrument"].entries) == {str(each) for each in Instrument}
    assert set(lists["evidential_use"].entries) == {str(each) for each in EvidentialUse}
    assert set(lists["consent_type"].entries) == {str(each) for each in ConsentKind}
    for code, entry in lists["purpose"].entries.items():
        channels = entry.more["channels"]
        assert isinstance(channels, list)
        assert set(map(str, channels)) <= set(CHANNELS), code
    for name in ("exploitation", "control", "service", "need", "capacity_concern"):
        for entry in lists[name].entries.values():
            assert entry.more.get("special") in {None, *lists["special_category"].entries}


def test_indicators_are_those_of_the_list_with_dimension_and_strength(catalogue: Catalogue) -> None:
    entries = catalogue.code_lists["indicator"].entries
    found = Counter((each.more["dimension"], each.more["strength"]) for each in entries.values())
    expected = {
        "deceptive_recruitment": (1, 8, 1),
        "coercive_recruitment": (1, 8, 1),
        "vulnerability_recruitment": (0, 12, 4),
        "exploitation": (1, 7, 1),
        "coercion_destination": (4, 10, 1),
        "vulnerability_destination": (0, 5, 2),
    }
    assert set(expected) == set(catalogue.code_lists["indicator_dimension"].entries)
    for dimension, counts in expected.items():
        assert tuple(found[dimension, strength] for strength in ("strong", "medium", "weak")) == counts
    assert len(entries) == 67


def test_an_indicator_stands_under_its_own_dimension(files: Files, catalogue: Catalogue) -> None:
    rules = json.loads(files["catalogue/schemas/MT-V1.json"])["$defs"]["indicator"]["allOf"]
    told = {
        code: rule["if"]["properties"]["dimension"]["const"]
        for rule in rules
        for code in rule["then"]["properties"]["found"]["items"]["enum"]
    }
    entries = catalogue.code_lists["indicator"].entries
    assert told == {code: entry.more["dimension"] for code, entry in entries.items()}


def test_grounds_of_the_law_name_their_article(catalogue: Catalogue) -> None:
    for name in ("refusal_ground", "urgency_ground", "judicial_ground", "mirror_ground"):
        for code, entry in catalogue.code_lists[name].entries.items():
            assert entry.more.get("article"), (name, code)
    assert len(catalogue.code_lists["refusal_ground"].entries) == 11


def test_a_region_goes_with_its_country_alone(files: Files, catalogue: Catalogue) -> None:
    rules = json.loads(files["catalogue/schemas/MT-E1.json"])["allOf"]
    told = {
        region: rule["then"]["properties"]["country"]["const"]
        for rule in rules
        for region in rule["if"]["properties"].get("region", {}).get("enum", [])
    }
    entries = catalogue.code_lists["region"].entries
    assert told == {code: entry.more["country"] for code, entry in entries.items() if code != "ALL"}


def test_prefilled_values_fit_their_fields(catalogue: Catalogue) -> None:
    for template in catalogue.templates:
        root = catalogue.type(template.type).body_schema.fields
        for pointer, value in template.prefill.items():
            field = find_field(root, pointer)
            assert field is not None
            codes = field.codes or (field.items.codes if field.items is not None else "")
            for each in value if isinstance(value, list) else [value]:
                assert isinstance(each, bool | int) or not codes or each in catalogue.code_lists[codes].entries, pointer


def test_every_type_has_a_form_that_reaches_all_of_it(catalogue: Catalogue, type_id: TypeId) -> None:
    type_ = catalogue.type(type_id)
    whole, *_ = catalogue.templates_of(type_id)
    assert whole.name == ""
    assert whole.shown() == {f"/{name}" for name in type_.body_schema.fields.properties}
    if type_.identity_schema is not None:
        shown = {each for group in whole.identity for each in group.fields}
        assert shown == {f"/{name}" for name in type_.identity_schema.fields.properties}


def longest(field: FieldSpec) -> int:
    inner = [len(name.encode()) + 1 + longest(each) for name, each in field.properties.items()]
    inner += [len("/9999") + longest(field.items)] if field.items is not None else []
    return max(inner, default=0)


def test_no_document_has_a_path_that_is_too_long(catalogue: Catalogue, type_id: TypeId) -> None:
    type_ = catalogue.type(type_id)
    for part in (type_.body_schema, type_.identity_schema):
        assert part is None or longest(part.fields) <= MAX_PATH


def test_every_example_fits_a_part(each_example: Any) -> None:
    for document in each_example.parts().values():
        assert len(json.dumps(document).encode()) < MAX_PART


def words(files: Files, language: str) -> dict[str, str]:
    loaded: dict[str, str] = json.loads(files[f"catalogue/labels/{language}.json"])
    for name, document in schemas(files).items():
        for code, entry in document.get("x-codes", {}).items():
            loaded[f"{name} {code}"] = entry["labels"][language]
    return loaded


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_exists_in_every_language(files: Files, language: str) -> None:
    english, others = words(files, "en"), words(files, language)
    assert english.keys() == others.keys()
    for key, text in others.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", english[key])), key
        assert text == text.strip(), key


def test_no_word_is_left_over(files: Files, catalogue: Catalogue) -> None:
    labels = set(json.loads(files["catalogue/labels/en.json"]))
    used = {field.label for field in every_field(catalogue)}
    used |= {each.title for each in catalogue.types.values()} | {each.title for each in catalogue.templates}
    used |= {group.title for each in catalogue.templates for group in (*each.groups, *each.identity)}
    used |= {text for each in catalogue.templates for text in each.prefill_text.values()}
    used |= {label for label in labels if label.startswith(("agreement.", "error."))}
    used |= {label for label in labels if label.endswith(".help") and label.removesuffix(".help") in used}
    assert labels - used == set()
    assert used - labels == {""}


def latin(text: str) -> str:
    out = "".join(CYRILLIC.get(each, each) for each in text)
    for letter, digraph in CYRILLIC.items():
        out = out.replace(letter.upper(), digraph.capitalize())
    return out


def test_both_serbian_scripts_say_the_same(files: Files) -> None:
    one, other = words(files, "sr-Cyrl"), words(files, "sr-Latn")
    foreign = re.compile(r"catalogue/codes/(country|language)\.json")
    for key in one:
        if foreign.match(key) is None:
            assert latin(one[key]).casefold() == other[key].casefold(), key


@pytest.mark.parametrize("language", ["mk", "sr-Cyrl"])
def test_no_word_mixes_two_alphabets(files: Files, language: str) -> None:
    mixed = re.compile(r"[A-Za-z]+[\u0400-\u04ff]|[\u0400-\u04ff]+[A-Za-z]")
    assert {key: text for key, text in words(files, language).items() if mixed.search(text)} == {}


def test_no_byte_names_a_product(files: Files) -> None:
    assert not [name for name, raw in files.items() if b"egnatia" in raw.lower()]
