"""A project's cost lines as the official table has room for them: one row per category, five kinds of staff.

Nothing is lost in money: what had to be joined comes to the same cents, and is told. Values in, values out.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ka2budget.money import ZERO, cents, total
from ka2budget.official.table import Slot
from ka2budget.project import Category, CostLine, Depreciation, Project
from ka2budget.text import Phrase, Word, phrase

_MILLIONTH = Decimal("0.000001")
_OTHERS = "Other"  # the row of several kinds of staff, in the language of the table
_PERSONNEL = frozenset(
    {
        Category.EMPLOYEES, Category.NATURAL_PERSONS, Category.SECONDED_PERSONS, Category.SME_OWNERS,
        Category.VOLUNTEERS,
    }
)  # fmt: skip
"""The categories whose units the table adds up as person-months."""

HEADINGS: Mapping[Category, str] = {
    Category.EMPLOYEES: "A.1 Employees",
    Category.NATURAL_PERSONS: "A.2 Natural persons",
    Category.SECONDED_PERSONS: "A.3 Seconded persons",
    Category.SME_OWNERS: "A.4 SME owners",
    Category.VOLUNTEERS: "A.5 Volunteers",
    Category.SUBCONTRACTING: "B. Subcontracting",
    Category.TRAVEL: "C.1 Travel",
    Category.ACCOMMODATION: "C.1 Accommodation",
    Category.SUBSISTENCE: "C.1 Subsistence",
    Category.EQUIPMENT: "C.2 Equipment",
    Category.CONSUMABLES: "C.3 Consumables",
    Category.MEETINGS: "C.3 Meetings",
    Category.COMMUNICATION: "C.3 Communication",
    Category.WEBSITE: "C.3 Website",
    Category.ARTISTIC_FEES: "C.3 Artistic fees",
    Category.OTHER_GOODS: "C.3 Other",
    Category.THIRD_PARTIES: "D.1 Support to third parties",
}
"""How a comment names the row it is about; the table is in English, whatever the language of its reader."""


class Amount(NamedTuple):
    """What one row of the table holds."""

    units: Decimal
    unit_cost: Decimal


class Remark(NamedTuple):
    """A comment about one row: the beneficiary and the work package by id, the row, and what is to be said."""

    beneficiary: str
    work_package: str
    category: Category
    text: str

    def __str__(self) -> str:
        """Return the comment as the table shows it."""
        return f"{HEADINGS[self.category]}: {self.text}"


class Costs(NamedTuple):
    """A project in the form of the table: amounts by beneficiary, work package and row."""

    rows: Mapping[tuple[str, str, Slot], Amount]
    staff: tuple[str | None, ...]
    """The kinds of staff, up to the number of rows there are for them."""
    depreciation: tuple[tuple[str, str, Depreciation], ...]
    """Equipment by use, with beneficiary and work package."""
    remarks: tuple[Remark, ...]
    notices: tuple[Phrase, ...]
    """What was joined or left out, in sentences."""

    def has(self, beneficiary: str) -> bool:
        """Return whether the beneficiary has costs above nothing."""
        return any(cents(one.units * one.unit_cost) for (name, _, _), one in self.rows.items() if name == beneficiary)


def costs_of(project: Project, staff_rows: int) -> Costs:
    """Return the costs of a project as the table takes them, with so many rows for kinds of staff."""
    places, staff, moved = _staff(project, staff_rows)
    rows: dict[tuple[str, str, Slot], Amount] = {}
    remarks: list[Remark] = []
    depreciation: list[tuple[str, str, Depreciation]] = []
    notices = [*_about_staff(moved), *_left_out(project)]
    for name, group in project.beneficiaries.items():
        affiliated = {one.id: one.name for one in group[1:]}
        members = {name, *affiliated}
        for package in project.work_packages:
            by_use = [one for one in package.depreciation if one.partner in members]
            depreciation += [(name, package.id, one) for one in by_use]
            lines = [line for line in package.costs if line.partner in members] + [_as_typed(one) for one in by_use]
            for slot, joined in _by_row(lines, places).items():
                rows[name, package.id, slot], told = _joined(slot[0], joined)
                if told:
                    place = (name, package.id, HEADINGS[slot[0]])
                    notices.append(phrase("{place}: {notice}", place=place, notice=told))
                if text := _text(joined, affiliated, moved):
                    remarks.append(Remark(name, package.id, slot[0], text))
        if affiliated:
            notices.append(
                phrase(
                    "{beneficiary}: the table has no columns for affiliated entities, so the costs of {entities} stand"
                    " with those of {name} and are named in the comments; indirect costs are rounded for all of them"
                    " together, which can differ by cents.",
                    beneficiary=name, entities=tuple(affiliated.values()), name=group[0].name,
                )
            )  # fmt: skip
    return Costs(rows, staff, tuple(depreciation), tuple(remarks), tuple(notices))


def plain(number: Decimal) -> str:
    """Return a number as short as it can be written, with commas between thousands."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _staff(
    project: Project, room: int
) -> tuple[Mapping[str | None, int], tuple[str | None, ...], tuple[str | None, ...]]:
    """Return the row of each kind of staff, the names of the rows, and the kinds that have to share the last one."""
    amounts: dict[str | None, Decimal] = {}
    for package in project.work_packages:
        for line in package.costs:
            if line.category is Category.EMPLOYEES:
                amounts[line.label] = amounts.get(line.label, ZERO) + line.amount
    kinds = tuple(amounts)
    if len(kinds) <= room:
        return {kind: place for place, kind in enumerate(kinds)}, kinds, ()
    largest = sorted(kinds, key=lambda kind: -amounts[kind])[: room - 1]
    kept = tuple(kind for kind in kinds if kind in largest)
    moved = tuple(kind for kind in kinds if kind not in largest)
    places = {kind: place for place, kind in enumerate(kept)} | dict.fromkeys(moved, room - 1)
    return places, (*kept, _OTHERS), moved


