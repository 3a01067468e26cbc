import pytest

from policies.errors import PolicyError
from policies.tree import MAX_BYTES, MAX_DEPTH, Items, Scalar, Table, parse_tree


def test_a_file_becomes_text_lists_and_tables_with_lines() -> None:
    tree = parse_tree("a.yaml", b"one: no\ntwo:\n  - 1\n  - {three: '0x10'}\n")
    assert tree == Table(
        {
            "one": Scalar("no", 1),
            "two": Items((Scalar("1", 3), Table({"three": Scalar("0x10", 4)}, 4)), 3),
        },
        1,
    )


@pytest.mark.parametrize(
    ("raw", "line", "what"),
    [
        (b"a: &x 1\nb: 2\n", 1, "Anchors and aliases"),
        (b"a: 1\nb: *x\n", 2, "Anchors and aliases"),
        (b"a: 1\nb: &x {c: 1}\n", 2, "Anchors and aliases"),
        (b"a: !!int 1\n", 1, "Tags"),
        (b"a: !!python/object/apply:os.system [ls]\n", 1, "Tags"),
        (b"%YAML 1.1\n---\na: 1\n", 1, "Directives"),
        (b"a: ! b\n", 1, "Tags"),
        (b"a: 1\nb: 2\na: 3\n", 3, "The key `a` stands twice."),
        (b"a:\n  <<: {b: 1}\n", 2, "A key is not a plain word."),
        (b"? [a]\n: 1\n", 1, "A key is not a plain word."),
        (b"'': 1\n", 1, "A key is not a plain word."),
        (b"a:\nb: 1\n", 1, "A value is empty."),
        (b"a: ''\n", 1, "A value is empty."),
        (b"a: [1, 2\nb: 3\n", 2, "This is not readable YAML."),
        (b"a: \x00\n", 1, "This is not readable YAML."),
        (b"a: 1\n---\nb: 1\n", 2, "A second document follows."),
        (b"", 1, "The file is empty."),
        (b"# only a comment\n", 2, "The file is empty."),
        (b"- a\n", 1, "The file does not start with a key."),
        (b"a: \xff\n", 1, "The file is not UTF-8."),
        (b"a: " + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"\n", 1, "The nesting is too deep."),
        (b"#" * (MAX_BYTES + 1), 1, f"The file has {MAX_BYTES + 1} bytes."),
    ],
)
def test_what_is_not_part_of_a_policy_file_is_refused_with_its_line(raw: bytes, line: int, what: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_tree("a.yaml", raw)
    [problem] = caught.value.problems
    assert (problem.file, problem.line) == ("a.yaml", line)
    assert problem.what.startswith(what)
    assert problem.remedy
    assert str(caught.value) == f"a.yaml:{line}: {problem.what} {problem.remedy}"


def test_a_bomb_of_brackets_ends_early() -> None:
    with pytest.raises(PolicyError):
        parse_tree("a.yaml", b"a: " + b"[" * 100_000)
