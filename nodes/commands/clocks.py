"""Clocks in words of a terminal: beside a message in a list, in full when it is shown, counted in the status."""

from collections.abc import Iterable, Iterator
from typing import Any

from nodes.commands.frame import when

_OVERDUE, _NONE = "overdue", "none"


def due_notes(row: dict[str, Any]) -> list[str]:
    """Return what a list says of the clock of a message: nothing for one that is closed or has none."""
    if row.get("due_at") is None or row.get("closed_at") is not None:
        return []
    if row["suspended"]:
        return ["clock rests"]
    if row["escalation"] == _OVERDUE:
        return [f"overdue since {when(row['due_at'])}"]
    step = "" if row["escalation"] == _NONE else f", {row['escalation']} %"
    return [f"due {when(row['due_at'])}{step}"]


def clock_lines(found: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield every clock of a message with its sentences, and whether a reminder is proposed."""
    for each in found:
        legal = "" if each["legal_at"] is None else f", by calendar days {when(each['legal_at'])}"
        state = "closed" if each["closed_at"] is not None else ", ".join(due_notes(each))
        yield f"{each['awaited']} of {each['owed_by']}: {state} (counted {when(each['operational_at'])}{legal})"
        for words in each["words"]:
            yield f"  {words['sentence']} ({words['article']}) {words['remedy']}"
        if each["reminder"] is not None:
            yield f"  proposed: {each['reminder']['type']} {each['reminder']['document']['kind']}; see --json"


def status_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield the clocks of a node and the recipients that fetch nothing."""
    clocks = found["clocks"]
    steps = ", ".join(
        f"{number} {_OVERDUE}" if step == _OVERDUE else f"{number} at {step} %"
        for step, number in clocks["escalation"].items()
        if step != _NONE
    )
    yield f"clocks: {clocks['open']} open, {clocks['suspended']} rest{', ' + steps if steps else ''}"
    for each in clocks["next"]:
        yield f"{each['awaited']} of {each['owed_by']} on {each['id'][:12]}: {', '.join(due_notes(each))}"
    for each in found["silent"]:
        words = (each["sentence"] or each["node"], each["remedy"] or each["label"])
        yield f"waits at the hub {each['id'][:12]}: {' '.join(words)}"
