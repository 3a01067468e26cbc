"""The rules of each channel as pages for officers and oversight bodies: one self-contained HTML file per channel.

A page says in the reader's language what is refused, under which law, and what to do instead, and lists the same rules
again by law. It shows nothing from outside, runs no script, and prints on paper.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policies.errors import PolicyError, Problem
from policies.explain import LAW, name_article
from policies.facts import Side
from policies.model import ChannelPolicy, Obligation, Rule
from policies.texts import FALLBACK, PLACEHOLDER, Library, Text
from policies.tree import parse_tree
from policies.typed import read
from protocol.decision import Verdict

Words = Mapping[str, str]
Label = Callable[[str, str], str]
"""From a code list, or ``type`` for message types, and a code to its label in the reader's language."""

_DOTS: Final = '<span class="dots">…</span>'
_HOUR: Final = 3_600
_STYLE: Final = """\
:root{--ink:#1b2530;--soft:#51606f;--line:#d5dbe1;--sea:#0b5d73;--deny:#a1201b;--hold:#8a5a00;--approve:#4b3b8f}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,"Noto Sans",sans-serif;color:var(--ink);background:#fff}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.8rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.15rem;line-height:1.3;margin:2.4rem 0 .4rem;padding-top:.8rem;border-top:3px solid var(--sea)}
p{margin:0 0 .6rem}.lead,.note{color:var(--soft)}.note{font-size:.9rem}
ul.types{columns:2 18rem;padding-left:1.1rem;margin:.4rem 0}
article{padding:.8rem 0 .9rem;border-bottom:1px solid var(--line);break-inside:avoid}
article .says{font-weight:600;margin:0 0 .3rem}
dl{display:grid;grid-template-columns:9rem 1fr;gap:.15rem 1rem;margin:0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.verdict{font-size:.85rem;font-weight:600;margin:0}
.deny{color:var(--deny)}.hold{color:var(--hold)}.approve{color:var(--approve)}
code,.id{font:.8rem/1.4 ui-monospace,"DejaVu Sans Mono",monospace;color:var(--soft)}
.dots{color:var(--soft)}
table{border-collapse:collapse;width:100%}
td{vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--line)}
td:first-child{width:16rem}
a{color:var(--sea)}
@media (max-width:38rem){dl{grid-template-columns:1fr}dd{margin-bottom:.3rem}td:first-child{width:auto}}
@media print{body{font-size:10.5pt}main{max-width:none;padding:0}h2{break-after:avoid}a{color:inherit}nav{display:none}}
"""


@dataclass(frozen=True, slots=True)
class _Pages:
    """The file of the words: one table per language."""

    languages: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a page is for: the language, its words, the texts of the rules, and the labels of codes."""

    language: str
    words: Words
    library: Library
    label: Label


def parse_words(file: str, raw: bytes) -> Mapping[str, Words]:
    """Return the words of each language. Raises ``PolicyError`` when a language lacks a word that English has."""
    found = read(_Pages, parse_tree(file, raw), file).languages
    for language, words in found.items():
        missing = sorted(found[FALLBACK].keys() ^ words.keys()) if FALLBACK in found else [FALLBACK]
        if missing:
            what = f"The words of `{language}` are not those of English: {', '.join(missing)}."
            raise PolicyError(Problem(file, 1, what, "Write the same keys in every language."))
    return found


def index_page(policies: Iterable[ChannelPolicy], reader: Reader) -> str:
    """Return the page that leads to the channels' pages, which stand beside it as ``<channel>.html``."""
    words = reader.words
    links = "".join(f'<li><a href="{_text(each.channel)}.html">{_channel(each, reader)}</a></li>' for each in policies)
    return _page(words["all"], (f'<p class="lead">{_text(words["purpose"])}</p>', f"<ul>{links}</ul>"), reader)


def channel_page(policy: ChannelPolicy, reader: Reader) -> str:
    """Return the page of one channel. Raises ``PolicyError`` when English lacks the text of a rule."""
    words = reader.words
    title = words["rules-of"].replace("{channel}", reader.label("channel", policy.channel))
    types = "".join(f"<li>{_text(reader.label('type', each))} <code>{_text(each)}</code></li>" for each in policy.sets)
    parts = [
        f'<nav><a href="index.html">{_text(words["back"])}</a></nav>',
        f'<p class="lead">{_text(words["purpose"])}</p><p class="note">{_text(words["note"])}</p>',
        f'<h2>{_text(words["carries"])}</h2><ul class="types">{types}</ul>',
        *_section("header", (each.rule for each in policy.outer), reader),
        *_section("content", (each.rule for each in policy.inner), reader),
        *_section("disclosure", (each.rule for each in policy.disclosure), reader),
        *_section("uses", (each.rule for each in policy.uses), reader),
        *_obligations(policy.obligations, reader),
        *_by_law((*policy.rules(), *policy.obligations), reader),
    ]
    return _page(title, parts, reader)


