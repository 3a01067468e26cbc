"""Coverage-guided runs: ``python -m tests.fuzz.cover [--runs N] [--keep FOLDER] [TARGET ...]``.

libFuzzer chooses the inputs by the branches they reach in our parsers; half of its mutations know the encoding. Each
target runs in a child process. Status 1 when an input breaks the property; it is shown in hex.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["protocol", "keys.private_keys", "keys.sealed_store", "egnatia.conformance"]):
    from tests.fuzz.corpus import CORPUS
    from tests.fuzz.mutate import Mutator
    from tests.fuzz.target import Target, check
    from tests.fuzz.targets import TARGETS, seeds

SIZE = 32_768


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.cover")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="New inputs go to a folder per target below this one.")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    told = parser.parse_args(arguments)
    failed = []
    for name in told.targets or TARGETS:
        child = os.fork()
        if child == 0:
            _fuzz(TARGETS[name], told)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{name}: {told.runs} runs, status {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
        failed += [name] if status else []
    return int(bool(failed))


def _fuzz(target: Target, told: argparse.Namespace) -> None:
    """Run one target; never returns, because libFuzzer ends the process."""
    with tempfile.TemporaryDirectory() as folder:
        begin, new = Path(folder) / "begin", told.keep / target.name if told.keep else Path(folder) / "new"
        begin.mkdir()
        new.mkdir(parents=True, exist_ok=True)
        for number, raw in enumerate(seeds(target)):
            (begin / f"{number}").write_bytes(raw)
        os.chdir(folder)  # where libFuzzer leaves an input that broke something
        folders = [new, *([CORPUS / target.name] if (CORPUS / target.name).is_dir() else []), begin]
        quiet = ["-verbosity=0", "-print_final_stats=0", "-len_control=0"]
        options = [f"-atheris_runs={told.runs}", f"-seed={told.seed}", f"-max_len={SIZE}", *quiet]
        atheris.Setup([sys.argv[0], *options, *map(str, folders)], _one(target), custom_mutator=_mutator(target))
        atheris.Fuzz()


def _one(target: Target) -> Callable[[bytes], None]:
    def run(raw: bytes) -> None:
        try:
            check(target, raw)
        except Exception:
            sys.stdout.write(f"{target.name} broke: {raw.hex()}\n")
            sys.stdout.flush()
            raise

    return run


def _mutator(target: Target) -> Callable[[bytes, int, int], bytes]:
    random = Random(0)
    known = Mutator(seeds(target), random)

    def mutate(raw: bytes, limit: int, seed: int) -> bytes:
        random.seed(seed)
        if random.random() < 0.5:
            return bytes(atheris.Mutate(raw, limit))[:limit]
        return known.mutant_of(raw)[:limit]

    return mutate


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
