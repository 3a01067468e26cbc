"""Joins the pieces of the second verifier into one program that a stranger can read from top to bottom and run."""

import ast
from importlib.resources import files
from typing import Final

from egnatia.evidence.single import PIECES

_PACKAGE: Final = "egnatia.evidence.single"
_HEAD: Final = '''"""Verifies a file of evidence: who sent which message, when it was logged, to whom, handed over when.

It needs Python 3.11 or newer, cryptography (50 or newer) and PyNaCl, and nothing else: no network, no server, no other
file. Read it from the top: each part uses only the ones before it. Run it as

    python verify_evidence.py FILE [DIGEST]

where DIGEST is the fingerprint of the network's charter, as you have it from somewhere else than the file.
"""
'''
_TAIL: Final = """

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
"""


def single_file() -> str:
    """Return the source of the verifier as one file."""
    imports: set[str] = set()
    bodies = []
    for name in PIECES:
        source = (files(_PACKAGE) / f"{name}.py").read_text(encoding="utf-8")
        tree = ast.parse(source)
        lines = source.splitlines()
        taken = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        imports |= {_line(node) for node in taken if not _is_own(node)}
        words = ast.get_docstring(tree) or ""
        last = (taken[-1].end_lineno or 0) if taken else 0
        body = "\n".join(lines[last:]).strip("\n").replace("\n\n\n", "\n\n")
        bodies.append(f"\n{_comment(words)}\n\n{body}\n")
    plain = sorted(each for each in imports if _is_plain(each))
    rest = sorted(imports - set(plain))
    head = "\n".join([*plain, "", *rest])
    return f"{_HEAD}\n{head}\n{''.join(bodies)}{_TAIL}"


def _is_own(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_PACKAGE)


def _line(node: ast.Import | ast.ImportFrom) -> str:
    return ast.unparse(node)


def _is_plain(line: str) -> bool:
    """Whether a module of Python's own library is imported."""
    return not line.removeprefix("from ").startswith(("cryptography", "nacl"))


def _comment(words: str) -> str:
    bar = "# " + "-" * 78
    return "\n".join([bar, *(f"# {line}".rstrip() for line in words.splitlines()), bar])
