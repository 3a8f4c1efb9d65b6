"""The project that something typed makes; what cannot be understood stays where it was typed, with a sentence."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from ka2budget import document
from ka2budget.errors import Problem, Unreadable
from ka2budget.form.fields import Field, fields_of, matrices_of, tables_of
from ka2budget.form.keys import Keys, keys_of
from ka2budget.form.sheets import Cell
from ka2budget.form.values import Doubtful, value_of
from ka2budget.model import Model
from ka2budget.project import Project
from ka2budget.text import Phrase, phrase
from ka2budget.web.pages.typed import Texts

NEEDED = phrase("is needed")
_NAME = Path("budget.toml")
_TRIES = 3
_ENOUGH: dict[str, Any] = {"line": "?", "id": "P1", "country": "BE", "count": 12, "date": date(2026, 1, 1)}
"""What stands in for something that has to be there, so that sums can be worked out before it is."""


class Taken(NamedTuple):
    """What was made of something typed."""

    project: Project | None
    """The project; where there are problems, of what could be understood, for sums alone; else None."""
    problems: Mapping[str, tuple[Phrase, ...]]
    """What cannot be understood or is missing, by JSON pointer."""


def take(texts: Texts) -> Taken:
    """Return the project that something typed makes, with everything that cannot be understood or is missing."""
    call = texts.get("call", "")
    keys = keys_of(texts.get("action"), int(call) if str(call).isdecimal() else None)
    reading = _Reading(keys)
    tables, failed = reading.values(texts, Project, ""), reading.failed
    for problem in _problems(tables):
        where = problem.pointer or ""
        if where not in failed:
            failed[where] = [NEEDED if _lacks(tables, where) else _said(problem)]
    project = _standing_in(tables) if failed else document.from_tables(tables, _NAME, Project)
    return Taken(project, {where: tuple(said) for where, said in failed.items()})


def _said(problem: Problem) -> Phrase:
    said = problem.message
    return said if isinstance(said, Phrase) else phrase("{reason}", reason=said)


class _Reading:
    """The reading of what was typed, with the sentences about what cannot be understood."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.failed: dict[str, list[Phrase]] = {}

    def values(self, texts: Texts, model: type[Model], where: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        fields, inner = fields_of(model), tables_of(model)
        for name, said in texts.items():
            place = f"{where}/{name}"
            if name in inner:
                found[name] = [self.values(row, inner[name], f"{place}/{number}") for number, row in enumerate(said)]
            elif name in matrices_of(model):
                amounts = ((key, Field(key, "money", required=True), text) for key, text in said.items())
                found[name] = self._row(amounts, place)
            elif name in fields:
                found |= self._row([(name, fields[name], said)], where)
        return found

    def _row(self, entries: Iterable[tuple[str, Field, str]], where: str) -> dict[str, Any]:
        found = {}
        for name, field, text in entries:
            try:
                found[name] = value_of(Cell(text), field, self.keys)
            except Doubtful as doubt:
                self.failed[f"{where}/{name}"] = [doubt.remark]
            except ValueError as error:
                self.failed[f"{where}/{name}"] = [error.args[0]]
        return {name: value for name, value in found.items() if value is not None}


def _problems(tables: Mapping[str, Any]) -> tuple[Problem, ...]:
    try:
        document.from_tables(tables, _NAME, Project)
    except Unreadable as refusal:
        return refusal.problems
    return ()


def _lacks(tables: Any, where: str) -> bool:  # noqa: ANN401 - a table, or what is in it
    for name in where.split("/")[1:]:
        if isinstance(tables, list):
            if not name.isdecimal() or int(name) >= len(tables):
                return True
            tables = tables[int(name)]
        elif name in tables:
            tables = tables[name]
        else:
            return True
    return False


def _standing_in(tables: dict[str, Any]) -> Project | None:
    """Return a project of what can be understood, with something in place of what has to be there, for its sums."""
    for _ in range(_TRIES):
        problems = _problems(tables)
        if not problems:
            return document.from_tables(tables, _NAME, Project)
        for problem in problems:
            _stand_in(tables, (problem.pointer or "").split("/")[1:])
    return None


def _stand_in(tables: Any, way: list[str]) -> None:  # noqa: ANN401 - a table, or what is in it
    node: Any = tables
    model: type[Model] = Project
    while len(way) > 1:
        name = way[0]
        if isinstance(node, dict) and name in tables_of(model) and way[1].isdecimal():
            model = tables_of(model)[name]
            node, way = node[name][int(way[1])], way[2:]
        elif isinstance(node, dict) and isinstance(node.get(name), dict):
            node[name].pop(way[1], None)
            return
        else:
            break
    if not way or not isinstance(node, dict):
        return
    field = fields_of(model).get(way[0])
    if field is not None and field.required:
        node[way[0]] = _ENOUGH.get(field.kind, 0)
    elif way[0] == "partners":
        node["partners"] = [{"id": "P1", "name": "?", "country": "BE"}]
    else:
        node.pop(way[0], None)
