import pytest

from policies.labels import labels_of
from policies.predicates.table import PREDICATES
from protocol.catalogue.load import load_catalogue
from protocol.catalogue.types import Catalogue
from runtime.package_data import read_catalogue_files


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    files = read_catalogue_files()
    return load_catalogue(files.__getitem__, list(files))


def test_codes_have_the_words_of_the_catalogue(catalogue: Catalogue) -> None:
    label = labels_of(catalogue, "en")
    assert label("purpose", "investigate") == "Investigate an offence"
    assert label("ground", "a") == "Immediate and serious threat to public security"
    assert label("ground", "custody") == "A person is in custody"
    assert label("categories", "health") == "Health"
    assert labels_of(catalogue, "sr-Latn")("categories", "HE") == catalogue.code("data_category", "HE", "sr-Latn")


def test_what_no_list_knows_has_no_label(catalogue: Catalogue) -> None:
    label = labels_of(catalogue, "en")
    assert label("state", "expired") is None
    assert label("purpose", "other") is None


def test_a_list_that_the_catalogue_lacks_gives_no_label() -> None:
    empty = Catalogue(types={}, code_lists={}, templates=(), labels={})
    assert labels_of(empty, "en")("purpose", "investigate") is None


def test_every_parameter_with_words_is_one_that_a_predicate_says(catalogue: Catalogue) -> None:
    said = {name for each in PREDICATES.values() for name in each.says}
    named = {"categories", "category", "channel", "code", "codes", "ground", "kind", "language", "level", "purpose"}
    assert named | {"roles", "urgency"} <= said
    assert "contact-point" in catalogue.code_lists["node_kind"].entries
