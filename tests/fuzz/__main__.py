"""Long runs by hand: ``python -m tests.fuzz [--runs N] [--seed S] [TARGET ...]``.

So many mutations of valid objects per target (1 000 000 unless told). For every target a line with what was accepted
and refused; status 1 and the inputs in hex if an input raised something else or was accepted in a second spelling.
"""

import argparse
import sys
import time
from collections import Counter
from random import Random

from egnatia.conformance.vector import OK
from tests.fuzz.corpus import corpus
from tests.fuzz.mutate import Mutator
from tests.fuzz.target import Target, check
from tests.fuzz.targets import TARGETS, seeds

SHOWN = 10


def campaign(target: Target, runs: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Return how often each outcome came, and the inputs (hex, with the exception) that broke the property."""
    mutator = Mutator(weighted(target), Random(f"{seed} {target.name}"))
    outcomes: Counter[str] = Counter()
    broken: list[str] = []
    for _ in range(runs):
        raw = mutator.draw()
        try:
            outcomes[check(target, raw)] += 1
        except Exception as error:  # noqa: BLE001 - whatever is not a refusal is a finding, and the run goes on
            outcomes["BROKEN"] += 1
            broken.append(f"{type(error).__name__}: {error}: {raw.hex()}")
    return outcomes, broken


def weighted(target: Target) -> list[bytes]:
    """Return all seeds, the valid objects as often as makes three draws of four begin with one."""
    known = [*seeds(target), *corpus(target.name)]
    good = [raw for raw in known if _valid(target, raw)]
    rest = [raw for raw in known if raw not in set(good)]
    return good * max(1, 3 * len(rest) // max(1, len(good))) + rest


def _valid(target: Target, raw: bytes) -> bool:
    try:
        return check(target, raw) == OK
    except Exception:  # noqa: BLE001 - a parser that breaks on a seed breaks on its mutants too, and is told then
        return False


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], metavar="TARGET")
    told = parser.parse_args(arguments)
    failed = 0
    for name in told.targets or TARGETS:
        begin = time.monotonic()
        outcomes, broken = campaign(TARGETS[name], told.runs, told.seed)
        codes = ", ".join(f"{code} {count}" for code, count in outcomes.most_common() if code != OK)
        took = time.monotonic() - begin
        line = f"{name}: {told.runs} runs, {outcomes[OK]} accepted and identical, {len(broken)} broken, {took:.0f} s"
        sys.stdout.write(f"{line}\n  refused: {codes}\n" + "".join(f"  {each}\n" for each in broken[:SHOWN]))
        sys.stdout.flush()
        failed += len(broken)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
