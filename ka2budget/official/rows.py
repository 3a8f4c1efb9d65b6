"""The rows of costs of a filled table as a project's lines will hold them, with labels, and equipment by use apart."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ka2budget.money import cents, total
from ka2budget.official import table
from ka2budget.official.costs import HEADINGS
from ka2budget.official.notes import Comment, Equipment
from ka2budget.official.recognise import Official
from ka2budget.official.table import Slot
from ka2budget.official.typed import LONGEST_LINE, MILLIONTH, Typed
from ka2budget.project import Category
from ka2budget.text import phrase

_DETAILED = frozenset({Category.SUBCONTRACTING, Category.OTHER_GOODS})
"""The categories whose details the table asks for in a comment."""

Where = tuple[Decimal, int, Slot]
"""Participant, work package and row."""


class Row(NamedTuple):
    """One row of costs, as a line of the project will hold it."""

    units: Decimal
    unit_cost: Decimal
    label: str | None = None

    @property
    def amount(self) -> Decimal:
        """Units times the cost of one, as the table rounds it, in EUR."""
        return cents(self.units * self.unit_cost)


def rows_of(official: Official, typed: Typed) -> dict[Where, Row]:
    """Return the filled rows; those of employees are labelled with their kind of staff."""
    rows = {}
    for one in official.participants:
        form = official.forms[one.sheet]
        columns = form.columns[one.number]
        for (package, slot), row in form.rows.items():
            cells = [f"{column}{row}" for column in columns]
            units, unit_cost = (typed.number(one.sheet, cell) for cell in cells)
            if unit_cost and not units:
                place = f"{one.sheet}!{cells[0]}"
                typed.notices.append(phrase("{place}: a cost per unit has no units; it counts nothing.", place=place))
            if not units:
                continue
            place = f"{one.sheet}!{cells[1]}"
            if not unit_cost:
                typed.notices.append(phrase("{place}: the units have no cost; they cost nothing.", place=place))
            rows[one.number, package, slot] = _short(typed, place, units, unit_cost or Decimal(0))
    names = [typed.words(official.book.names[name].sheet, official.book.names[name].cell) for name in table.STAFF]
    for (number, package, slot), one_row in rows.items():
        name = names[slot[1]][:LONGEST_LINE] if slot[0] is Category.EMPLOYEES else ""
        if name and name != f"{table.NO_KIND} {slot[1] + 1}":
            rows[number, package, slot] = one_row._replace(label=name)
    return rows


def _short(typed: Typed, place: str, units: Decimal, unit_cost: Decimal) -> Row:
    """Return a row with at most six decimals, as a project holds them, that comes to the same cents."""
    exact = Row(units, unit_cost)
    row = Row(units.quantize(MILLIONTH).normalize(), unit_cost.quantize(MILLIONTH).normalize())
    if row.amount == exact.amount:
        return row
    typed.notices.append(
        phrase(
            "{place}: more than six decimals matter here; the row is taken as 1 unit of {amount}.",
            place=place, amount=exact.amount,
        )
    )  # fmt: skip
    return Row(Decimal(1), exact.amount)


def compare_with_results(official: Official, typed: Typed, rows: Mapping[Where, Row]) -> None:
    """Note where the table says something else than its cells come to: then a formula was written over."""
    sheet = official.book[table.BUDGET]
    marks = sheet.row(table.BUDGET_MARKS)
    column = next((name for name, cell in marks.items() if cell.value == table.DIRECT), None)
    ids = {cell.value: row for row, cell in sheet.column(table.SUMMARY_IDS).items()}
    for one in official.participants:
        said = sheet[f"{column}{ids[one.number]}"].value if column and one.number in ids else None
        amount = total(row.amount for (number, _, _), row in rows.items() if number == one.number)
        if isinstance(said, Decimal) and cents(said) != amount:
            typed.notices.append(
                phrase(
                    "{place}: the direct costs were {said} when the workbook was saved; its cells come to {amount},"
                    " which counts.",
                    place=f"{table.BUDGET}!{column}{ids[one.number]}", said=said, amount=amount,
                )
            )  # fmt: skip


def within_equipment(typed: Typed, rows: dict[Where, Row], equipment: Sequence[Equipment]) -> list[Equipment]:
    """Return the equipment by use that the rows of equipment contain, and take it out of them, since it counts once."""
    taken = []
    for participant, package in dict.fromkeys((one.participant, one.work_package) for one in equipment):
        listed = [one for one in equipment if (one.participant, one.work_package) == (participant, package)]
        where = (participant, package, (Category.EQUIPMENT, 0))
        by_use, typed_in = total(one.line.line.amount for one in listed), rows.get(where, Row(Decimal(0), Decimal(0)))
        if typed_in.amount < by_use:
            typed.notices.append(
                phrase(
                    "{place}: {row} has {amount}, less than the {by_use} of the sheet {sheet}; the former counts, the"
                    " latter is left out.",
                    place=(id_of(participant), f"WP {package:03d}"), row=HEADINGS[Category.EQUIPMENT],
                    amount=typed_in.amount, by_use=by_use, sheet=table.DEPRECIATION,
                )
            )  # fmt: skip
            continue
        taken += listed
        rest = typed_in.amount - by_use
        rows.pop(where, None)
        if rest:
            rows[where] = Row(Decimal(1), rest)
    return taken


def label(typed: Typed, rows: dict[Where, Row], comments: Iterable[Comment]) -> None:
    """Give rows the labels that comments hold for them; other comments are told, since a project has no place."""
    for one in comments:
        last_of_staff = len(table.STAFF) - 1
        found = [
            where
            for where, row in rows.items()
            if where[:2] == (one.participant, one.work_package)
            and (where[2][0] is one.category if one.category else where[2][0] in _DETAILED)
            and (row.label is None or where[2] == (Category.EMPLOYEES, last_of_staff))
        ]
        if len(found) == 1 and len(one.text) <= LONGEST_LINE:
            rows[found[0]] = rows[found[0]]._replace(label=one.text)
        else:
            about = [id_of(one.participant)] if one.participant is not None else []
            about += [f"WP {one.work_package:03d}"] if one.work_package is not None else []
            heading = f"{HEADINGS[one.category]}: " if one.category else ""
            place = f"{table.COMMENTS}!{one.cell}" + (f" ({', '.join(about)})" if about else "")
            typed.notices.append(phrase("{place}: {comment}", place=place, comment=f"{heading}{one.text}"))


def id_of(number: Decimal) -> str:
    """Return the id the table gives a participant, such as BE 001 / AE 002."""
    main, rest = divmod(number, 1)
    return f"BE {int(main):03d}" + (f" / AE {int(rest * 100):03d}" if rest else "")
