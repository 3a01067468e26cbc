"""The catalogue of attacks: every case is a test that bears its number, or says here why there is none."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("attacks", "e2e", "flow", "property", "published", "unit")
CASES = 107
LESSONS = 33
VOID = {44: "there is no hash of a previous message; sequences per pair and channel take its place (docs/wire.md)"}
"""Numbers of cases that cannot happen here."""
COUNTED = (47, 96, 97)
"""Cases for which the catalogue gives a time or forbids allocation: counted as work or as memory, never as seconds."""
COUNTERS = ("work(", "tracemalloc", "calls[0]")

LESSONS_UNDER_OTHER_NAMES = {
    4: "tests/e2e/test_malicious_logs.py::test_attack_015_a_second_message_log_for_one_node",
    5: "tests/attacks/test_envelope_attacks.py::test_attack_028_the_hub_adds_a_recipient",
    8: "tests/published/test_wycheproof_vectors.py",
    10: "tests/attacks/test_decoding_work.py",
    13: "tests/e2e/test_door.py::test_a_revoked_node_is_shut_out_while_its_poll_is_open",
    15: "tests/attacks/test_signed_objects.py::test_attack_030_stripped_signature",
    16: "tests/e2e/test_malicious_logs.py::test_attack_016_a_directory_rolled_back",
    20: "tests/attacks/test_attachment_attacks.py::test_attack_050_a_misleading_name_is_rejected",
    25: "tests/flow/hub/test_kills.py::test_three_kills_lose_nothing",
    28: "tests/e2e/test_canaries.py",
}
"""Lessons that touch wire, keys or parsing and are the same act as a numbered case, or a test of a larger whole."""
OTHER_LESSONS = {
    11: "contention of tenants: a matter of load",
    12: "paging of lists: a matter of the node's API",
    14: "sample keys: none are shipped, every keystore is made by a command",
    17: "ids of other tenants: a node's API has one tenant, the hub's answers go by the connection's node",
    18: "cross-site calls: a matter of the node's API",
    19: "internal ports: a matter of deployment",
    21: "fetching of addresses that users give: nothing here fetches any",
    22: "archives in backups: a matter of the operator's commands",
    24: "previews: nothing here decodes a document",
    26: "shared buffers: a matter of load",
    27: "outside services: none is asked",
    30: "what is installed: a matter of the lock files",
}
LESSON = re.compile(r"^test_(?:lesson_|v|attack_v)(\d{1,2})_")


@dataclass(frozen=True, slots=True)
class Test:
    """A test function: where it stands, its name and its source."""

    __test__ = False

    path: str
    name: str
    source: str

    def numbers(self) -> set[int]:
        """Return the cases it is named after; a name may hold two, as in ``attack_031_and_063``."""
        found = re.match(r"test_attack_(\d{3}(?:_and_\d{3})*)_", self.name)
        return {int(each) for each in found[1].split("_and_")} if found else set()

    def lesson(self) -> int | None:
        found = LESSON.match(self.name)
        return int(found[1]) if found else None


def functions_of(path: Path) -> Iterable[Test]:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield Test(
                path.relative_to(ROOT).as_posix(), node.name, "\n".join(lines[node.lineno - 1 : node.end_lineno])
            )


@cache
def whole_suite() -> list[Test]:
    files = (path for folder in FOLDERS for path in sorted((ROOT / "tests" / folder).rglob("test_*.py")))
    return [test for path in files for test in functions_of(path)]


def missing(tests: Iterable[Test]) -> list[int]:
    """Return the cases without a test."""
    named = {number for test in tests for number in test.numbers()}
    return sorted(set(range(1, CASES + 1)) - set(VOID) - named)


def unknown(reference: str, tests: Iterable[Test]) -> bool:
    path, _, name = reference.partition("::")
    found = [test.name for test in tests if test.path == path]
    return name not in found if name else not found


def test_every_case_has_a_test_of_its_number() -> None:
    assert missing(whole_suite()) == []


def test_no_test_bears_the_number_of_a_case_that_cannot_happen() -> None:
    assert [test.name for test in whole_suite() if test.numbers() & (set(VOID) | {0})] == []
    assert max(number for test in whole_suite() for number in test.numbers()) == CASES


def test_a_case_without_a_test_is_seen() -> None:
    tests = [test for test in whole_suite() if 36 not in test.numbers()]
    assert missing(tests) == [36]
    both = Test("tests/attacks/test_x.py", "test_attack_031_and_063_a_forged_confirmation", "")
    assert both.numbers() == {31, 63}


def test_every_lesson_is_tried_or_says_why_not() -> None:
    tests = whole_suite()
    tried = {test.lesson() for test in tests} - {None}
    told = [*LESSONS_UNDER_OTHER_NAMES, *OTHER_LESSONS]
    assert set(range(1, LESSONS + 1)) - tried - set(told) == set()
    assert len(told) == len(set(told))
    assert [each for each in LESSONS_UNDER_OTHER_NAMES.values() if unknown(each, tests)] == []
    assert unknown("tests/attacks/test_lessons.py::test_that_is_not_there", tests)


def test_time_limits_of_the_catalogue_are_counted() -> None:
    tests = whole_suite()
    for number in COUNTED:
        sources = [test.source for test in tests if number in test.numbers()]
        assert any(counter in source for source in sources for counter in COUNTERS), number
        assert not [test.name for test in tests if number in test.numbers() and "perf_counter" in test.source]
