"""docs/wire.md repeats the code's tables word for word, and its domain table is complete."""

import re

from egnatia.wire_tables import MARKS, PAGES, common_codes, render
from protocol.api import VERBS
from protocol.core import optional_fields
from protocol.domains import HASHED, SIGNED
from protocol.errors import Code
from protocol.ids import CHANNELS
from protocol.leaf import LeafKind
from protocol.statements import StatementKind
from tests.docs.pages import ROOT, text_of_pages

LOCAL = {
    "xb/1 stored key",
    "xb/1 processing log",
    "xb/1 processing log head",
}  # wraps what one node stores for itself; nobody else ever reads it


def test_generated_tables_are_current() -> None:
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    assert all(any(f"<!-- end {mark} -->" in text for text in texts) for mark in MARKS)
    assert [render(text) for text in texts] == texts, "run `make docs`"


def test_a_stale_table_is_noticed() -> None:
    text = text_of_pages().replace("`QUOTA` | 429", "`QUOTA` | 400")
    assert render(text) != text


def test_domains_and_codes_are_all_named() -> None:
    text = text_of_pages()
    for domain in (*SIGNED, *HASHED):
        assert f"| `{domain}` |" in text
    for code in Code:
        assert f"| `{code}` |" in text


def test_every_domain_string_of_the_code_is_on_the_pages() -> None:
    sources = [path for room in ("protocol", "keys", "hub", "nodes") for path in (ROOT / room).rglob("*.py")]
    used = {each for path in sources for each in re.findall(r"xb/1 [a-z]+(?: [a-z]+)*", path.read_text())}
    text = text_of_pages()
    assert not {each for each in used - LOCAL if each not in text}
    assert len(used) > 15


def test_every_verb_may_answer_what_any_request_meets() -> None:
    assert {Code.MALFORMED, Code.TLS_PEER_UNKNOWN, Code.RESTART_NEEDED, Code.INTERNAL} <= set(common_codes())
    assert all(len(set(verb.codes)) == len(verb.codes) for verb in VERBS)


def test_the_channel_table_is_that_of_the_core() -> None:
    section = text_of_pages().partition("| channel | optional labels |")[2].partition("\n\n")[0]
    told: dict[str, set[int]] = {}
    for names, labels in re.findall(r"\| ([a-z, -]+) \| ([0-9, to]+) \|", section):
        ranges = [each.split(" to ") for each in labels.split(", ")]
        numbers = {label for first, *last in ranges for label in range(int(first), int((last or [first])[0]) + 1)}
        told |= dict.fromkeys(names.split(", "), numbers)
    assert told == {str(channel): set(optional_fields(channel)) for channel in CHANNELS}


def test_numbered_kinds_are_all_in_their_tables() -> None:
    text = text_of_pages()
    leaves = text.partition("| kind | stands for | digest |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (\d+) \|", leaves, re.MULTILINE) == [str(int(kind)) for kind in LeafKind]
    kinds = text.partition("| kind | statement | signed by |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (\d+) \|", kinds, re.MULTILINE) == [str(int(kind)) for kind in StatementKind]
