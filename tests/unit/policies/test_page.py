"""The pages say every rule in the reader's language, and show nothing from outside and nothing unescaped."""

import re
from dataclasses import replace

import pytest

from policies.errors import PolicyError
from policies.model import ChannelPolicy
from policies.page import Reader, channel_page, index_page, parse_words
from protocol.ids import Channel
from runtime.package_data import read_page_words
from tests.simulators.policies import shipped_policies, shipped_texts

WORDS = parse_words("policies/page.yaml", read_page_words())
POLICE = shipped_policies().channels[Channel("police")]


def reader(language: str = "en", **changes: object) -> Reader:
    plain = Reader(language, WORDS[language], shipped_texts(), lambda of, code: f"<{of} {code}>")
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("policy", shipped_policies().channels.values(), ids=lambda policy: policy.channel)
def test_each_rule_stands_on_its_page_with_its_law_and_its_lawful_way(policy: ChannelPolicy, language: str) -> None:
    page = channel_page(policy, reader(language))
    assert f'<html lang="{language}">' in page
    for each in (*policy.rules(), *policy.obligations):
        assert page.count(f'<article id="{each.id}">') == 1
        assert f'<a href="#{each.id}">' in page
    assert "{" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "<type" not in page


def test_a_page_says_the_numbers_of_its_rules_and_dots_for_what_a_message_says() -> None:
    page = channel_page(POLICE, reader())
    assert "Set a date in the future, at most 1095 days ahead." in page
    assert "…</span></p>" in page
    assert "within 720 hours" in page
    assert "&lt;type MT-01/1&gt;" in page


def test_the_first_page_leads_to_every_channel() -> None:
    page = index_page(shipped_policies().channels.values(), reader("sq"))
    assert [f'href="{each}.html"' in page for each in shipped_policies().channels] == [True] * 5
    assert WORDS["sq"]["all"] in page


def test_what_a_language_lacks_is_said_in_english_and_what_english_lacks_is_refused() -> None:
    library = shipped_texts()
    bare = {**library, "sq": replace(library["sq"], texts={})}
    assert "The sender cannot send on this channel" in channel_page(POLICE, reader("sq", library=bare))
    only = {"en": library["en"]}
    assert "The sender cannot send on this channel" in channel_page(POLICE, reader("sq", library=only))
    with pytest.raises(PolicyError, match="is missing"):
        channel_page(POLICE, reader(library={"en": replace(library["en"], texts={})}))


def test_a_channel_without_further_lists_has_no_heads_for_them() -> None:
    page = channel_page(replace(POLICE, disclosure=(), uses=(), obligations=()), reader())
    assert all(WORDS["en"][each] not in page for each in ("disclosure", "uses", "obligations"))


@pytest.mark.parametrize("text", ["languages: {sq: {a: b}}\n", "languages: {en: {a: b}, sq: {c: d}}\n", "x: y\n"])
def test_words_that_a_language_lacks_are_named(text: str) -> None:
    with pytest.raises(PolicyError):
        parse_words("policies/page.yaml", text.encode())
