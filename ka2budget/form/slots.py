"""A project as the places that people change one by one, so that two versions can be compared and put together."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import inf
from typing import Any, NamedTuple

from ka2budget.form.fields import fields_of, matrices_of, tables_of
from ka2budget.form.flat import Row, said
from ka2budget.form.shape import PARTNERS, PROJECT, parent_field, tables
from ka2budget.model import Model
from ka2budget.project import Project

IS_THERE = ""
"""The field that says that a row is there at all."""


class Slot(NamedTuple):
    """One place: a field of a row that has an id, an amount of a partner, or all rows of a partner in a list."""

    table: str
    row: str
    """The id of the row; for rows without one that of the row they are part of, or nothing."""
    name: str
    """The field; for amounts and for rows without an id the partner."""

    @property
    def owner(self) -> str | None:
        """The partner whose own this is, or None where it is the coordinator's to say."""
        if self.table == PARTNERS:
            return self.row
        table = tables()[self.table]
        has_no_id = "id" not in table.model.model_fields and self.table != PROJECT
        return self.name if table.is_matrix or has_no_id else None


class Held(NamedTuple):
    """What a place holds, and where in the project that is, as a JSON pointer."""

    value: Any
    where: str

    def is_as(self, other: "Held | None") -> bool:
        """Return whether two versions of a place say the same."""
        return other is not None and _said(self.value) == _said(other.value)


Slots = Mapping[Slot, Held]


class ListRow(NamedTuple):
    """One row without an id, and where it stands."""

    values: Row
    where: str
    order: float
    """Where it stands among the rows of all partners."""


def slots_of(project: Project) -> dict[Slot, Held]:
    """Return every place of a project that holds something."""
    found: dict[Slot, Held] = {}
    for name, value in _values(project).items():
        found[Slot(PROJECT, "", name)] = Held(value, f"/{name}")
    for name in tables_of(Project):
        _add(found, name, getattr(project, name), None, f"/{name}")
    return found


def assembled(slots: Slots) -> dict[str, Any]:
    """Return the tables of a project file that the places make, rows in the order they come."""
    tables_: dict[str, Any] = {}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    parents: dict[tuple[str, str], Any] = {}
    for slot, held in slots.items():
        table = tables()[slot.table]
        if slot.table == PROJECT:
            tables_[slot.name] = held.value
        elif not table.is_matrix and "id" in table.model.model_fields:
            row = rows.setdefault((slot.table, slot.row), {"id": slot.row})
            if table.parent is not None and slot.name == parent_field(table):
                parents[slot.table, slot.row] = held.value
            elif slot.name != IS_THERE:
                row[slot.name] = held.value
    for (name, row_id), row in rows.items():
        parent = parents.get((name, row_id))
        home = tables_ if parent is None else rows.get((tables()[name].parent or "", parent), tables_)
        home.setdefault(name, []).append(row)
    _join(slots, rows, tables_)
    return tables_


def _join(slots: Slots, rows: Mapping[tuple[str, str], dict[str, Any]], top: dict[str, Any]) -> None:
    """Put amounts by partner, and rows without an id, into the rows they are part of."""
    lists: dict[tuple[str, str], list[ListRow]] = {}
    for slot, held in slots.items():
        table = tables()[slot.table]
        if table.is_matrix:
            list_name, _, field = slot.table.partition(".")
            rows.get((list_name, slot.row), {}).setdefault(field, {})[slot.name] = held.value
        elif slot.owner is not None and slot.table != PARTNERS:
            lists.setdefault((slot.table, slot.row), []).extend(held.value)
    for (name, parent_id), found in lists.items():
        parent_name = tables()[name].parent
        home = rows.get((parent_name, parent_id), {}) if parent_name else top
        home[name] = [one.values for one in sorted(found, key=lambda one: one.order)]


def placed(new: Held, old: Held | None) -> Held:
    """Return the rows of a list with their places among the others: where they stood, or behind the row before."""
    if not _is_list(new.value):
        return new
    left: list[ListRow] = list(old.value) if old is not None else []
    last = min((one.order for one in left), default=inf)
    rows = []
    for row in new.value:
        near = next((one for one in left if key_of(one.values) == key_of(row.values)), None)
        near = near or next((one for one in left if kin_of(one.values) == kin_of(row.values)), None)
        if near is not None:
            left.remove(near)
            last = near.order
        rows.append(row._replace(order=last))
    return Held(tuple(rows), new.where)


def key_of(row: Row) -> list[tuple[str, str]]:
    """Return what tells whether two rows say the same."""
    return sorted((name, said(value)) for name, value in row.items())


def kin_of(row: Row) -> tuple[str, ...]:
    """Return what tells whether two rows are about the same thing: the texts in them."""
    return tuple(str(row.get(name, "")) for name in ("heading", "category", "label", "kind", "profile"))


def amount_of(table: str, row: Row) -> Decimal | None:
    """Return what a row without an id comes to in EUR, where it says so."""
    worked = tables()[table].words.worked
    if worked is None:
        amount = row.get("amount", row.get("cost"))
        return amount if isinstance(amount, Decimal) else None
    product = Decimal(1)
    for name in worked.product:
        product *= row.get(name, Decimal(0))
    return product


def _add(found: dict[Slot, Held], name: str, items: Iterable[Model], parent: str | None, where: str) -> None:
    table = tables()[name]
    lists: dict[Slot, list[ListRow]] = {}
    for number, item in enumerate(items):
        at, values = f"{where}/{number}", _values(item)
        if "id" not in values:
            slot = Slot(name, parent or "", str(values.get("partner", "")))
            lists.setdefault(slot, []).append(ListRow(values, at, number))
            continue
        row_id = str(values.pop("id"))
        found[Slot(name, row_id, IS_THERE)] = Held(True, at)  # noqa: FBT003 - it is there
        if parent is not None:
            found[Slot(name, row_id, parent_field(table))] = Held(parent, at)
        for field, value in values.items():
            found[Slot(name, row_id, field)] = Held(value, f"{at}/{field}")
        for matrix in matrices_of(type(item)):
            for who, amount in getattr(item, matrix).items():
                found[Slot(f"{name}.{matrix}", row_id, who)] = Held(amount, f"{at}/{matrix}/{who}")
        for inner in tables_of(type(item)):
            _add(found, inner, getattr(item, inner), row_id, f"{at}/{inner}")
    for slot, rows in lists.items():
        found[slot] = Held(tuple(rows), rows[0].where)


def _values(item: Model) -> Row:
    model = Project if isinstance(item, Project) else type(item)
    values = ((name, getattr(item, name)) for name in fields_of(model))
    return {name: value for name, value in values if value is not None and value is not False and value != ()}


def _said(value: Any) -> Any:  # noqa: ANN401
    return [key_of(row.values) for row in value] if _is_list(value) else said(value)


def _is_list(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], ListRow)
