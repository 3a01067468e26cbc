"""The case material of the demonstration: documents of the catalogue's types, brought to today's date.

Dates since 2025 are moved so that a document was written just now; older ones (births, earlier events) stay.
"""

import copy
import datetime as dt
import json
import re
from importlib.resources import files
from typing import Any, Final

_DATE: Final = re.compile(r"(20(?:2[5-9]|[3-9][0-9])-[01][0-9]-[0-3][0-9])(T.*)?")
_WRITTEN: Final = {
    "MT-01.person-sr-Cyrl": "2026-03-18",
    "MT-01.vehicle-mk": "2026-03-05",
    "MT-02.received-sr-Latn": "2026-03-05",
    "MT-03.person-part-bs": "2026-03-19",
    "MT-03.vehicle-part-sr-Cyrl": "2026-03-06",
    "MT-03.vehicle-sr-Cyrl": "2026-03-06",
    "MT-04.nothing-sr-Latn": "2026-03-05",
    "MT-05.vans-sr-Cyrl": "2026-03-05",
    "MT-07.vehicle-sr-Latn": "2026-03-05",
    "MT-09.court-sr-Latn": "2026-03-05",
    "MT-10.full-sr-Latn": "2026-03-05",
    "MT-11.ask-sr-Latn": "2026-03-26",
    "MT-11.grant-bs": "2026-03-30",
    "MT-A1.accepted-sr-Latn": "2026-09-02",
    "MT-E1.woman-de": "2026-08-28",
    "MT-E2.yes-sr-Latn": "2026-08-28",
    "MT-R1.witness-sr-Cyrl": "2026-05-01",
    "MT-R8.witness-heard-bs": "2026-05-28",
    "MT-V1.adult-sr-Latn": "2026-09-01",
    "MT-V6.record-sr-Latn": "2026-08-29",
    "MT-V6.withdraw-sr-Cyrl": "2026-09-10",
}
"""The day on which each document was written in its own story."""


def document(name: str, today: dt.date) -> dict[str, Any]:
    """Return a document with its header, dates moved so that it was written ``today``."""
    raw = (files("egnatia.demo") / "documents" / f"{name}.json").read_text(encoding="utf-8")
    moved = today - dt.date.fromisoformat(_WRITTEN[name])
    found: dict[str, Any] = _shift(json.loads(raw), moved)
    return found


def request(name: str, today: dt.date, **changes: object) -> dict[str, Any]:
    """Return what the API takes to send a document; ``changes`` replace or add keys of the request."""
    found = document(name, today)
    keys = ("type", "to", "purpose", "language", "handling", "urgency", "urgency_ground", "identity")
    out = {key: found[key] for key in keys if key in found} | {"document": found["body"]}
    return out | changes


def smuggled_name(today: dt.date) -> dict[str, Any]:
    """Return a police request that names a victim: what the channel must refuse."""
    out = request("MT-01.person-sr-Cyrl", today)
    evaluation = out["document"]["subjects"]["persons"][0]["evaluation"]
    victim = {
        "id": "p1",
        "role": "victim",
        "names": [{"kind": "document", "family": "Илић", "given": "Јована"}],
        "victim": {"anonymity": "yes", "court": "unknown"},
        "evaluation": evaluation,
    }
    return with_field(out, "subjects/persons/0", victim)


def with_field(request: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy of a request with one field of its document replaced, or removed where ``value`` is None."""
    out = copy.deepcopy(request)
    *way, last = path.split("/")
    place = out["document"]
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is None:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return out


def _shift(value: object, moved: dt.timedelta) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _shift(each, moved) for key, each in value.items()}
    if isinstance(value, list):
        return [_shift(each, moved) for each in value]
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    return (dt.date.fromisoformat(match[1]) + moved).isoformat() + (match[2] or "")