def _page(title: str, parts: Iterable[str], reader: Reader) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{_text(reader.words["lang"])}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{_text(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{_text(title)}</h1>\n" + "\n".join(parts) + "\n</main>\n</body>\n</html>\n"
    )


def _section(name: str, rules: Iterable[Rule], reader: Reader) -> Iterator[str]:
    found = tuple(rules)
    if found:
        yield f"<h2>{_text(reader.words[name])}</h2>"
        yield from (_rule(each, reader) for each in found)


def _rule(rule: Rule, reader: Reader) -> str:
    words, verdict = reader.words, Verdict(rule.verdict)
    facts = [_fact("only", ", ".join(reader.label("type", each) for each in rule.types), reader)] if rule.types else []
    if rule.sides != frozenset(Side):
        who = ", ".join(words[str(each)] for each in Side if each in rule.sides)
        facts.append(_fact("asked-by", who, reader))
    head = f'<p class="verdict {verdict}">{_text(words[str(verdict)])}</p>'
    return _article(rule.id, head, _text_of(rule.text, rule.file, rule.line, reader), (rule, facts, reader))


def _obligations(obligations: tuple[Obligation, ...], reader: Reader) -> Iterator[str]:
    if obligations:
        yield f"<h2>{_text(reader.words['obligations'])}</h2>"
    for each in obligations:
        types = ", ".join(reader.label("type", type_) for type_ in each.types)
        facts = [_fact("only", types, reader)] if each.types else []
        hours = reader.words["within"].replace("{hours}", str(each.within // _HOUR))
        head = f'<p class="verdict">{_text(hours)}</p>' if each.within else ""
        yield _article(each.id, head, _text_of(each.text, "", each.line, reader), (each, facts, reader))


def _article(name: str, head: str, text: Text, rest: tuple[Rule | Obligation, list[str], Reader]) -> str:
    of, facts, reader = rest
    known = of.parameters if isinstance(of, Rule) else None
    law = _fact("law", name_article(of.article, reader.library, reader.language), reader)
    remedy = f"<dt>{_text(reader.words['remedy'])}</dt><dd>{_dotted(text.remedy, known)}</dd>"
    return (
        f'<article id="{_text(name)}">{head}<p class="says">{_dotted(text.sentence, known)}</p>'
        f'<dl>{law}{remedy}{"".join(facts)}</dl><p class="id">{_text(name)}</p></article>'
    )


def _by_law(rules: Iterable[Rule | Obligation], reader: Reader) -> Iterator[str]:
    """Yield the table that leads from each law to the rules that rest on it, in the order of the texts."""
    resting: dict[str, list[str]] = {}
    for each in rules:
        for law in dict.fromkeys(found[1] for found in LAW.finditer(each.article)):
            resting.setdefault(law, []).append(each.id)
    yield f"<h2>{_text(reader.words['by-law'])}</h2>"
    rows = (
        f"<tr><td>{_text(name_article(law, reader.library, reader.language))}</td><td>"
        + ", ".join(f'<a href="#{_text(each)}"><code>{_text(each)}</code></a>' for each in resting[law])
        + "</td></tr>"
        for law in reader.library[FALLBACK].laws
        if law in resting
    )
    yield f"<table>{''.join(rows)}</table>"


def _text_of(name: str, file: str, line: int, reader: Reader) -> Text:
    texts = reader.library.get(reader.language)
    found = (None if texts is None else texts.texts.get(name)) or reader.library[FALLBACK].texts.get(name)
    if found is None:
        raise PolicyError(Problem(file, line, f"The text `{name}` is missing.", "Add it."))
    return found


def _fact(name: str, value: str, reader: Reader) -> str:
    return f"<dt>{_text(reader.words[name])}</dt><dd>{_text(value)}</dd>"


def _channel(policy: ChannelPolicy, reader: Reader) -> str:
    return _text(reader.label("channel", policy.channel))


def _dotted(text: str, known: object = None) -> str:
    """Return a sentence with the numbers and words that its rule sets, and dots where a message fills it in."""

    def fill(found: re.Match[str]) -> str:
        value = getattr(known, found[1], None)
        return _text(str(value)) if isinstance(value, int | str) else _DOTS

    return PLACEHOLDER.sub(fill, _text(text)).replace(f"{_DOTS}.", _DOTS)


def _text(text: str) -> str:
    return html.escape(text, quote=True)
