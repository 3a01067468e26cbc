"""What a decision costs: at the hub over a header, at a node over a body of 200 fields, and loading all rules once."""

import gc
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bench.report import Line
from policies.cases import ACTIVE
from policies.engine import decide_inner, decide_outer
from policies.facts import InnerFacts, Side
from policies.parse import load_policies
from policies.texts import load_texts
from protocol.catalogue.content import summarise
from protocol.catalogue.load import load_catalogue
from protocol.catalogue.rows import flatten, unflatten
from protocol.catalogue.types import Catalogue
from protocol.catalogue.validate import validate
from protocol.decision import Verdict
from protocol.ids import TypeId
from runtime.package_data import read_catalogue_files, read_policy_files
from tests.simulators.policies import CHANNELS, shipped_cases, shipped_policies

FIELDS: Final = 200
_HUB_S: Final = 150e-6
_NODE_S: Final = 3e-3
_LOAD_S: Final = 0.3
_EXAMPLE: Final = Path(__file__).parents[1] / "tests" / "examples" / "MT-03"
_TYPE: Final = TypeId("MT-03/1")


def policy() -> list[Line]:
    """Return the figures of the rules beside their aims."""
    hub, node, load = hub_decision(), node_decision(), loading()
    return [
        Line("hub decides over a header, median", f"{hub * 1e6:.0f} us", "<= 150 us", hub <= _HUB_S),
        Line(f"node decides over {FIELDS} fields, median", f"{node * 1e3:.2f} ms", "<= 3 ms", node <= _NODE_S),
        Line("rules, texts and catalogue load", f"{load * 1e3:.0f} ms", "<= 300 ms", load <= _LOAD_S),
    ]


def hub_decision() -> float:
    """Return the median CPU seconds of one decision at the hub, over the messages with which the cases begin."""
    policies = shipped_policies()
    cases = [case for name in CHANNELS for case in shipped_cases(name) if case.name.endswith(" as written")]
    asked = [replace(case.facts.outer, side=Side.HUB) for case in cases if case.facts.disclosed is None]
    return _median([lambda facts=facts: decide_outer(policies, facts) for facts in asked], 200)  # type: ignore[misc]


def node_decision() -> float:
    """Return the median CPU seconds for unflattening, validating, summarising and judging a large answer."""
    files = read_catalogue_files()
    catalogue, policies = load_catalogue(files.__getitem__, list(files)), shipped_policies()
    rows = large_body(catalogue)
    base = next(case.facts for case in shipped_cases("police") if case.name == "answer as written")

    def decide() -> Verdict:
        type_ = catalogue.type(_TYPE)
        document = unflatten(rows)
        faults = validate(type_, "body", document)
        content = summarise(catalogue, type_, document)
        facts: InnerFacts = replace(base, content=content, documents={"body": document})
        return Verdict.DENY if faults else decide_inner(policies, facts).verdict

    return _median([decide], 400)


def large_body(catalogue: Catalogue) -> list[tuple[str, Any]]:
    """Return the rows of a valid answer with at least 200 of them."""
    body = json.loads(min(_EXAMPLE.glob("*.json")).read_text(encoding="utf-8"))["body"]
    information = body["information"]
    for count in range(1, 60):
        for name, listed in information.items():
            if isinstance(listed, list):
                information[name] = [*listed, _renamed(listed[0], count)]
        rows = list(flatten(body))
        if len(rows) >= FIELDS:
            break
    faults = validate(catalogue.type(_TYPE), "body", body)
    if len(rows) < FIELDS or faults:
        raise ValueError(f"{len(rows)} rows, {faults[:1]}")
    return rows


def _renamed(value: Any, count: int) -> Any:  # noqa: ANN401 - a JSON value
    """Return a copy of an item, its marks made new ones."""
    if isinstance(value, list):
        return [_renamed(each, count) for each in value]
    if isinstance(value, dict):
        return {k: f"{v}{count}" if k == "id" else _renamed(v, count) for k, v in value.items()}
    return value


def loading() -> float:
    """Return the median CPU seconds for reading and loading policies, texts and catalogue."""

    def load() -> None:
        files = read_policy_files()
        load_policies(files, ACTIVE)
        load_texts(files)
        catalogue = read_catalogue_files()
        load_catalogue(catalogue.__getitem__, list(catalogue))

    return _median([load], 5)


def _median(asked: list[Callable[[], object]], rounds: int) -> float:
    taken = []
    gc.collect()
    for _ in range(rounds):
        for each in asked:
            start = time.thread_time()
            each()
            taken.append(time.thread_time() - start)
    return statistics.median(taken)
