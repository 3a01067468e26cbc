"""The tables of docs/wire.md sections 8 to 10, rendered from the code, so that pages and code cannot drift apart.

``python -m egnatia.wire_tables`` writes them into the pages; the tests compare only.
"""

import ast
import inspect
from pathlib import Path
from typing import Final

from protocol import limits
from protocol.api import VERBS
from protocol.errors import Code
from protocol.meanings import MEANINGS

MARKS: Final = ("verbs", "limits", "codes")
_FOLDER: Final = Path(__file__).parents[1] / "docs" / "wire"
PAGES: Final = (_FOLDER / "verbs.md", _FOLDER / "codes.md")


def common_codes() -> tuple[Code, ...]:
    """Return the codes that every verb may answer with, in the order of the first verb."""
    first, *rest = VERBS
    return tuple(code for code in first.codes if all(code in verb.codes for verb in rest))


def verbs_table() -> str:
    """Return the verbs with method, path, bodies, body limit and the codes that may refuse them."""
    common = common_codes()
    every = ", ".join(f"`{code}`" for code in common)
    rows = [f"Every verb may be refused with {every}. Beside those:", ""]
    rows += ["| verb | request | body | limit | answer | codes |", "|---|---|---|---|---|---|"]
    for verb in VERBS:
        codes = ", ".join(f"`{code}`" for code in verb.codes if code not in common)
        limit = str(verb.limit) if verb.limit else ""
        line = (verb.name, f"`{verb.method} {verb.path}`", verb.request, limit, verb.answer, codes)
        rows.append(f"| {' | '.join(line)} |")
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
    """Return a page with those tables in place that it has marks for; text outside the marks stays as it is."""
    tables = {"verbs": verbs_table(), "limits": limits_table(), "codes": codes_table()}
    for mark in MARKS:
        start = f"<!-- {mark} -->"
        if start not in page:
            continue
        end = f"<!-- end {mark} -->"
        before, _, rest = page.partition(start)
        after = rest.partition(end)[2] if end in rest else rest
        page = f"{before}{start}\n{tables[mark]}\n{end}{after}"
    return page


def main() -> None:
    """Write the tables into their pages."""
    for page in PAGES:
        page.write_text(render(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
