"""Typed settings from TOML: read once, frozen, every unknown key refused with its line and its nearest valid name.

The types are frozen dataclasses. ``Annotated[..., msgspec.Meta(description=...)]`` gives a field its bounds and its
sentence in the sample file. Durations carry ``_s`` in their name, sizes ``_bytes``. A secret is never a value here but
a reference to where it lies (``runtime.secret_sources``).
"""

import dataclasses
import difflib
import re
import tomllib
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from runtime.operator import OperatorError

T = TypeVar("T")

_MAX_FILE: Final = 1 << 20  # bytes; a settings file is written by hand
_RULE: Final = "A setting that is not understood is never ignored"


def load(path: Path, type_: type[T]) -> T:
    """Return the settings of a file. ``OperatorError`` names the line, the key and what would be valid.

    Relative paths in it are relative to the file's folder.
    """
    try:
        raw = path.read_bytes()
    except OSError as err:
        raise _refused(f"{path} cannot be read ({err.strerror})", "Check that it exists and may be read") from err
    return parse(raw, type_, path)


def parse(raw: bytes, type_: type[T], path: Path) -> T:
    """Return the settings written in ``raw``; ``path`` names the file in errors and roots relative paths."""
    if len(raw) > _MAX_FILE:
        raise _refused(f"{path} is larger than {_MAX_FILE} bytes", "Check that this is the settings file")
    try:
        text = raw.decode()
        table = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise _refused(f"{path} is no valid TOML: {err}", "Correct that line") from err
    for section, key, valid in _unknown(table, type_, ()):
        raise _unknown_key(path, text, (section, key), valid)

    def convert(wanted: type[Any], value: object) -> object:
        if wanted is Path and isinstance(value, str) and value:
            return path.absolute().parent / value
        raise ValueError("a path is expected here")

    try:
        return msgspec.convert(table, type_, dec_hook=convert)
    except msgspec.ValidationError as err:
        raise _wrong_value(path, text, str(err)) from err


def _unknown(table: Mapping[str, Any], type_: object, section: tuple[str, ...]) -> Iterator[tuple[Any, str, list[str]]]:
    hints = _fields(type_)
    for key, value in table.items():
        if key not in hints:
            yield section, key, sorted(hints)
            continue
        for inner, entry, names in _sections(hints[key], value):
            yield from _unknown(entry, inner, (*section, key, *names))


def _sections(hint: object, value: object) -> Iterator[tuple[object, Mapping[str, Any], tuple[str, ...]]]:
    """Yield the dataclass of each table inside a value, the table, and the names under which it is kept."""
    for candidate in _alternatives(hint):
        origin, inner = get_origin(candidate), get_args(candidate)
        if dataclasses.is_dataclass(candidate) and isinstance(value, Mapping):
            yield candidate, value, ()
        elif origin in {list, tuple} and isinstance(value, list):
            for entry in value:
                yield from _sections(inner[0], entry)
        elif origin in {dict, Mapping} and isinstance(value, Mapping):
            for name, entry in value.items():
                yield from ((found, table, (name, *rest)) for found, table, rest in _sections(inner[1], entry))


def _alternatives(hint: object) -> tuple[object, ...]:
    if get_origin(hint) is Annotated:
        return _alternatives(get_args(hint)[0])
    if get_origin(hint) in {Union, types.UnionType}:
        return tuple(inner for part in get_args(hint) for inner in _alternatives(part))
    return (hint,)


def _fields(type_: object) -> dict[str, Any]:
    hints = get_type_hints(cast("type", type_), include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(cast("Any", type_)) if field.init}


def _unknown_key(path: Path, text: str, where: tuple[tuple[str, ...], str], valid: list[str]) -> OperatorError:
    section, key = where
    near = difflib.get_close_matches(key, valid, 1, cutoff=0.5)
    remedy = f"Did you mean {near[0]}?" if near else f"Valid here: {', '.join(valid)}"
    place = f"[{'.'.join(section)}]" if section else "the top of the file"
    return _refused(f"{path}, line {_line(text, section, key)}: {key} is no setting of {place}", remedy)


def _wrong_value(path: Path, text: str, message: str) -> OperatorError:
    reason, _, pointer = message.partition(" - at `$.")
    keys = tuple(re.sub(r"\[.*?\]", "", part) for part in pointer.rstrip("`").split(".") if part)
    if not keys:
        return _refused(f"{path}: {message}", "Correct the value")
    name = ".".join(keys)
    line = _line(text, keys[:-1], keys[-1])
    return _refused(f"{path}, line {line}: {name}: {reason}", f"Correct the value of {name}")


def _line(text: str, section: tuple[str, ...], key: str) -> int:
    """Return the line that sets the key, or failing that the one that opens its section; 1 when neither is found."""
    header, opened = "", 1
    wanted = ".".join(section)
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
            header = match[1].replace('"', "").replace(" ", "")
            if header in {wanted, f"{wanted}.{key}".lstrip(".")}:
                opened = number
        elif header == wanted and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line):
            return number
    return opened


def _refused(what: str, remedy: str) -> OperatorError:
    return OperatorError("SETTINGS", what, _RULE, remedy)


def sample(type_: type[Any]) -> str:
    """Return a settings file with every key, its sentence and its default; only keys that must be set are live."""
    return "\n".join(_sample(type_, "")).strip() + "\n"


def _sample(type_: type[Any], header: str) -> Iterator[str]:
    hints = _fields(type_)
    for line in (type_.__doc__ or "").strip().splitlines():
        yield f"# {line.strip()}".rstrip()
    if header:
        yield header
    tables = []
    for field in dataclasses.fields(type_):
        table = _table_of(hints[field.name])
        if table is None:
            yield from _sample_line(field, hints[field.name])
        else:
            tables.append((field, *table))
    for field, inner, shape in tables:
        yield ""
        name = f"{header.strip('[]')}.{field.name}".lstrip(".")
        lines = _sample(inner, shape.format(name))
        optional = shape != "[{}]" or field.default is None
        yield from (f"# {line}" if optional and line and not line.startswith("#") else line for line in lines)


def _table_of(hint: object) -> tuple[type[Any], str] | None:
    """Return the dataclass a key leads to and how its table is written; None when the key is a plain value."""
    for candidate in _alternatives(hint):
        if dataclasses.is_dataclass(candidate):
            return cast("type[Any]", candidate), "[{}]"
        for part in get_args(candidate):
            if dataclasses.is_dataclass(part):
                many = get_origin(candidate) in {list, tuple}
                return cast("type[Any]", part), "[[{}]]" if many else "[{}.name]"
    return None


def _sample_line(field: "dataclasses.Field[Any]", hint: object) -> Iterator[str]:
    yield ""
    for meta in get_args(hint)[1:] if get_origin(hint) is Annotated else ():
        if isinstance(meta, msgspec.Meta) and meta.description:
            yield f"# {meta.description}"
    if field.default is not dataclasses.MISSING:
        yield f"# {field.name} = {_toml(field.default)}" if field.default is not None else f"# {field.name} ="
    elif field.default_factory is not dataclasses.MISSING:
        yield f"# {field.name} = {_toml(field.default_factory())}"
    else:
        yield f"{field.name} = {_placeholder(hint)}"


def _placeholder(hint: object) -> str:
    (first, *_) = _alternatives(hint)
    return {int: "0", float: "0.0", bool: "false"}.get(cast("type", first), '""')


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:_}" if isinstance(value, int) else str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(entry) for entry in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(entry)}' for key, entry in value.items())} }}" if value else "{}"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
