"""Nothing but routing stands outside the sealed parts: no value, no path, no salt, no reference of any example."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from protocol.catalogue.rows import flatten
from protocol.cbor import decode
from protocol.core import Core
from protocol.fields import Field
from protocol.ids import Channel, TypeId
from protocol.short_reference import new_reference
from protocol.stages import Addressee, Mode
from tests.simulators.party import CountingEntropy, Party, deliver, send

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/*.json"))
SENDER, READER = Party("mk.ilecu"), Party("rs.ilecu")
ROUTING = {
    *("suite", "random", "sender", "to", "channel", "type", "purpose", "conversation", "policy", "directory_size"),
    *("directory_root", "issued_at", "expires_at", "body_root", "language", "in_reply_to", "urgency", "urgency_ground"),
    *("classification", "handling", "person_roles", "data_categories", "erase_by", "consents", "approvals"),
    "identity_root",
}
"""What a core may say; a new field is a decision about what the hub may learn, and is added here by hand."""


def planted(document: dict[str, Any], mark: str) -> tuple[Field, ...]:
    """Return the rows of a document with another planted text in each of them, whatever stood there.

    The list of attachments is called otherwise: what it says would be held against parts of the message.
    """
    paths = (path.replace("/attachments/", "/enclosed/", 1) for path, _ in flatten(document))
    return tuple((path, f"canary {mark} {number:04} zzyzx") for number, path in enumerate(paths))


def test_a_core_says_nothing_that_is_not_on_the_list() -> None:
    assert {each.name for each in fields(Core)} == ROUTING


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_field_of_an_example_stands_outside_the_ciphertext(path: Path) -> None:
    found = json.loads(path.read_text(encoding="utf-8"))
    body, identity = planted(found["body"], "body"), ()
    if "identity" in found:
        identity = planted(found["identity"], "identity")
    reference = new_reference(CountingEntropy(path.stem))
    envelope = send(
        SENDER,
        READER,
        to=(Addressee(READER.node, Mode.ACTION, reads_identity=True),),
        channel=Channel("cso"),
        type=TypeId(found["type"]),
        handling=(),
        urgency=None,
        body=body,
        identity=identity,
        reference=reference,
    )
    opened = READER.opens(deliver(envelope, READER), SENDER)
    rows = (*opened.body, *(opened.identity or ()))
    assert [row.value for row in rows if row.path == "short-reference"] == [reference]
    assert len(rows) == len(body) + len(identity) + 1
    raw = envelope.encode()
    outside = raw
    for content in envelope.contents:
        outside = outside.replace(content, b"")
    assert len(outside) < len(raw)
    for row in rows:
        for told in (str(row.value).encode(), row.path.encode(), row.salt):
            assert told not in raw, row.path
    assert b"zzyzx" not in outside
    assert set(decode(envelope.manifest.core_bytes)) <= set(range(1, 28))  # type: ignore[arg-type]  # a map
