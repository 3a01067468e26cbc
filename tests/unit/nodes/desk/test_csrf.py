"""Three proofs that a form is our own."""

import pytest

from nodes.desk.csrf import is_ours, is_same_origin, token_of

OURS = "https://desk.example"


def test_a_token_belongs_to_one_cookie() -> None:
    assert is_ours(token_of("a"), "a")
    assert not is_ours(token_of("a"), "b")
    assert not is_ours("", "a")
    assert not is_ours("é\udc80", "a")


def test_without_a_cookie_no_token_is_ours() -> None:
    assert token_of("") == ""
    assert not is_ours("", "")
    assert not is_ours(token_of("a"), "")


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({"Origin": OURS, "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": OURS}, True),
        ({}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://desk.example.evil"}, False),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": OURS, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": OURS, "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": OURS, "Sec-Fetch-Site": "none"}, False),
        ({"Origin": OURS, "Sec-Fetch-Site": ""}, False),
    ],
)
def test_what_the_browser_says_of_the_page(headers: dict[str, str], good: bool) -> None:
    assert is_same_origin(headers, OURS) is good
