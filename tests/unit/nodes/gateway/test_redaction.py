"""What is chosen for a disclosure, and how the rules see it."""

import pytest

from nodes.gateway.redaction import choose, shown_document
from protocol.catalogue.content import summarise
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import flatten
from protocol.ids import TypeId
from tests.simulators.node import packaged_bundle, some_example

CATALOGUE = packaged_bundle().catalogue
PATHS = ("/facts", "/subjects/0/name", "/subjects/0/role", "/subjects/1/name")


@pytest.mark.parametrize(
    ("exact", "patterns", "chosen", "missing"),
    [
        (("/facts",), (), {"/facts"}, ()),
        ((), ("/subjects/*",), set(PATHS[1:]), ()),
        ((), ("/subjects/*/name",), {PATHS[1], PATHS[3]}, ()),
        (("/none", "/facts"), ("/x*",), {"/facts"}, ("/none", "/x*")),
        ((), ("/FACTS",), set(), ("/FACTS",)),
        ((), (), set(), ()),
    ],
)
def test_rows_are_chosen_by_path_and_by_pattern(
    exact: tuple[str, ...], patterns: tuple[str, ...], chosen: set[str], missing: tuple[str, ...]
) -> None:
    assert choose(PATHS, exact, patterns) == (frozenset(chosen), missing)


def shown(document: dict[str, JSON], *prefixes: str) -> dict[str, JSON]:
    fields = CATALOGUE.types[TypeId("MT-01/1")].body_schema.fields
    paths = [path for path, _ in flatten(document) if path.startswith(prefixes)]
    return shown_document(fields, document, paths)


def test_everything_shown_is_the_whole_document() -> None:
    document = some_example("MT-01")["document"]
    assert shown(document, "/") == document
    left = shown_document(CATALOGUE.types[TypeId("MT-01/1")].body_schema.fields, document, ())
    told = {path.rpartition("/")[2] for path, _ in flatten(left)}
    assert told <= {"id", "kind", "role", "from", "to"}, "of withheld items only what they are is judged"


def person(**fields: JSON) -> dict[str, JSON]:
    """A person with an unknown field, which is judged only where it is shown."""
    return {"subjects": {"persons": [{"id": "p1", "role": "victim", "stray": ["x"], **fields}]}}


def test_a_name_is_judged_with_the_withheld_role_beside_it() -> None:
    document = person(names=[{"family": "X", "given": "Y"}])
    found = shown(document, "/subjects/persons/0/names/0/family")
    assert found == {"subjects": {"persons": [{"id": "p1", "role": "victim", "names": [{"family": "X"}]}]}}
    type_ = CATALOGUE.types[TypeId("MT-01/1")]
    assert summarise(CATALOGUE, type_, found).victim_identity
    assert not summarise(CATALOGUE, type_, shown(document, "/nothing")).victim_identity


def test_an_items_handling_codes_and_owner_count_with_what_is_shown_of_it() -> None:
    vehicle: dict[str, JSON] = {"id": "v1", "plate": "A", "handling": ["H3"], "evaluation": {"owner": "al.ilecu"}}
    document: dict[str, JSON] = {"facts": "x", "subjects": {"vehicles": [vehicle]}}
    type_ = CATALOGUE.types[TypeId("MT-01/1")]
    for prefix, handling, owners in (("/subjects/vehicles/0/plate", {"H3"}, {"al.ilecu"}), ("/facts", set(), set())):
        summary = summarise(CATALOGUE, type_, shown(document, prefix))
        assert (summary.handling, summary.named("owner")) == (handling, owners)


def test_the_persons_consent_is_always_asked_for() -> None:
    document = some_example("MT-V1")["document"]
    fields = CATALOGUE.types[TypeId("MT-V1/1")].body_schema.fields
    found = shown_document(fields, document, ())
    type_ = CATALOGUE.types[TypeId("MT-V1/1")]
    assert summarise(CATALOGUE, type_, found).named("consent")
