"""What is told of attachments on their way: numbers of parts and bytes, and in words where each stands. Pure."""

from collections.abc import Sequence
from typing import Final

from nodes.gateway.attachments import Attached, FileState
from nodes.gateway.why import Step
from protocol.errors import Code
from protocol.meanings import MEANINGS

_UNITS: Final = ("bytes", "KiB", "MiB", "GiB")
_STEP: Final = 1_024
_TOLD: Final = frozenset({FileState.READY, FileState.WAITING, FileState.FAILED})


def progress_steps(rows: Sequence[Attached]) -> tuple[Step, ...]:
    """Return a line for each attachment that is on its way or did not come; none for those that arrived."""
    return tuple(_step(each) for each in rows if each.state in _TOLD)


def amount(size: int) -> str:
    """Return a number of bytes for a person."""
    unit, value = 0, float(size)
    while value >= _STEP and unit < len(_UNITS) - 1:
        unit, value = unit + 1, value / _STEP
    return f"{size} bytes" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def _step(each: Attached) -> Step:
    if each.state is FileState.FAILED:
        meaning = MEANINGS[each.code or Code.ATT_MISSING]
        sentence = f"Attachment {each.part.name} did not come: {meaning.sentence}"
        remedy = "Ask the sender to send it again; the sender was told that it could not be opened."
        return Step(where="here", who="sender", sentence=sentence, remedy=remedy, code=each.code)
    verb, where = ("uploaded", "outbox") if each.state is FileState.READY else ("fetched", "hub")
    far = f"{each.done} of {each.parts} parts ({amount(each.done_bytes)} of {amount(each.part.length)})"
    sentence = f"Attachment {each.part.name}: {far} are {verb}."
    trouble = "" if each.code is None else f" Last trouble: {MEANINGS[each.code].sentence}"
    remedy = f"Nothing to do: it goes on by itself where it stands.{trouble}"
    return Step(where=where, who="nobody", sentence=sentence, remedy=remedy, code=each.code)
