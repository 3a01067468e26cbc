from collections.abc import Callable
from typing import Any

from protocol.catalogue.acts import act_paths, without_acts
from protocol.catalogue.marks import walk
from protocol.catalogue.rows import flatten
from protocol.catalogue.types import Catalogue
from protocol.ids import TypeId


def test_acts_are_found_wherever_they_stand(catalogue: Catalogue) -> None:
    assert act_paths(catalogue.type(TypeId("MT-R1/1"))) == ("/issuer_act", "/validation/act")
    assert act_paths(catalogue.type(TypeId("MT-01/1"))) == ("/approvals",)
    assert act_paths(catalogue.type(TypeId("MT-E1/1"))) == ()


def test_no_act_covers_another(catalogue: Catalogue, each_example: Any) -> None:
    type_ = catalogue.type(TypeId(each_example.type))
    rows = flatten(each_example.body())
    covered = without_acts(type_, rows)
    left = [path for path, _ in rows if (path, dict(rows)[path]) not in covered]
    assert all(any(path.startswith(f"{act}/") for act in act_paths(type_)) for path in left)
    assert not any("signature" in path for path, _ in covered)


def test_a_changed_fact_is_covered(catalogue: Catalogue) -> None:
    type_ = catalogue.type(TypeId("MT-10/1"))
    rows = (("/approvals/0/kid", "k"), ("/approvals_other", 1), ("/scope", "full"))
    assert without_acts(type_, rows) == (("/approvals_other", 1), ("/scope", "full"))


def test_each_act_is_met_on_a_walk(catalogue: Catalogue, example: Callable[[str], Any]) -> None:
    for name, paths in (
        ("MT-10/part-en", ["/approvals/0"]),
        ("MT-R1/bank-bs", ["/issuer_act", "/validation/act"]),
        ("MT-11/grant-bs", ["/act"]),
    ):
        found = example(name)
        places = walk(catalogue.type(TypeId(found.type)).body_schema.fields, found.body())
        met = [each.path for each in places if each.field.notes.act and isinstance(each.value, dict)]
        assert sorted(met) == paths
