"""The shape of a form: its tables and columns, made from the models; ``templates/forms`` gives the words for them.

A field that has no words there yet still gets a column, with its name for a label and its docstring for a note. There
are two shapes: the form of a project, and that of a report.
"""

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, NamedTuple

from pydantic import Field as Limit

from ka2budget.files import SCHEMAS, TEMPLATES
from ka2budget.form.fields import Field, Kind, fields_of, maps_of, matrices_of, tables_of
from ka2budget.model import Count, Flag, Line, Model, Text
from ka2budget.project import Project
from ka2budget.report import Report

FORMS = TEMPLATES / "forms"
_WIDTHS = {"id": 8, "count": 10, "flag": 10, "date": 13, "money": 15, "quantity": 12, "share": 10, "country": 18}
_WIDTH = 24


class Said(Model):
    """What a form says of one field."""

    label: Line | None = None
    note: Text | None = None
    """What to enter, shown when a cell is chosen; without it the field's own description."""
    example: Line | int | Decimal | None = None
    width: Annotated[int, Limit(ge=4, le=120)] | None = None
    when: tuple[Line, ...] = ()
    """Facts of the call one of which has to hold for the column to be there; a column with values is always there."""
    given: Kind | None = None
    """For what is shown beside the fields and never read: what kind of value it is."""


class Worked(Model):
    """A column that is worked out: the fields whose product it is."""

    label: Line
    product: tuple[Line, ...]


class Words(Model):
    """What a form says of one table."""

    title: Annotated[str, Limit(max_length=31)]
    """Name of the sheet."""
    intro: Text
    when: tuple[Line, ...] = ()
    """Facts of the call one of which has to hold for the sheet to be there; one with values is always there."""
    spare: Count = 10
    """Empty rows below what is filled in."""
    portrait: Flag = False
    corner: Line | None = None
    """For amounts by partner: what stands above the names of the rows."""
    rows: Line | None = None
    """For amounts by partner: what the second column is."""
    rows_are_partners: Flag = False
    """For amounts by partner: whether the partners are its rows; else its columns."""
    worked: Worked | None = None
    sums: tuple[Line, ...] = ()
    """Fields whose sum stands above the labels."""
    fixed: tuple[Line, ...] = ()
    """Fields that are closed in a row that shows something given; such a row is read where others are filled in."""
    columns: dict[str, Said] = Limit(default_factory=dict)


class File(Model):
    """The content of a file of words."""

    title: Line
    how: tuple[Line, ...]
    """How to fill the form, one sentence a line."""
    part: Line | None = None
    """What the form of one partner says beside."""
    part_list: Line | None = None
    """What it says on each list of rows by partner."""
    needed: tuple[Line, ...] = ()
    """Tables without which a form that came back is not complete."""
    tables: dict[str, Words]


class Column(NamedTuple):
    """One column: the field, and what the form says of it."""

    field: Field
    label: str
    example: str | None
    width: int
    when: tuple[str, ...]
    note: str | None
    is_given: bool = False
    """Whether it is shown and never read."""


class Table(NamedTuple):
    """One list of what the form holds, on one sheet."""

    name: str
    """Name of the field that holds it; of amounts by partner and of numbers by key with what they are part of."""
    model: type[Model]
    parent: str | None
    """The list whose rows its rows are part of: the first column names the row."""
    is_part_only: bool
    """Whether every row is part of another; else it may stand alone."""
    columns: tuple[Column, ...]
    words: Words

    @property
    def is_matrix(self) -> bool:
        """Whether it holds amounts by partner."""
        return self.words.corner is not None

    @property
    def is_map(self) -> bool:
        """Whether it holds numbers by key."""
        return "." in self.name and not self.is_matrix


class Shape(NamedTuple):
    """One kind of form."""

    name: str
    """Name of the table with what is said of the whole, on the first sheet."""
    model: type[Model]
    """What a form of this kind holds."""
    words: File
    tables: Mapping[str, Table]
    """All tables, in the order of the sheets."""


PROJECT = "project"
REPORT = "report"
PARTNERS = "partners"
OF_CALL = "of_call"
"""What the form of a report shows of its project's call."""
SHAPES: dict[str, type[Model]] = {PROJECT: Project, REPORT: Report}
"""What forms there are, each with the model it holds."""


@cache
def shape(name: str) -> Shape:
    """Return one kind of form."""
    return Shape(name, SHAPES[name], _words(name), _tables(name))


def tables() -> Mapping[str, Table]:
    """Return all tables of the form of a project, in the order of its sheets."""
    return shape(PROJECT).tables


