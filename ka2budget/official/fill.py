"""Fill EACEA's Detailed Budget Table from a project; only its input cells are written, and what is unused is hidden.

What the summaries would turn into errors is kept from it as the table itself does for affiliated entities without
costs: by the hidden mark T in the list of beneficiaries. No formula, lock, list, style or part is lost.
Source: Detailed Budget Table (Erasmus lump sum II), version 4.4: Instructions, and the formulas of its summaries.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from ka2budget.errors import NotAllowed
from ka2budget.formulas import DetailedBudget
from ka2budget.official import table
from ka2budget.official.costs import Costs, costs_of
from ka2budget.official.fit import about_sum, about_workbook, demand_room
from ka2budget.official.recognise import Official, Participant, form_of_costs
from ka2budget.official.sheet import MOST_TEXT, Value, column_number
from ka2budget.project import Partner, Project
from ka2budget.rules import Rules
from ka2budget.text import Phrase, phrase

_NO_MAXIMUM = Decimal(0)  # what the table takes for no maximum
_WIDEST = 60  # characters of a column in the lists
_WIDE = 150  # characters on one line of a comment
_EQUIPMENT = "Equipment"  # of the table's own list of resource types


class _Seats(NamedTuple):
    """Who and what of the project stands where in the table."""

    beneficiaries: Mapping[str, Participant]
    work_packages: Mapping[str, int]


def fill(official: Official, project: Project, rules: Rules) -> tuple[bytes, tuple[Phrase, ...]]:
    """Return the filled workbook, and in sentences what was joined, moved or left out.

    What the workbook held before is replaced. Raises NotAllowed with every reason why the project does not fit.
    """
    price = rules.grant_heading.price
    if not isinstance(price, DetailedBudget):
        raise NotAllowed(
            "{title} ({action}), call {call}, is not budgeted by cost lines; EACEA's Detailed Budget Table is for those"
            " that are",
            title=rules.title,
            action=project.action,
            call=project.call,
        )
    costs = costs_of(project, len(table.STAFF))
    demand_room(official, project, costs, price)
    seats = _seats(official, project)
    notices = [*about_workbook(official, project, rules, price), *costs.notices, *about_sum(project, price)]
    _clear(official)
    _write_head(official, project, rules, price)
    notices += _write_lists(official, project, costs, seats)
    _write_costs(official, costs, seats)
    _write_depreciation(official, project, costs, seats)
    notices += _write_comments(official, costs, seats)
    _hide_unused(official, seats)
    for name in official.book.parts:
        if name != official.book.names[table.COUNTRIES].sheet:
            official.book[name].forget_results()
    official.book.calculate_on_opening()
    notices.append(phrase("The sums are computed when the workbook is opened; save it once before you upload it."))
    return official.book.bytes(), tuple(notices)


def _seats(official: Official, project: Project) -> _Seats:
    """Seat the coordinator first, then the others in their order."""
    first = project.coordinator
    names = sorted(project.beneficiaries, key=lambda name: first is None or name != first.id)
    packages = [package.id for package in project.work_packages]
    return _Seats(
        dict(zip(names, official.beneficiaries, strict=False)),
        dict(zip(packages, official.work_packages, strict=False)),
    )


def _clear(official: Official) -> None:
    """Empty every input cell, so that nothing of an earlier project is left."""
    book = official.book
    for one in official.participants:
        for column in table.LIST_COLUMNS:
            book[table.BENEFICIARIES].put(f"{column}{one.row}", None)
        form = official.forms[one.sheet]
        for row in form.rows.values():
            for column in form.columns[one.number]:
                book[one.sheet].put(f"{column}{row}", None)
    for row in official.work_packages.values():
        book[table.WORK_PACKAGES].put(f"{table.LIST_NAME}{row}", None)
    for sheet, columns in (
        (table.DEPRECIATION, table.DEPRECIATION_COLUMNS),
        (table.COMMENTS, table.COMMENT_COLUMNS),
    ):
        for row in official.note_rows(sheet):
            for column in columns:
                book[sheet].put(f"{column}{row}", None)
    for row in official.note_rows(table.COMMENTS):
        book[table.COMMENTS].heighten_row(row, 1)


def _write_head(official: Official, project: Project, rules: Rules, price: DetailedBudget) -> None:
    places = {name: official.book.names[name] for name in (table.ACRONYM, table.MAXIMUM, table.RATE)}
    sheet = official.book[places[table.ACRONYM].sheet]
    sheet.put(official.call_name.cell, f"{project.action}, call {project.call}: {rules.title}")
    sheet.put(places[table.ACRONYM].cell, project.acronym)
    sheet.put(places[table.MAXIMUM].cell, price.maximum(project.months) or _NO_MAXIMUM)
    sheet.put(places[table.RATE].cell, price.rate)


def _write_lists(official: Official, project: Project, costs: Costs, seats: _Seats) -> Iterator[Phrase]:
    book, countries = official.book, {entry.rstrip()[-3:-1]: entry for entry in official.countries()}
    partners: Mapping[str, Partner] = {partner.id: partner for partner in project.partners}
    taken = {seat: name for name, seat in seats.beneficiaries.items()}
    listed = book[table.BENEFICIARIES]
    for seat in official.beneficiaries:
        kind = table.WITHOUT_COSTS
        if name := taken.get(seat):
            partner, kind = partners[name], table.BENEFICIARY
            country = countries.get(partner.country)
            for column, text in zip(table.LIST_COLUMNS, (partner.name, partner.id, country), strict=True):
                listed.put(f"{column}{seat.row}", text)
                listed.widen_column(column, min(len(text or "") + 2, _WIDEST))
            if partner.country not in countries:
                yield phrase(
                    "{partner}: the table's list of countries has no {country}; the country is left empty.",
                    partner=name, country=partner.country,
                )  # fmt: skip
            if not costs.has(name):
                kind = table.WITHOUT_COSTS
                yield phrase(
                    "{partner} has no costs; it is marked so that the overview shows 0 for it instead of an error.",
                    partner=name,
                )
        if listed[f"{table.LIST_KIND}{seat.row}"].value != kind:
            listed.put(f"{table.LIST_KIND}{seat.row}", kind)
    for package in project.work_packages:
        row = official.work_packages[seats.work_packages[package.id]]
        book[table.WORK_PACKAGES].put(f"{table.LIST_NAME}{row}", package.title)
    for number, name in enumerate(table.STAFF):
        kind_of_staff = costs.staff[number] if number < len(costs.staff) else None
        place = book.names[name]
        book[place.sheet].put(place.cell, kind_of_staff or f"{table.NO_KIND} {number + 1}")


def _write_costs(official: Official, costs: Costs, seats: _Seats) -> None:
    for (name, package, slot), amount in costs.rows.items():
        seat = seats.beneficiaries[name]
        form = official.forms[seat.sheet]
        row, (units, unit_cost) = form.rows[seats.work_packages[package], slot], form.columns[seat.number]
        official.book[seat.sheet].put(f"{units}{row}", amount.units)
        official.book[seat.sheet].put(f"{unit_cost}{row}", amount.unit_cost)


def _write_depreciation(official: Official, project: Project, costs: Costs, seats: _Seats) -> None:
    partners = {partner.id: partner.name for partner in project.partners}
    packages = {package.id: package.title for package in project.work_packages}
    sheet = official.book[table.DEPRECIATION]
    rows = official.note_rows(table.DEPRECIATION)
    for row, (name, package, one) in zip(rows, costs.depreciation, strict=False):
        values: tuple[Value, ...] = (
            seats.beneficiaries[name].sheet, partners[one.partner], _package_id(seats, package), packages[package],
            _EQUIPMENT, one.label, one.purchased, one.purchase_cost, one.project_use, one.lifetime_use,
            one.justification,
        )  # fmt: skip
        for column, value in zip(table.DEPRECIATION_COLUMNS, values, strict=True):
            sheet.put(f"{column}{row}", value)


def _write_comments(official: Official, costs: Costs, seats: _Seats) -> Iterator[Phrase]:
    """Write one comment per row of costs; where there is not room for so many, one per beneficiary and work package."""
    sheet, rows = official.book[table.COMMENTS], official.note_rows(table.COMMENTS)
    comments = [(one.beneficiary, one.work_package, str(one)) for one in costs.remarks]
    if len(comments) > len(rows):
        together: dict[tuple[str, str], list[str]] = {}
        for name, package, text in comments:
            together.setdefault((name, package), []).append(text)
        comments = [(name, package, "\n".join(texts)) for (name, package), texts in together.items()]
    for number, (row, (name, package, text)) in enumerate(zip(rows, comments, strict=False), 1):
        values: tuple[Decimal | str, ...] = (
            Decimal(number),
            seats.beneficiaries[name].sheet,
            _package_id(seats, package),
            text,
        )
        for column, value in zip(table.COMMENT_COLUMNS, values, strict=True):
            sheet.put(f"{column}{row}", value)
        sheet.heighten_row(row, sum(len(line) // _WIDE + 1 for line in text.splitlines()))
        if len(text) > MOST_TEXT:
            place = (name, package)
            yield phrase("{place}: the comment is longer than a cell holds and was cut.", place=place)
    if len(comments) > len(rows):
        more = len(comments) - len(rows)
        yield phrase(
            "The sheet {sheet} has {rows} rows; 1 comment is left out."
            if more == 1
            else "The sheet {sheet} has {rows} rows; {more} comments are left out.",
            sheet=table.COMMENTS, rows=len(rows), more=more,
        )  # fmt: skip


def _package_id(seats: _Seats, package: str) -> str:
    return f"WP {seats.work_packages[package]:03d}"


def _hide_unused(official: Official, seats: _Seats) -> None:
    """Hide the sheets, rows and columns of beneficiaries and work packages that are not used, and show the others.

    What the agency's macros would take away is out of sight; its formulas stay, and come to nothing.
    """
    book, form = official.book, form_of_costs(official.book)
    used = set(seats.beneficiaries.values())
    for seat in official.beneficiaries:
        hidden = seat not in used
        book.hide(seat.sheet, hidden=hidden)
        book[table.BENEFICIARIES].hide_rows([seat.row], hidden=hidden)
        for name in (table.BUDGET, table.OVERVIEW, table.MONTHS):
            ids = book[name].column(table.SUMMARY_IDS)
            book[name].hide_rows([row for row, cell in ids.items() if cell.value == seat.number], hidden=hidden)
        if seat.number in form.columns:
            first = column_number(form.columns[seat.number][0])
            book[table.COSTS].hide_columns(first, first + table.COLUMNS_OF_ONE - 1, hidden=hidden)
    taken = set(seats.work_packages.values())
    for number, row in official.work_packages.items():
        hidden = number not in taken
        book[table.WORK_PACKAGES].hide_rows([row], hidden=hidden)
        for name in (table.OVERVIEW, table.MONTHS):
            for column, cell in book[name].row(table.SUMMARY_PACKAGES).items():
                if cell.value == number and not cell.formula:
                    place = column_number(column)
                    book[name].hide_columns(place, place, hidden=hidden)
        for name, one in ((table.COSTS, form), *official.forms.items()):
            book[name].hide_rows(one.blocks.get(number, ()), hidden=hidden)
