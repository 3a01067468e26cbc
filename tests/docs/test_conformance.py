"""docs/conformance.md: its table is that of the kinds, its commands exist, its example is a vector's layout."""

import re

from egnatia.cli import GROUPS
from egnatia.conformance.command import command
from egnatia.conformance.kinds import KINDS
from egnatia.conformance.page import PAGE, render
from egnatia.conformance.vector import parse_vector

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_table_is_current() -> None:
    assert render(TEXT) == TEXT, "run `make docs`"
    assert all(f"| **{name}** |" in TEXT for name in KINDS)


def test_a_stale_table_is_noticed() -> None:
    stale = TEXT.replace("| **floe** |", "| **flow** |")
    assert render(stale) != stale


def test_named_options_exist() -> None:
    options = {option for parameter in command.params for option in parameter.opts}
    block = "".join(line for line in TEXT.splitlines(keepends=True) if "tests.fuzz" not in line)
    named = set(re.findall(r"`?(--(?:kind|json|against|timeout|answer))\b", block))
    assert named == {"--kind", "--json", "--against", "--timeout", "--answer"} <= options
    assert "conformance" in GROUPS


def test_the_example_has_the_layout_it_explains() -> None:
    example = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)[0]
    vector = parse_vector(example.replace("…", "00").encode())
    assert set(dict(vector.fields)) == set(KINDS[vector.kind].fields)


def test_modules_and_files_exist() -> None:
    root = PAGE.parents[1]
    for module in re.findall(r"python -m ([a-z_.]+)", TEXT):
        path = root / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
    for name in re.findall(r"`(tests/[a-z_/]+(?:\.py)?)`", TEXT):
        assert (root / name).exists(), name


def test_the_page_of_the_wire_leads_here_and_names_every_published_set() -> None:
    wire = (PAGE.parent / "wire.md").read_text(encoding="utf-8")
    section = wire.partition("<!-- vectors -->")[2].partition("<!-- end vectors -->")[0]
    assert "(conformance.md)" in section
    tests = [path.read_text(encoding="utf-8") for path in (PAGE.parents[1] / "tests/published").glob("test_*.py")]
    assert len(tests) >= 5
    for word in (
        "merkle",
        "Ed25519",
        "ML-DSA",
        "X25519",
        "AES-GCM",
        "HKDF",
        "FLOE",
        "HPKE",
        "COSE EdDSA",
        "COSE ML-DSA",
    ):
        assert word in section
    assert "sizes-are-equal-one-and-proof-is-empty" in section
