"""Project, report and agreement files (TOML or JSON) to models and back, with every problem named by file and place."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ka2budget.errors import NotAllowed, Problem, Unreadable
from ka2budget.finding import Finding
from ka2budget.model import COUNTRY_PATTERN, HEADING_PATTERN, ID_PATTERN, LINE_PATTERN, MOST_EUR, TEXT_PATTERN, Model

MOST_BYTES = 5_000_000
"""A larger file is not read; a project of 150 partners and 500 activities has a tenth of it."""

_LONGEST_VALUE = 40  # of what a file held, in a sentence about it

_WANTED = {
    COUNTRY_PATTERN: "is not a country code; it is two capital letters, such as PL",
    HEADING_PATTERN: "is not a heading such as project-management: small letters, digits and dashes, up to 40",
    ID_PATTERN: "is not an id such as P1: up to 20 letters, digits, dots, dashes, underscores; the first no sign",
    LINE_PATTERN: "is not text on one line; it has control characters, or nothing but blanks",
    TEXT_PATTERN: "is not text; it has control characters, or nothing but blanks",
}

_M = TypeVar("_M", bound=Model)


def read(path: Path, model: type[_M]) -> _M:
    """Return the model a TOML or JSON file holds; raise Unreadable with every problem of the file."""
    return read_bytes(_bytes(path), path, model)


def read_bytes(content: bytes, path: Path, model: type[_M]) -> _M:
    """Return the model of a file's content; the path says by its ending what it is, and names it in errors."""
    tables = _tables(content, path)
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        problems = _problems(error, model, tables, path)
    except RecursionError:
        _refuse(path, "is nested too deeply")
    raise Unreadable(path, problems)


def _problems(error: ValidationError, model: type[Model], tables: Mapping[str, Any], path: Path) -> list[Problem]:
    unknown = [name for name in tables if name not in model.model_fields]
    if len(unknown) > len(tables) - len(unknown):
        kind = model.__name__.lower()
        _refuse(path, f"does not look like a {kind} file, which has keys such as {', '.join(model.model_fields)}")
    details = error.errors(include_url=False)
    told = [one for one in details if not _follows_from_another(one, details)]
    try:
        return [_problem(one, model, tables) for one in told]
    except RecursionError:
        _refuse(path, "is nested too deeply")


