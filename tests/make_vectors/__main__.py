"""Write tests/vectors, or check it: ``python -m tests.make_vectors [--check]``.

Every byte follows from this folder and from ``stored.txt`` (see ``stored``). With ``--check`` nothing is written and
the status is 1 when any file is missing, different or left over.
"""

import shutil
import sys
from collections import Counter
from pathlib import Path

from tests.make_vectors.all_cases import all_cases
from tests.make_vectors.case import Case
from tests.make_vectors.cast import Cast
from tests.make_vectors.stored import STORED, Missing, Store

VECTORS = Path(__file__).parents[1] / "vectors"


def files(cases: list[Case]) -> dict[str, bytes]:
    """Return relative path -> bytes; numbers count within a kind, in the generator's order."""
    out: dict[str, bytes] = {}
    counts: Counter[str] = Counter()
    for case in cases:
        counts[case.kind] += 1
        out[f"{case.kind}/{counts[case.kind]:03}-{case.name}.txt"] = case.vector().encode()
    return out


def stale(folder: Path = VECTORS) -> list[str]:
    """Return what differs between the folder, the stored outputs and what would be written now."""
    store = Store(frozen=True)
    try:
        wanted = files(all_cases(Cast(store)))
    except Missing as missing:
        return [f"{STORED.name}: {missing} is not stored"]
    there = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    out = [name for name in sorted(wanted.keys() | there.keys()) if wanted.get(name) != there.get(name)]
    return out if store.text() == STORED.read_text(encoding="ascii") else [*out, STORED.name]


def write(folder: Path = VECTORS) -> int:
    """Write all vectors anew and return how many there are."""
    store = Store()
    wanted = files(all_cases(Cast(store)))
    store.save()
    if folder.exists():
        shutil.rmtree(folder)
    for name, raw in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return len(wanted)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m tests.make_vectors [--check]\n")
        return 2
    if arguments:
        found = stale()
        sys.stdout.write("".join(f"{name} is not what the generator writes\n" for name in found))
        return int(bool(found))
    sys.stdout.write(f"{write()} vectors\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
