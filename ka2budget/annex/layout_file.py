"""A layout file as its author sees it: read, or refused with the line of every mistake and what is allowed there."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ka2budget.errors import Problem, Unreadable
from ka2budget.model import Model
from ka2budget.text import Phrase, phrase

_M = TypeVar("_M", bound=Model)
_HEADER = re.compile(r"(\[\[?)([A-Za-z0-9_.-]+)\]")
_KEY = re.compile(r"([A-Za-z0-9_-]+)\s*=")
_ENTRY = re.compile(r"\s+[{\"]")
_Place = tuple[str | int, ...]


def read_file(path: Path, model: type[_M]) -> _M:
    """Return the model of a layout file; raise Unreadable with every problem, each with its line."""
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text, parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise Unreadable(path, [Problem("/", phrase("cannot be read: {reason}", reason=str(error)))]) from None
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        lines = _lines(text)
        problems = [_problem(one, model, tables, lines) for one in error.errors(include_url=False)]
        raise Unreadable(path, problems) from None


def line_of_block(path: Path, name: str) -> int:
    """Return the line that gives a block its id, or 1 where no line does."""
    told = re.compile(rf'\s*id\s*=\s*"{re.escape(name)}"')
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if told.match(line)), 1)


def _problem(details: ErrorDetails, model: type[Model], tables: dict[str, Any], lines: dict[_Place, int]) -> Problem:
    place = tuple(_without_kinds(details["loc"], tables))
    longest = max((known for known in lines if known == place[: len(known)]), key=len, default=())
    return Problem(f"{lines.get(longest, 1)}:/{'/'.join(map(str, place))}", _words(details, model))


def _words(details: ErrorDetails, model: type[Model]) -> Phrase | str:
    """Return what is wrong in our words, or where there are none in those of the validator."""
    context = details.get("ctx", {})
    if details["type"] == "extra_forbidden":
        keys = tuple(sorted(_keys(model, details["loc"][:-1])))
        return phrase("is not a key here; there are: {keys}", keys=keys)
    if details["type"] == "missing":
        return phrase("is missing")
    if details["type"] == "string_pattern_mismatch":
        return phrase("{text!r} does not match {pattern}", text=details["input"], pattern=context["pattern"])
    if details["type"] == "union_tag_invalid":
        kinds = context["expected_tags"]
        return phrase("{kind!r} is not a kind of block; there are: {kinds}", kind=context["tag"], kinds=kinds)
    if details["type"] == "value_error" and isinstance(said := context["error"].args[0], Phrase):
        return said
    return details["msg"].removeprefix("Value error, ")


def _without_kinds(place: Sequence[str | int], tables: dict[str, Any]) -> Iterator[str | int]:
    """Yield the keys and numbers of a place, without the kinds of blocks that the validator puts between."""
    found: Any = tables
    for number, key in enumerate(place):
        is_last = number == len(place) - 1
        if isinstance(found, list) and isinstance(key, int) and key < len(found):
            found = found[key]
        elif isinstance(found, dict) and (key in found or is_last):
            found = found.get(key)
        elif not is_last or isinstance(found, dict):
            continue
        yield key


def _keys(model: type[Model], place: Sequence[str | int]) -> list[str]:
    """Return the keys that a table of a layout may have."""
    choices: list[type[Model]] = [model]
    for key in place:
        if isinstance(key, int):
            continue
        kinds = [one for one in choices if key in get_args(getattr(one.model_fields.get("kind"), "annotation", None))]
        fields = [one.model_fields[key].annotation for one in choices if key in one.model_fields]
        choices = kinds or [inner for field in fields for inner in _models(field)]
    return sorted({name for one in choices for name in one.model_fields})


def _models(annotation: Any) -> list[type[Model]]:  # noqa: ANN401
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, Model) else []
    return [one for argument in get_args(annotation) for one in _models(argument)]


def _lines(text: str) -> dict[_Place, int]:
    """Return the line on which each table, key and entry of a list begins."""
    found: dict[_Place, int] = {}
    counts: dict[_Place, int] = {}
    table: _Place = ()
    entries: _Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _table(header[2].split("."), counts, is_new=header[1] == "[[")
            found[table], entries = number, table
        elif key := _KEY.match(line):
            entries = (*table, key[1])
            found[entries] = number
        elif _ENTRY.match(line):
            counts[entries] = counts.get(entries, -1) + 1
            found[*entries, counts[entries]] = number
    return found


def _table(names: list[str], counts: dict[_Place, int], *, is_new: bool) -> _Place:
    """Return the place of a table by its header, with the numbers of the lists it is in."""
    place: _Place = ()
    for depth, name in enumerate(names, 1):
        place = (*place, name)
        if is_new and depth == len(names):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place
