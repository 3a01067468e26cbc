"""The files of a region: the example is whole and marked as one, and each fault is named."""

import pytest

from egnatia.region.model import AGREEMENTS, PARTICIPANTS, parse_region
from egnatia.region.plan import plan
from policies.errors import PolicyError
from protocol.catalogue.load import load_catalogue
from runtime.package_data import read_catalogue_files
from tests.simulators.policies import shipped_policies
from tests.simulators.region import FOLDER, example_region, region_files

REGION = example_region()


def refused(file: str, old: str, new: str) -> str:
    files = region_files()
    text = files[file].decode()
    assert old in text
    with pytest.raises(PolicyError) as error:
        parse_region(files | {file: text.replace(old, new, 1).encode()})
    return str(error.value.problems[0])


def test_the_example_has_everybody_and_says_that_it_is_one() -> None:
    points = {each.country for each in REGION.participants if each.kind == "contact-point"}
    courts = {each.country for each in REGION.participants if each.kind == "prosecution"}
    assert points == courts == {"AL", "BA", "ME", "MK", "RS", "XK"}
    assert sum(each.kind == "cso" for each in REGION.participants) == 4
    assert all(each.node.endswith(".example") for each in REGION.participants)
    for name in ("README.md", PARTICIPANTS, AGREEMENTS):
        assert "example for training" in (FOLDER / name).read_text(encoding="utf-8").casefold(), name
    assert all("(example)" in each.terms.instrument for each in REGION.pairs)


def test_the_country_by_pair_rests_on_treaties_and_contracts_and_its_label_has_the_footnote() -> None:
    kinds = {
        str(each.terms.kind) for each in REGION.pairs for node in each.between if REGION.entry(node).country == "XK"
    }
    assert kinds == {"bilateral-treaty", "cso-contract"}
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert r"\* This designation is without prejudice to positions on status" in page
    assert "Kosovo" not in page.replace(r"Kosovo\*", "").replace("Kosovo declaration", "")


def test_the_kinds_name_types_purposes_and_categories_that_their_channel_has() -> None:
    files = read_catalogue_files()
    catalogue = load_catalogue(files.__getitem__, tuple(files))
    for pair in REGION.pairs:
        carried = {each.partition("/")[0] for each in shipped_policies().channels[pair.terms.channel].sets}
        assert set(pair.terms.types) <= carried, pair.terms.instrument
        assert set(pair.terms.purposes) <= set(catalogue.code_lists["purpose"].entries)
        assert set(pair.terms.categories) <= set(catalogue.code_lists["data_category"].entries)


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        (PARTICIPANTS, "node: mk.contact.example", "node: rs.contact.example", "stands twice"),
        (PARTICIPANTS, "witnesses: [rs.contact.example", "witnesses: [nobody", "`nobody` takes no part"),
        (PARTICIPANTS, "kind: contact-point", "kind: club", "club"),
        (AGREEMENTS, "kind: convention", "kind: handshake", "No kind of agreement is called `handshake`"),
        (AGREEMENTS, "[rs.contact.example, mk.contact.example]", "[rs.contact.example, nobody]", "`nobody` takes no"),
        (AGREEMENTS, "mk.contact.example], kind: c", "mk.prosecution.example], kind: c", "is not in police"),
        (AGREEMENTS, "[rs.contact.example, mk.contact.example]", "[rs.contact.example, rs.contact.example]", "itself"),
        (AGREEMENTS, "[rs.contact.example, ba.contact.example]", "[mk.contact.example, rs.contact.example]", "twice"),
        (AGREEMENTS, "evidence: [judicial, police]", "evidence: [judicial, none]", "none"),
    ],
)
def test_a_fault_is_named(file: str, old: str, new: str, what: str) -> None:
    assert what in refused(file, old, new)


def test_the_plan_has_a_line_for_everything() -> None:
    lines = plan(REGION, "ab" * 32)
    made = [line for line in lines if line.startswith("keys create")]
    agreed = [line for line in lines if line.startswith("keys agree")]
    assert (len(made), len(agreed)) == (len(REGION.participants) + len(REGION.registrars) + 2, len(REGION.pairs))
    assert sum("--pin PIN" in line for line in lines) == 1
    assert all(" --instrument-kind " in line and " --own-evidence " in line for line in agreed)
    assert "--training" in next(line for line in lines if line.startswith("keys charter"))
    bare = plan(parse_region(region_files() | {AGREEMENTS: b"kinds: {}\nagreements: []\n"}), "ab" * 32)
    assert not [line for line in bare if "keys agree" in line or "police-" in line.replace("police-cso", "")]
