"""The example documents: enough of each type, in the region's languages and scripts, and true to their headers."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from protocol.catalogue.content import summarise
from protocol.catalogue.types import Catalogue
from protocol.ids import TypeId, parse_channel, parse_node_id
from tests.unit.protocol.catalogue.conftest import ALL

KEYS = {
    *("type", "channel", "from", "to", "language", "purpose", "note", "body", "identity"),
    *("handling", "classification", "urgency", "urgency_ground", "consents"),
}


def test_every_type_has_two(catalogue: Catalogue) -> None:
    count = Counter(each.type for each in ALL.values())
    assert {name for name in catalogue.types if count[name] < 2} == set()


def test_they_are_written_in_the_regions_languages() -> None:
    assert {each.message["language"] for each in ALL.values()} >= {"en", "sr-Latn", "sr-Cyrl", "bs", "mk", "sq", "de"}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def test_the_language_is_the_one_the_header_names(each_example: Any) -> None:
    prose = [each for each in texts(each_example.message["body"]) if len(each) > 25 and " " in each]
    cyrillic = {bool(re.search(r"[\u0400-\u04ff]", each)) for each in prose}
    assert cyrillic <= {each_example.message["language"] in ("mk", "sr-Cyrl")}


def test_headers_are_of_the_catalogue(catalogue: Catalogue, each_example: Any) -> None:
    message = each_example.message
    assert set(message) <= KEYS
    type_ = catalogue.type(TypeId(message["type"]))
    assert parse_channel(message["channel"]) in type_.channels
    for node in (message["from"], *message["to"]):
        parse_node_id(node)
    purpose = catalogue.code_lists["purpose"].more(message["purpose"], "channels")
    assert isinstance(purpose, list)
    assert {"joint-centre": "police"}.get(message["channel"], message["channel"]) in purpose
    for name, code_list in (("language", "language"), ("classification", "classification"), ("urgency", "urgency")):
        assert name not in message or message[name] in catalogue.code_lists[code_list].entries
    assert each_example.name.startswith(message["type"].partition("/")[0])


def test_headers_tell_the_content(catalogue: Catalogue, each_example: Any) -> None:
    message = each_example.message
    type_ = catalogue.type(TypeId(message["type"]))
    summary = summarise(catalogue, type_, message["body"], message.get("identity"))
    if message["channel"] in ("cso", "police-cso", "system"):
        assert not {"handling", "classification", "urgency", "urgency_ground"} & set(message)
    else:
        assert summary.handling <= set(message.get("handling", []))
        assert ("H3" in message.get("handling", [])) == bool(summary.handling_texts)
        assert message["body"].get("urgency", {}) == {} or message["urgency"] == "urgent"
    assert summary.named("consent") == set(message.get("consents", []))
    if message["channel"] in ("police", "joint-centre"):
        assert not summary.victim_identity
