"""Sizes: a file over 400 lines or a function over 60 says that a type or a room is missing."""

import ast
import functools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

FILE_LINES = 400
FUNCTION_LINES = 60
FUNCTION_LINES_P95 = 40
PARAMETERS = 5
NESTING = 3

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Size:
    name: str
    lines: int
    parameters: int
    nesting: int

    def faults(self) -> list[str]:
        limits = (
            ("lines", self.lines, FUNCTION_LINES),
            ("parameters", self.parameters, PARAMETERS),
            ("nested blocks", self.nesting, NESTING),
        )
        return [f"{self.name}: {value} {what}, at most {limit}" for what, value, limit in limits if value > limit]


def _lines(node: FunctionNode) -> int:
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is None:
        return total
    docstring = node.body[0]
    return total - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def _parameters(node: FunctionNode) -> int:
    arguments = node.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def _is_elif(parent: ast.AST, child: ast.AST) -> bool:
    chained = isinstance(parent, ast.If) and isinstance(child, ast.If) and parent.orelse == [child]
    return chained and child.col_offset == parent.col_offset


def _nesting(node: ast.AST) -> int:
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, SCOPES):
            continue
        own = isinstance(child, BLOCKS) and not _is_elif(node, child)
        deepest = max(deepest, own + _nesting(child))
    return deepest


def _walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, FunctionNode]]:
    for child in ast.iter_child_nodes(node):
        named = isinstance(child, FunctionNode | ast.ClassDef)
        name = f"{prefix}{child.name}" if named else prefix
        if isinstance(child, FunctionNode):
            yield name, child
        yield from _walk(child, f"{name}." if named else name)


@functools.cache
def sizes(source: str) -> tuple[Size, ...]:
    functions = _walk(ast.parse(source), "")
    return tuple(Size(name, _lines(node), _parameters(node), _nesting(node)) for name, node in functions)


def exceptions(text: str) -> dict[str, str]:
    entries = [line.split("  ", 1) for line in text.splitlines() if line and not line.startswith("#")]
    return {entry[0]: entry[1].strip() for entry in entries}


@pytest.fixture(scope="module")
def python_files(own_files: list[Path]) -> list[Path]:
    return [path for path in own_files if path.suffix == ".py"]


def test_no_file_is_over_its_budget(python_files: list[Path], root: Path) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files}
    assert not [f"{path.relative_to(root)}: {length}" for path, length in lengths.items() if length > FILE_LINES]


def test_no_function_is_over_its_budget(python_files: list[Path], root: Path) -> None:
    allowed = exceptions((root / "tests/structure/budget-exceptions.txt").read_text(encoding="utf-8"))
    faults = {
        f"{path.relative_to(root).as_posix()}::{size.name}": size.faults()
        for path in python_files
        for size in sizes(path.read_text(encoding="utf-8"))
        if size.faults()
    }
    assert not {name: fault for name, fault in faults.items() if name not in allowed}
    assert not set(allowed) - set(faults), "these no longer need an exception"


def test_most_functions_are_short(python_files: list[Path], root: Path, rooms: list[str]) -> None:
    product = [path for path in python_files if path.relative_to(root).parts[0] in rooms]
    lengths = [size.lines for path in product for size in sizes(path.read_text(encoding="utf-8"))]
    assert statistics.quantiles(lengths, n=20)[-1] <= FUNCTION_LINES_P95


NESTED_TOO_DEEP = """
def f():
    for a in b:
        if a:
            with c:
                while d:
                    pass
"""
NESTED_JUST_ENOUGH = """
def f():
    for a in b:
        if a:
            pass
        elif c:
            with d:
                pass
        elif e:
            pass
    def g():
        if h:
            pass
"""


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def f():\n" + "    a = 1\n" * 60, "f: 61 lines, at most 60"),
        ("def f():\n" + "    a = 1\n" * 59, None),
        ('def f():\n    """One.\n\n    Two.\n    """\n' + "    a = 1\n" * 59, None),
        ("class A:\n    def f(self, a, b, *, c, d, e, g): ...\n", "A.f: 6 parameters, at most 5"),
        ("class A:\n    def f(self, a, b, *, c, d, e): ...\n", None),
        ("async def f(a, b, c, d, e, g): ...\n", "f: 6 parameters, at most 5"),
        (NESTED_TOO_DEEP, "f: 4 nested blocks, at most 3"),
        (NESTED_JUST_ENOUGH, None),
    ],
)
def test_the_budget_sees_what_it_should(source: str, fault: str | None) -> None:
    assert [found for size in sizes(source) for found in size.faults()] == ([] if fault is None else [fault])


def test_an_exception_carries_its_reason() -> None:
    assert exceptions("# why\na/b.py::f  a table, read as one\n") == {"a/b.py::f": "a table, read as one"}
    with pytest.raises(IndexError):
        exceptions("a/b.py::f\n")
