"""Policy files mean the same with PyYAML's parser in C and with the one in Python: the same tree, or no tree."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import tree
from policies.errors import PolicyError
from tests.simulators.policies import policy_files

FILES = sorted(policy_files())
PIECES = [
    "channel",
    "types",
    ": ",
    ":\n",
    "  ",
    "- ",
    "\n",
    "[",
    "]",
    "{",
    "}",
    ", ",
    '"',
    "'",
    "MT-01/1",
    "#",
    "č",
    "&a",
    "!x",
]
texts = st.lists(st.sampled_from(PIECES) | st.text("ab:-,[]{}'\"# \n", max_size=4), max_size=14).map("".join)


def parsed(monkeypatch: pytest.MonkeyPatch, raw: bytes, loader: type) -> tree.Table | None:
    monkeypatch.setattr(tree, "LOADER", loader)
    try:
        return tree.parse_tree("a.yaml", raw)
    except PolicyError:
        return None


def both(raw: bytes) -> tuple[tree.Table | None, tree.Table | None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        return parsed(monkeypatch, raw, yaml.CSafeLoader), parsed(monkeypatch, raw, yaml.SafeLoader)


@pytest.mark.parametrize("name", FILES)
def test_the_shipped_files_read_alike(name: str) -> None:
    fast, plain = both(policy_files()[name])
    assert fast is not None
    assert fast == plain


@settings(deadline=None)
@given(texts)
def test_other_texts_read_alike_or_not_at_all(text: str) -> None:
    fast, plain = both(text.encode())
    assert fast == plain
