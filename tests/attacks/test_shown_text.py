"""Attack 48: what a sender writes is shown as text, never obeyed, by a terminal or by whoever quotes it."""

import pytest

from nodes.commands.reading import plain

ACTIVE = {
    "a colour": "\x1b[31mred",
    "a title": "\x1b]0;owned\x07",
    "a link": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "a bell": "\x07",
    "back over the line": "accepted\rrefused",
    "one character back": "x\b",
    "eight-bit control": "\x9b31m",
    "writing turned round": "\u202etxt.exe",
    "a hidden mark": "\u2066x\u2069",
    "no width": "a\u200bb",
    "a line separator": "a\u2028b",
}


@pytest.mark.parametrize("text", ACTIVE.values(), ids=ACTIVE)
def test_attack_048_nothing_active_reaches_a_terminal(text: str) -> None:
    shown = plain(text)
    assert len(shown) == len(text)
    assert all(each.isprintable() or each == "\n" for each in shown)
    assert "\ufffd" in shown


@pytest.mark.parametrize(
    "text", ["<img src='https://evil.example/?'>", "[link=https://evil.example]x[/link]", "ћ, ж — č"]
)
def test_attack_048_markup_stays_what_was_written(text: str) -> None:
    assert plain(text) == text