def write(model: Model, path: Path) -> bytes:
    """Return the content of a TOML or JSON file, as the path's ending says, that reads as the same model."""
    tables = model.model_dump(exclude_defaults=True, mode="python")
    ending = path.suffix.lower()
    if ending == ".json":
        return (json.dumps(tables, indent=2, ensure_ascii=False, default=_json) + "\n").encode()
    if ending == ".toml":
        import tomli_w  # noqa: PLC0415 - only where TOML is written

        return tomli_w.dumps(_toml(tables)).encode()
    raise NotAllowed(f"{path}: error: files are written as .toml or .json")


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            _refuse(path, "is a directory; give a project file (.toml or .json)")
        if path.exists() and not path.is_file():
            _refuse(path, "is not a file that can be read as a whole")
        if path.stat().st_size > MOST_BYTES:
            _refuse(path, f"has more than {MOST_BYTES // 1_000_000} MB; that is no project file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        _refuse(path, f"cannot be read: {(error.strerror or str(error)).lower()}")
    except ValueError as error:
        _refuse(path, f"cannot be read: {error}")
    if len(content) > MOST_BYTES:
        _refuse(path, f"has more than {MOST_BYTES // 1_000_000} MB; that is no project file")
    return content


def _tables(content: bytes, path: Path) -> dict[str, Any]:
    ending = path.suffix.lower()
    if ending not in {".toml", ".json"}:
        _refuse(path, "is neither .toml nor .json; its ending has to say which it is")
    if not content.strip():
        _refuse(path, "is empty; 'ka2budget new' writes a starter file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(path, f"is not UTF-8 text (byte {error.start}); save it as UTF-8")
    try:
        if ending == ".toml":
            return tomllib.loads(text, parse_float=Decimal)
        tables = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except RecursionError:
        _refuse(path, "is nested too deeply")
    except (ValueError, ArithmeticError) as error:
        reason = "a number is too large" if isinstance(error, ArithmeticError) else error
        _refuse(path, f"is not well-formed {ending[1:].upper()}: {reason}")
    if not isinstance(tables, dict):
        _refuse(path, "has to hold one JSON object")
    return tables


def _refuse(path: Path, sentence: str) -> NoReturn:
    raise Unreadable(path, [Problem("/", f"the file {sentence}")]) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {twice!r} is given twice")
    return table


def pointer(places: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) to a place."""
    return "/" + "/".join(str(place).replace("~", "~0").replace("/", "~1") for place in places)


def _follows_from_another(details: ErrorDetails, others: Sequence[ErrorDetails]) -> bool:
    """Return whether a table is too short only because its entries could not be read."""
    places = details["loc"]
    return details["type"] == "too_short" and any(
        one["loc"][: len(places)] == places for one in others if one is not details
    )


def _problem(details: ErrorDetails, model: type[Model], tables: Mapping[str, Any]) -> Problem:
    places = tuple(place for place in details["loc"] if place != "[key]")
    kind, message, value = details["type"], details["msg"], details.get("input")
    if kind == "missing":
        message = "is missing"
    elif kind == "extra_forbidden":
        import difflib  # noqa: PLC0415 - only where a key was mistyped

        similar = difflib.get_close_matches(str(places[-1]), _fields(model, places[:-1]), 1)
        message = "is not a known key" + (f"; did you mean {similar[0]!r}?" if similar else "")
    elif kind == "value_error":
        message = message.removeprefix("Value error, ")
    elif kind == "string_pattern_mismatch":
        message = f"{_short(value)} {_WANTED[details['ctx']['pattern']]}"
    elif kind in {"too_short", "too_long"}:
        context = details["ctx"]
        wanted = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        message = f"has {context['actual_length']} entries; there have to be {wanted}"
    elif kind == "model_type":
        message = "should be a table of keys"
    else:
        message = f"{message[0].lower()}{message[1:]}, not {_short(value)}"
    return Problem(readable(pointer(places), tables), message)


def _short(value: object) -> str:
    if isinstance(value, int) and abs(value) > MOST_EUR**2:
        return "that number"  # Python does not print the largest ones
    text = repr(value) if not isinstance(value, Decimal) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _fields(model: type[Model], places: tuple[str | int, ...]) -> list[str]:
    """Return the fields a table at that place may have."""
    found: Any = model
    for place in places:
        if isinstance(place, str):
            field = found.model_fields.get(place)
            inner = [one for one in types_in(field.annotation if field else None) if issubclass(one, Model)]
            if not inner:
                return []
            found = inner[0]
    return list(found.model_fields)


def types_in(annotation: Any) -> list[type]:  # noqa: ANN401
    """Return the classes an annotation is made of, such as those of a tuple or a choice."""
    if isinstance(annotation, type):
        return [annotation]
    return [one for argument in getattr(annotation, "__args__", ()) for one in types_in(argument)]


def readable(where: str, tables: Mapping[str, Any]) -> str:
    """Return a JSON pointer with the ids of the tables in place of their numbers, where they have one."""
    found: Any = tables
    names = []
    for place in where.split("/")[1:]:
        if isinstance(found, (list, tuple)) and place.isdigit() and int(place) < len(found):
            found = found[int(place)]
            name = found.get("id") if isinstance(found, dict) else None
            names.append(name if isinstance(name, str) and name else place)
        else:
            found = found.get(place) if isinstance(found, dict) else None
            names.append(place)
    return "/" + "/".join(names)


def finding_lines(file: str | Path, content: Model, findings: Iterable[Finding]) -> Iterator[str]:
    """Yield ``file:place: severity: message [code; source]`` per finding, the place by the ids that the file gives."""
    tables = content.model_dump()
    for finding in findings:
        source = f"; {finding.source}" if finding.source else ""
        where = readable(finding.where, tables)
        yield f"{file}:{where}: {finding.severity}: {finding.message} [{finding.code}{source}]"


def _json(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:.2f}" if value.as_tuple().exponent == -2 else str(value)  # noqa: PLR2004 - cents
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _toml(value: Any) -> Any:  # noqa: ANN401
    """Write whole amounts as whole numbers, as people do."""
    if isinstance(value, dict):
        return {name: _toml(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [_toml(inner) for inner in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    return str(value) if isinstance(value, str) else value
