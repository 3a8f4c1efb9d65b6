"""The shape of a form: its tables and columns, made from the models; ``templates/forms`` gives the words for them.

A field that has no words there yet still gets a column, with its name for a label and its docstring for a note.
"""

import json
import tomllib
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, NamedTuple

from pydantic import Field as Limit

from ka2budget.files import SCHEMAS, TEMPLATES
from ka2budget.form.fields import Field, fields_of, matrices_of, tables_of
from ka2budget.model import Count, Flag, Line, Model, Text
from ka2budget.project import Project

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
    columns: dict[str, Said] = Limit(default_factory=dict)


class File(Model):
    """The content of a file of words."""

    title: Line
    how: tuple[Line, ...]
    """How to fill the form, one sentence a line."""
    part: Line
    """What the form of one partner says beside."""
    part_list: Line
    """What it says on each list of rows by partner."""
    tables: dict[str, Words]


class Column(NamedTuple):
    """One column: the field, and what the form says of it."""

    field: Field
    label: str
    example: str | None
    width: int
    when: tuple[str, ...]
    note: str | None


class Table(NamedTuple):
    """One list of the project, on one sheet."""

    name: str
    """Name of the field that holds it; of amounts by partner, with the list they are part of."""
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


PROJECT = "project"
PARTNERS = "partners"


@cache
def words() -> File:
    """Return the words of the form."""
    return File.model_validate(tomllib.loads((FORMS / "project.toml").read_text(encoding="utf-8"), parse_float=Decimal))


@cache
def tables() -> dict[str, Table]:
    """Return all tables of a form, in the order of its sheets."""
    found: dict[str, Table] = {PROJECT: _table(PROJECT, Project, None, is_part_only=False)}
    top = tables_of(Project)
    for name, model in top.items():
        nested = {inner: (name, kind) for name, kind_ in top.items() for inner, kind in tables_of(kind_).items()}
        parent = nested[name][0] if name in nested else None
        found[name] = _table(name, model, parent, is_part_only=False)
    for name, model in top.items():
        for inner, kind in tables_of(model).items():
            found.setdefault(inner, _table(inner, kind, name, is_part_only=True))
    for name, table in list(found.items()):
        for matrix in matrices_of(table.model):
            found[f"{name}.{matrix}"] = _table(f"{name}.{matrix}", table.model, name, is_part_only=True)
    order = list(words().tables)
    return {name: found[name] for name in sorted(found, key=lambda one: order.index(one) if one in order else 99)}


def parent_field(table: Table) -> str:
    """Return the name of the column that names what a row is part of: ``work_package`` for ``work_packages``."""
    return (table.parent or "").removesuffix("s")


def _table(name: str, model: type[Model], parent: str | None, *, is_part_only: bool) -> Table:
    title = name.replace("_", " ").replace(".", " ").capitalize()
    said = words().tables.get(name) or Words(title=title, intro=f"{title}.")
    columns: list[Column] = []
    if "." not in name:
        fields = list(fields_of(model).values())
        if parent is not None:
            fields = [Field(parent.removesuffix("s"), "id", is_part_only), *fields]
        columns = [_column(field, said.columns.get(field.name, Said())) for field in fields]
    elif said.corner is None:
        said = said.model_copy(update={"corner": title})
    return Table(name, model, parent, is_part_only, tuple(columns), said)


def _column(field: Field, said: Said) -> Column:
    label = said.label or field.name.replace("_", " ").capitalize()
    example = None if said.example is None else str(said.example)
    return Column(field, label, example, said.width or _WIDTHS.get(field.kind, _WIDTH), said.when, said.note)


@cache
def notes() -> dict[tuple[str, str], str]:
    """Return the descriptions of all fields, by model and name, as the published schema has them."""
    schema: dict[str, Any] = json.loads((SCHEMAS / "project.schema.json").read_text(encoding="utf-8"))
    described = schema["$defs"] | {"Project": schema}
    return {
        (model, name): field["description"]
        for model, table in described.items()
        for name, field in table.get("properties", {}).items()
        if "description" in field
    }