def _about_staff(moved: Sequence[str | None]) -> Iterator[Phrase]:
    if moved:
        yield phrase(
            "The table has no row of its own for every kind of staff; under {row} stand: {kinds}.",
            row=_OTHERS, kinds=tuple(kind or Word("staff without a label") for kind in moved),
        )  # fmt: skip


def _left_out(project: Project) -> Iterator[Phrase]:
    members = {one.id for group in project.beneficiaries.values() for one in group}
    lines = [line for package in project.work_packages for line in package.cost_lines if line.partner not in members]
    for name in dict.fromkeys(line.partner for line in lines):
        amount = total(line.amount for line in lines if line.partner == name)
        yield phrase("{partner} is no beneficiary, so its costs of {amount} are left out.", partner=name, amount=amount)


def _as_typed(one: Depreciation) -> CostLine:
    """Return equipment by use as it is typed by hand into the row of equipment: one unit of the rounded amount."""
    return one.line.model_copy(update={"label": None, "unit_cost": one.line.amount})


def _by_row(lines: Sequence[CostLine], places: Mapping[str | None, int]) -> dict[Slot, list[CostLine]]:
    rows: dict[Slot, list[CostLine]] = {}
    for line in lines:
        place = places[line.label] if line.category is Category.EMPLOYEES else 0
        rows.setdefault((line.category, place), []).append(line)
    return rows


def _joined(category: Category, lines: Sequence[CostLine]) -> tuple[Amount, Phrase | None]:
    """Return one row that comes to the same cents as the lines, and what was done where it does not show it."""
    first, amount = lines[0], total(line.amount for line in lines)
    if len(lines) == 1:
        return Amount(first.units, first.unit_cost), None
    units = sum((line.units for line in lines), Decimal(0))
    if {line.unit_cost for line in lines} == {first.unit_cost} and cents(units * first.unit_cost) == amount:
        return Amount(units, first.unit_cost), None
    if category in _PERSONNEL and units:
        average = (amount / units).quantize(_MILLIONTH)
        if cents(units * average) == amount:
            told = phrase("{count} lines stand in one row, at their average cost per unit.", count=len(lines))
            return Amount(units, average), told
    told = phrase(
        "{count} lines stand in one row, as 1 unit of {amount}; its person-months are no longer those of the project."
        if category in _PERSONNEL
        else "{count} lines stand in one row, as 1 unit of {amount}.",
        count=len(lines), amount=amount,
    )  # fmt: skip
    return Amount(Decimal(1), amount), told


def _text(lines: Sequence[CostLine], affiliated: Mapping[str, str], moved: Sequence[str | None]) -> str:
    """Return what a comment has to say of a row: what its lines are for, and which are of affiliated entities."""
    parts = []
    for line in lines:
        label = line.label
        if line.category is Category.EMPLOYEES and label not in moved and line.partner not in affiliated:
            continue  # its label is the name of the row
        words = ": ".join(word for word in (affiliated.get(line.partner), label) if word)
        if words:
            alone = len(lines) == 1
            parts.append(words if alone else f"{words} ({plain(line.units)} x {plain(line.unit_cost)} EUR)")
    return "; ".join(parts)
