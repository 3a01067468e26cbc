"""Run vectors: ask for an answer to each, compare it with the expectation, and count."""

import re
import shlex
import subprocess
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from egnatia.conformance.fields import read_fields
from egnatia.conformance.kinds import KINDS
from egnatia.conformance.vector import OK, Vector, VectorError, parse_vector
from protocol.errors import Code, Fault

DIFFERENT: Final = "different"
"""The answer where nothing is refused and the result is another one than the vector states."""

Answer = Callable[[Vector], str]
"""Returns ``ok``, a code, ``different``, or words that say why there is no answer."""

_ANSWER: Final = re.compile(r"ok|different|[A-Z][A-Z_]*")
_SHOWN: Final = 80  # characters of a foreign answer that are shown


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file."""

    file: str
    kind: str
    expected: str
    got: str

    @property
    def passed(self) -> bool:
        """Whether the answer is the expected one."""
        return self.expected == self.got


def answer(vector: Vector) -> str:
    """Return this implementation's answer; a defect of the file is told in words, which no expectation equals."""
    kind = KINDS.get(vector.kind)
    if kind is None:
        return f"no such kind: {vector.kind}"
    try:
        return OK if kind.check(read_fields(vector, kind.fields)) else DIFFERENT
    except Fault as fault:
        return str(fault.code)
    except VectorError as error:
        return f"unusable: {error}"
    except Exception as error:  # noqa: BLE001 - an uncaught exception of a parser is a finding, and others follow
        return f"crashed: {type(error).__name__}: {error}"


def outside(command: str, seconds: float) -> Answer:
    """Return an answer that runs ``command`` once per vector, its question on standard input.

    The program prints ``ok``, ``different`` or a code on one line. Anything else, a failure or more than ``seconds`` is
    no answer.
    """
    words = shlex.split(command)

    def ask(vector: Vector) -> str:
        try:
            done = subprocess.run(words, input=vector.question(), capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return f"no answer within {seconds:g} s"
        except OSError as error:
            return f"the command does not start: {error}"
        said = done.stdout.decode("utf-8", "replace").strip()
        if done.returncode != 0 or _ANSWER.fullmatch(said) is None:
            return f"no answer: status {done.returncode}, {said[:_SHOWN]!r}"
        return said

    return ask


def run_file(path: Path, name: str, ask: Answer) -> Result:
    """Return the result of one file. A file that cannot be read fails, and so does an unknown expectation."""
    try:
        vector = parse_vector(path.read_bytes())
        _check_vector(vector)
    except (VectorError, OSError) as error:
        return Result(name, "unknown", "a vector", f"unusable: {error}")
    return Result(name, vector.kind, vector.expect, ask(vector))


def run_folder(folder: Path, kinds: Collection[str], ask: Answer) -> list[Result]:
    """Return the results of every ``.txt`` file below ``folder``, by path; only of ``kinds`` where some are given.

    A file of no known layout is never left out: it could be of any kind.
    """
    paths = sorted(folder.rglob("*.txt"))
    names = [path.relative_to(folder).as_posix() for path in paths]
    pairs = zip(paths, names, strict=True)
    return [run_file(path, name, ask) for path, name in pairs if not kinds or _kind(path) in (*kinds, None)]


def _check_vector(vector: Vector) -> None:
    if vector.kind not in KINDS:
        raise VectorError(f"no such kind: {vector.kind}")
    if vector.expect != OK and vector.expect not in {str(code) for code in Code}:
        raise VectorError(f"no such code: {vector.expect}")
    read_fields(vector, KINDS[vector.kind].fields)


def _kind(path: Path) -> str | None:
    try:
        return parse_vector(path.read_bytes()).kind
    except (VectorError, OSError):
        return None