def declared(model: type[Model]) -> type[Model]:
    """Return the model a form is for, where this one only says beside how it was filled in; else the model itself."""
    return next((one for one in SHAPES.values() if issubclass(model, one)), model)


def parent_field(table: Table) -> str:
    """Return the name of the column that names what a row is part of: ``work_package`` for ``work_packages``."""
    return (table.parent or "").removesuffix("s")


@cache
def _words(name: str) -> File:
    return File.model_validate(tomllib.loads((FORMS / f"{name}.toml").read_text(encoding="utf-8"), parse_float=Decimal))


def _tables(shape_name: str) -> dict[str, Table]:
    content, words = SHAPES[shape_name], _words(shape_name)
    found: dict[str, Table] = {shape_name: _table(shape_name, shape_name, content, None, is_part_only=False)}
    top = tables_of(content)
    for name, model in top.items():
        nested = {inner: (name, kind) for name, kind_ in top.items() for inner, kind in tables_of(kind_).items()}
        parent = nested[name][0] if name in nested else None
        found[name] = _table(shape_name, name, model, parent, is_part_only=False)
    for name, model in top.items():
        for inner, kind in tables_of(model).items():
            if inner not in found:
                found[inner] = _table(shape_name, inner, kind, name, is_part_only=True)
    for name, table in list(found.items()):
        for matrix in matrices_of(table.model):
            found[f"{name}.{matrix}"] = _matrix(shape_name, f"{name}.{matrix}", table.model, name)
    for name, entry in maps_of(content).items():
        said = _said(shape_name, name)
        found[name] = Table(name, content, None, is_part_only=False, columns=_columns(entry, said), words=said)
    order = list(words.tables)
    return {name: found[name] for name in sorted(found, key=lambda one: order.index(one) if one in order else 99)}


def _table(shape_name: str, name: str, model: type[Model], parent: str | None, *, is_part_only: bool) -> Table:
    said = _said(shape_name, name)
    if shape_name != PROJECT and name in tables() and tables()[name].model is model:
        said = _with_words_of(tables()[name].words, said)
    fields = tuple(fields_of(model).values())
    if parent is not None:
        fields = (Field(parent.removesuffix("s"), "id", is_part_only), *fields)
    return Table(name, model, parent, is_part_only, _columns(fields, said), said)


def _matrix(shape_name: str, name: str, model: type[Model], parent: str) -> Table:
    said = _said(shape_name, name)
    said = said if said.corner is not None else said.model_copy(update={"corner": said.title})
    return Table(name, model, parent, is_part_only=True, columns=(), words=said)


def _said(shape_name: str, name: str) -> Words:
    title = name.replace("_", " ").replace(".", " ").capitalize()
    return _words(shape_name).tables.get(name) or Words(title=title, intro=f"{title}.")


def _with_words_of(others: Words, said: Words) -> Words:
    """Return the words of a table with those that the form of a project has for the same fields."""
    columns = {
        name: others.columns[name].model_copy(update=one.model_dump(exclude_unset=True))
        if name in others.columns
        else one
        for name, one in said.columns.items()
    }
    return said.model_copy(update={"columns": columns | {n: s for n, s in others.columns.items() if n not in columns}})


def _columns(fields: tuple[Field, ...], said: Words) -> tuple[Column, ...]:
    """Return the columns of fields and of what is given beside, in the order of the words."""
    by_name = {field.name: field for field in fields}
    given = {
        name: Field(name, one.given, required=False) for name, one in said.columns.items() if one.given is not None
    }
    order = [name for name in said.columns if name in by_name or name in given]
    order += [name for name in by_name if name not in said.columns]
    return tuple(
        _column(given.get(name) or by_name[name], said.columns.get(name, Said()), is_given=name in given)
        for name in order
    )


def _column(field: Field, said: Said, *, is_given: bool) -> Column:
    label = said.label or field.name.replace("_", " ").replace(".", " ").capitalize()
    example = None if said.example is None else str(said.example)
    width = said.width or _WIDTHS.get(field.kind, _WIDTH)
    return Column(field, label, example, width, said.when, said.note, is_given)


@cache
def notes(shape_name: str) -> dict[tuple[str, str], str]:
    """Return the descriptions of all fields, by model and name, as the published schema has them."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{shape_name}.schema.json").read_text(encoding="utf-8"))
    described = schema["$defs"] | {SHAPES[shape_name].__name__: schema}
    return {
        (model, name): field["description"]
        for model, table in described.items()
        for name, field in table.get("properties", {}).items()
        if "description" in field
    }
