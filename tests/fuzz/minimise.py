"""Keep the inputs that teach something: ``python -m tests.fuzz.minimise FOLDER``.

FOLDER holds what ``cover --keep`` found. An input enters the corpus if it passes a pair of lines of our parsers that
neither a vector nor a smaller input passes; all others are dropped, also those that were kept before.
"""

import shutil
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.corpus import CORPUS, corpus, file_name
from tests.fuzz.target import SMALL, Target, check
from tests.fuzz.targets import TARGETS, seeds

Step = tuple[str, int, int]
OURS = ("/protocol/", "/keys/", "/egnatia/conformance/")


def steps(target: Target, raw: bytes) -> set[Step]:
    """Return the pairs of lines that follow each other while ``raw`` is parsed."""
    found: set[Step] = set()

    def trace(frame: FrameType, _: str, __: Any) -> Any:
        name = frame.f_code.co_filename
        if not any(part in name for part in OURS):
            return None
        last = [0]

        def line(inner: FrameType, event: str, _: Any) -> Any:
            found.add((name, last[0], inner.f_lineno if event == "line" else -1))
            last[0] = inner.f_lineno
            return line

        return line

    sys.settrace(trace)
    try:
        check(target, raw)
    finally:
        sys.settrace(None)
    return found


def chosen(target: Target, candidates: list[bytes]) -> list[bytes]:
    """Return the candidates to keep, the smallest first."""
    seen: set[Step] = set()
    for raw in seeds(target):
        seen |= steps(target, raw)
    out = []
    for raw in sorted(dict.fromkeys(candidates), key=lambda each: (len(each), each)):
        fresh = steps(target, raw) - seen
        if fresh and len(raw) <= SMALL:
            out.append(raw)
            seen |= fresh
    return out


def main(arguments: list[str]) -> int:
    found = Path(arguments[0])
    kept = {}
    for target in TARGETS.values():
        new = [path.read_bytes() for path in sorted((found / target.name).glob("*")) if path.is_file()]
        kept[target.name] = chosen(target, [*corpus(target.name), *new])
        sys.stdout.write(f"{target.name}: {len(kept[target.name])} of {len(new)} new ones and the corpus\n")
    shutil.rmtree(CORPUS, ignore_errors=True)
    for name, inputs in kept.items():
        for raw in inputs:
            path = CORPUS / name / file_name(raw)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
