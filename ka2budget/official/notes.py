"""The two lists of a table beside its costs, as they were filled: Depreciation Costs and Any comments."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from ka2budget.money import cents
from ka2budget.official import table
from ka2budget.official.costs import HEADINGS
from ka2budget.official.recognise import Official
from ka2budget.official.typed import LONGEST_LINE, LONGEST_TEXT, MILLIONTH, Typed
from ka2budget.project import Category, Depreciation
from ka2budget.text import phrase


class Equipment(NamedTuple):
    """One filled row of Depreciation Costs."""

    participant: Decimal
    work_package: int
    line: Depreciation


class Comment(NamedTuple):
    """One comment; its category where it begins with the name of one."""

    cell: str
    participant: Decimal | None
    work_package: int | None
    category: Category | None
    text: str


def equipment_of(official: Official, typed: Typed) -> Iterator[Equipment]:
    """Yield the equipment by use; rows that cannot be taken are noted as problems. The partner's id stays open."""
    known = {one.number for one in official.participants}
    sheet = table.DEPRECIATION
    for row in official.note_rows(sheet):
        if not any(typed.words(sheet, f"{column}{row}") for column in table.DEPRECIATION_COLUMNS):
            continue
        participant, package = typed.participant(sheet, f"A{row}"), typed.participant(sheet, f"C{row}")
        if participant not in known:
            typed.problem(sheet, f"A{row}", phrase("names no beneficiary of the list, such as BE 001"))
        if package not in official.work_packages:
            typed.problem(sheet, f"C{row}", phrase("names no work package of the list, such as WP 001"))
        cost = typed.number(sheet, f"H{row}")
        shares = [typed.number(sheet, f"{column}{row}", 1) for column in "IJ"]
        for column, value in zip("HIJ", (cost, *shares), strict=True):
            if value is None and not typed.book[sheet][f"{column}{row}"].value:
                typed.problem(sheet, f"{column}{row}", phrase("is empty; price and both shares are needed"))
        use, lifetime = shares
        if participant is None or package is None or cost is None or use is None or lifetime is None:
            continue
        line = Depreciation.model_construct(
            partner=f"{participant}",
            label=typed.words(sheet, f"F{row}")[:LONGEST_LINE] or "Equipment",
            purchased=typed.day(sheet, f"G{row}"),
            purchase_cost=cents(cost),
            project_use=use.quantize(MILLIONTH).normalize(),
            lifetime_use=lifetime.quantize(MILLIONTH).normalize(),
            justification=typed.text(sheet, f"L{row}")[:LONGEST_TEXT] or None,
        )
        yield Equipment(participant, int(package), line)


def comments_of(official: Official, typed: Typed) -> Iterator[Comment]:
    """Yield the comments, one for each line of a cell."""
    sheet = table.COMMENTS
    headings = {heading: category for category, heading in HEADINGS.items()}
    for row in official.note_rows(sheet):
        package = typed.participant(sheet, f"C{row}")
        for line in typed.text(sheet, f"D{row}").splitlines():
            heading, found, rest = line.partition(": ")
            category = headings.get(heading) if found else None
            yield Comment(
                f"D{row}",
                typed.participant(sheet, f"B{row}"),
                None if package is None else int(package),
                category,
                rest if category else line,
            )
