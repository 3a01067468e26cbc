"""The total-queue checker: what was put in against what came out, over ids that are never used twice.

Every client keeps a journal that it only appends to. A message is *attempted* before the first byte goes out; then it
is *acked* (durable, said the answer), *refused* (a definite no) or *unknown* (no answer: either outcome is legal).
*Delivered* counts once for each time an application was handed it.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock


class Journal:
    """One client's notes, each on disk before the client goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()

    def note(self, what: str, name: str) -> None:
        with self._lock, self.path.open("a", encoding="ascii") as file:
            file.write(json.dumps([what, name]) + "\n")

    def read(self) -> list[tuple[str, str]]:
        if not self.path.exists():
            return []
        return [tuple(json.loads(line)) for line in self.path.read_text(encoding="ascii").splitlines()]


@dataclass(frozen=True, slots=True)
class Totals:
    attempted: int
    acked: int
    unknown: int
    recovered: int  # unknown and delivered all the same
    delivered: int
    lost: frozenset[str]
    duplicated: frozenset[str]
    unexpected: frozenset[str]
    refused_but_delivered: frozenset[str]

    def faults(self) -> dict[str, list[str]]:
        """Return everything that must not be, by kind; empty when all is well."""
        kinds = ("lost", "duplicated", "unexpected", "refused_but_delivered")
        return {kind: sorted(getattr(self, kind)) for kind in kinds if getattr(self, kind)}

    def line(self) -> str:
        return (
            f"attempted {self.attempted}, acked {self.acked}, unknown {self.unknown} (recovered {self.recovered}), "
            f"delivered {self.delivered}, lost {len(self.lost)}, duplicated {len(self.duplicated)}, "
            f"unexpected {len(self.unexpected)}, refused but delivered {len(self.refused_but_delivered)}"
        )


def check(sent: Iterable[Journal], delivered: Iterable[str]) -> Totals:
    """Judge the journals of the senders against everything the applications were handed, after a full drain."""
    noted: dict[str, set[str]] = {"attempt": set(), "ack": set(), "refuse": set(), "unknown": set()}
    for journal in sent:
        for what, name in journal.read():
            if what == "attempt" and name in noted["attempt"]:
                raise AssertionError(f"{name} was used twice")
            noted[what].add(name)
    counts = Counter(delivered)
    attempted, acked, refused = noted["attempt"], noted["ack"], noted["refuse"]
    unknown = noted["unknown"] - acked - refused
    return Totals(
        attempted=len(attempted),
        acked=len(acked),
        unknown=len(unknown),
        recovered=len(unknown & counts.keys()),
        delivered=len(counts),
        lost=frozenset(acked - counts.keys()),
        duplicated=frozenset(name for name, times in counts.items() if times > 1),
        unexpected=frozenset(counts.keys() - attempted),
        refused_but_delivered=frozenset((refused - acked) & counts.keys()),
    )
