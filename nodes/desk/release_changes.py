"""What a release would let out, field by field, against what was approved or asked before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.casework.case_approvals import Approval, Verdict
from nodes.casework.drafts import TakenFile
from nodes.casework.message_view import Form as Shape
from nodes.casework.message_view import Value, Words
from nodes.casework.row_words import Change, RowWords, changes, row_words
from nodes.casework.writing import Form, Prepared
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import flatten

_AROUND: Final[tuple[tuple[str, str, str], ...]] = (
    ("to", sentence("Recipients"), ""),
    ("purpose", sentence("Purpose"), "purpose"),
    ("language", sentence("Language of the message"), "language"),
    ("handling", sentence("Handling codes"), "handling"),
)
_FILE: Final = sentence("File")
_HANDLING: Final = "handling"  # officers know these codes by their letters


@dataclass(frozen=True, slots=True)
class Compared:
    """What is different since an earlier release, and which one that was."""

    earlier: Approval
    changes: tuple[Change, ...]


def copy_of(prepared: Prepared, files: Sequence[TakenFile]) -> bytes:
    """Return what is kept of a version: the request, and what people see of its files."""
    told = [[each.name, each.size, each.sha256.hex()] for each in files]
    return json.dumps({"request": dict(prepared.request), "files": told}, ensure_ascii=False, sort_keys=True).encode()


async def compared(visit: Visit, asked: Approval, form: Form, now: bytes) -> Compared | None:
    """Return what is different since the last approved version, or else since the last one that was asked about.

    None where nothing was asked before, or where it is no longer kept.
    """
    kept = {each.number: each.raw for each in await visit.desk.approvals.copies(asked.subject)}
    of_it = await visit.desk.approvals.of(asked.subject)
    earlier = [each for each in of_it if each.number < asked.number and each.number in kept]
    approved = next((each for each in earlier if each.verdict is Verdict.APPROVED), None)
    before = approved or next(iter(earlier), None)
    if before is None:
        return None
    rows = [_rows(visit, form, raw) for raw in (kept[before.number], now)]
    return Compared(before, changes(*rows))


def _rows(visit: Visit, form: Form, raw: bytes) -> tuple[RowWords, ...]:
    version = json.loads(raw)
    request: Mapping[str, JSON] = version["request"]
    bundle = visit.gateway.network.replica.bundle
    directory = visit.gateway.network.replica.directory
    if bundle is None:
        return ()
    labels = {str(each.node): each.label for each in directory.participants()}
    words = Words(bundle.catalogue, visit.language, labels)
    around = [
        RowWords(name, (), visit.text(label), _outer(request.get(name), codes, words))
        for name, label, codes in _AROUND
        if request.get(name)
    ]
    files = [
        RowWords(f"file {digest} {name}", (), visit.text(_FILE), _plain(f"{name} ({size} B, SHA-256 {digest[:16]})"))
        for name, size, digest in version["files"]
    ]
    return (*around, *row_words(form.type.body_schema.fields, flatten(request["document"]), words), *files)


def _outer(value: JSON, codes: str, words: Words) -> Value:
    listed = [str(each) for each in value] if isinstance(value, list) else [str(value)]
    if not codes:
        return _plain(", ".join(words.nodes.get(each, each) for each in listed))
    named = {each: words.catalogue.code(codes, each, words.language) for each in listed}
    return _plain(", ".join(f"{each}: {text}" if codes == _HANDLING else text for each, text in named.items()))


def _plain(text: str) -> Value:
    return Value(text, text, Shape.LINE)
