"""The templates: nothing inline, nothing unescaped, every form with its token, no address of elsewhere."""

import re
from pathlib import Path

import pytest

TEMPLATES = sorted((Path(__file__).parents[4] / "nodes" / "desk" / "templates").glob("**/*.html"))
FORBIDDEN = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "an inline style": re.compile(r"<style|\sstyle\s*=", re.IGNORECASE),
    "a handler in markup": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "an unescaped value": re.compile(r"\|\s*safe\b|autoescape\s+false|\|\s*xmlattr"),
    "an address of elsewhere": re.compile(r"(?:src|href|action)=[\"']\s*(?:https?:|//|javascript:)", re.IGNORECASE),
    "an attribute without quotes": re.compile(r"\s[\w-]+=\{\{"),
}
POSTING = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL | re.IGNORECASE)
TOKEN = re.compile(r"token\(\)|name=\"csrf\"")


def faults(text: str) -> list[str]:
    plain = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(plain)]
    return found + ["a form without its token" for form in POSTING.findall(plain) if not TOKEN.search(form)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_holds_nothing_that_could_run(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<script>x</script>", "an inline script"),
        ('<p style="color: red">', "an inline style"),
        ('<a onclick="x()">', "a handler in markup"),
        ("{{ name | safe }}", "an unescaped value"),
        ('<a href="https://elsewhere.example">', "an address of elsewhere"),
        ("<input value={{ name }}>", "an attribute without quotes"),
        ('<form method="post" action="/x"><button>x</button></form>', "a form without its token"),
    ],
)
def test_what_could_run_is_seen(text: str, fault: str) -> None:
    assert faults(text) == [fault]


def test_a_plain_form_is_fine() -> None:
    text = '<script type="module" src="{{ asset("desk.js") }}"></script><form method="post">{{ token() }}</form>'
    assert faults(text) == []
