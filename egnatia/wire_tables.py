"""The tables of docs/wire.md that repeat the code, rendered from it, so that page and code cannot drift apart."""

import ast
import inspect
from typing import Final

from protocol import limits
from protocol.api import VERBS
from protocol.meanings import MEANINGS

MARKS: Final = ("verbs", "limits", "codes")


def verbs_table() -> str:
    """Return the verbs with method, path, bodies and the codes that may refuse them."""
    rows = ["| verb | request | body | answer | codes |", "|---|---|---|---|---|"]
    for verb in VERBS:
        codes = ", ".join(f"`{code}`" for code in verb.codes)
        rows.append(f"| {verb.name} | `{verb.method} {verb.path}` | {verb.request} | {verb.answer} | {codes} |")
    return "\n".join(rows)


def limits_table() -> str:
    """Return every bound with its value and the reason that stands beside it in the code."""
    source = inspect.getsource(limits)
    lines = source.splitlines()
    rows = ["| limit | value | reason |", "|---|---|---|"]
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
            comment = lines[node.lineno - 1].partition("  # ")[2]
            rows.append(f"| {name} | {getattr(limits, name)} | {comment} |")
    return "\n".join(rows)


def codes_table() -> str:
    """Return every error code with HTTP status, whether a repeat helps, and its meaning."""
    rows = ["| code | status | retry | meaning | what to do |", "|---|---|---|---|---|"]
    for code, meaning in MEANINGS.items():
        retry = "yes" if meaning.retry else "no"
        rows.append(f"| `{code}` | {meaning.status} | {retry} | {meaning.sentence} | {meaning.remedy} |")
    return "\n".join(rows)


def render(page: str) -> str:
    """Return the page with its generated tables in place; text outside the marks stays as it is."""
    tables = {"verbs": verbs_table(), "limits": limits_table(), "codes": codes_table()}
    for mark in MARKS:
        start = f"<!-- {mark} -->"
        end = f"<!-- end {mark} -->"
        before, _, rest = page.partition(start)
        after = rest.partition(end)[2] if end in rest else rest
        page = f"{before}{start}\n{tables[mark]}\n{end}{after}"
    return page
