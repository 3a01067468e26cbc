"""The shipped policies and the complete facts of their own test files, for every test that needs a real decision."""

from collections.abc import Mapping
from functools import cache

from policies.cases import ACTIVE
from policies.facts import InnerFacts
from policies.model import PolicySet
from policies.parse import load_policies
from policies.selftest import Case, parse_cases
from policies.texts import Library, load_texts
from runtime.package_data import read_policy_files

CHANNELS = ("police", "rogatory", "cso", "police-cso", "system")


@cache
def policy_files() -> Mapping[str, bytes]:
    return read_policy_files()


@cache
def shipped_policies() -> PolicySet:
    return load_policies(policy_files(), ACTIVE)


@cache
def shipped_texts() -> Library:
    return load_texts(policy_files())


@cache
def shipped_cases(channel: str) -> tuple[Case, ...]:
    name = f"policies/{channel}.tests.yaml"
    return parse_cases(name, policy_files()[name])


@cache
def shipped_facts(channel: str, name: str) -> InnerFacts:
    """The complete facts of that name, which the shipped policy allows as they stand."""
    return next(each.facts for each in shipped_cases(channel) if each.name == f"{name} as written")
