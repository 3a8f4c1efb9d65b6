"""Read a filled Detailed Budget Table back as a project; every problem is named by sheet and cell, all at once.

The table holds costs, names and countries. What it does not hold - action, call, title, start, duration - comes from
outside, as ``Head``. Types of partners, leads and dates of work packages stay open.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from ka2budget.errors import Unreadable
from ka2budget.model import ID_PATTERN
from ka2budget.official import table
from ka2budget.official.costs import plain
from ka2budget.official.notes import Equipment, comments_of, equipment_of
from ka2budget.official.recognise import Official, Participant
from ka2budget.official.rows import Row, Where, compare_with_results, id_of, label, rows_of, within_equipment
from ka2budget.official.typed import LONGEST_LINE, Typed
from ka2budget.project import Role
from ka2budget.text import Phrase, phrase

_COUNTRY = re.compile(r".*\(([A-Z]{2})\)|([A-Z]{2})")
_LONGEST_ID = 20


class Head(NamedTuple):
    """What the table does not hold."""

    action: str
    call: int
    start: date
    months: int
    title: str | None = None
    """Without it the acronym is taken, or the name of the call."""


def read(official: Official, head: Head) -> tuple[dict[str, Any], tuple[Phrase, ...]]:
    """Return the tables of a project file from a filled table, and in sentences what its reader should know.

    Raises Unreadable with every cell that keeps it from being a project.
    """
    typed = Typed(official.book)
    rows = rows_of(official, typed)
    compare_with_results(official, typed, rows)
    equipment = within_equipment(typed, rows, tuple(equipment_of(official, typed)))
    label(typed, rows, comments_of(official, typed))
    partners = _partners(official, typed, rows)
    packages = _work_packages(official, typed, rows, equipment, {key: one["id"] for key, one in partners.items()})
    acronym = typed.words(table.INSTRUCTIONS, official.book.names[table.ACRONYM].cell)[:LONGEST_LINE]
    title = head.title or acronym or typed.words(table.INSTRUCTIONS, official.call_name.cell)[:LONGEST_LINE]
    tables = {
        "action": head.action,
        "call": head.call,
        "title": title or "Project without a title",
        "acronym": acronym or None,
        "start": head.start,
        "months": head.months,
        "partners": list(partners.values()),
        "work_packages": packages,
    }
    if not partners:
        place = f"{table.LIST_NAME}{table.FIRST_IN_LIST}"
        said = phrase("is empty, as are all others; the table is not filled yet")
        typed.problem(table.BENEFICIARIES, place, said)
    if typed.problems:
        raise Unreadable(official.book.package.path, typed.problems)
    return tables, (*typed.notices, *typed.about_formulas())


def _partners(official: Official, typed: Typed, rows: Mapping[Where, Row]) -> dict[Decimal, dict[str, Any]]:
    with_costs = {number for number, _, _ in rows}
    partners: dict[Decimal, dict[str, Any]] = {}
    for one in official.participants:
        cells = [f"{column}{one.row}" for column in table.LIST_COLUMNS]
        name, acronym, country = (typed.words(table.BENEFICIARIES, cell) for cell in cells)
        if not (name or acronym or country or one.number in with_costs):
            continue
        code = _COUNTRY.fullmatch(country)
        if not name:
            said = phrase("is empty; {participant} needs a name", participant=id_of(one.number))
            typed.problem(table.BENEFICIARIES, cells[0], said)
        if code is None:
            said = phrase(
                "holds {text!r}; choose a country of the list, such as Poland (PL)"
                if country
                else "is empty; choose a country of the list, such as Poland (PL)",
                text=country[:40],
            )
            typed.problem(table.BENEFICIARIES, cells[2], said)
        partner = {
            "id": _id(typed, acronym, one, [other["id"] for other in partners.values()]),
            "name": name[:LONGEST_LINE],
            "country": code and (code[1] or code[2]),
            "role": Role.PARTNER if partners else Role.COORDINATOR,
        }
        if not one.is_beneficiary:
            of = partners.get(Decimal(int(one.number)))
            partner |= {"role": Role.AFFILIATED, "of": of and of["id"]}
            if of is None:
                said = phrase("is an affiliated entity of a beneficiary without a name")
                typed.problem(table.BENEFICIARIES, cells[0], said)
        partners[one.number] = partner
    return partners


def _id(typed: Typed, acronym: str, one: Participant, taken: list[str]) -> str:
    """Return an id for a partner: its acronym, as far as an id can hold it, else its number."""
    wanted = re.sub(r"[^A-Za-z0-9._-]+", "-", acronym).strip("-._")[:_LONGEST_ID]
    if re.match(ID_PATTERN, wanted) and wanted not in taken:
        name = wanted
    else:
        name = f"P{plain(one.number)}"
        while name in taken:
            name += "x"
    if acronym != name:
        typed.notices.append(
            phrase(
                "{participant} has the id {id} in the project instead of {acronym}."
                if acronym
                else "{participant} has the id {id} in the project.",
                participant=id_of(one.number), id=name, acronym=acronym,
            )
        )  # fmt: skip
    return name


def _work_packages(
    official: Official,
    typed: Typed,
    rows: Mapping[Where, Row],
    equipment: Sequence[Equipment],
    ids: Mapping[Decimal, str],
) -> list[dict[str, Any]]:
    packages = []
    for number, row in official.work_packages.items():
        title = typed.words(table.WORK_PACKAGES, f"{table.LIST_NAME}{row}")
        costs = [
            {
                "partner": ids[participant],
                "category": slot[0],
                "label": one.label,
                "units": one.units,
                "unit_cost": one.unit_cost,
            }
            for (participant, package, slot), one in rows.items()
            if package == number
        ]
        by_use = [
            one.line.model_dump() | {"partner": ids[one.participant]}
            for one in equipment
            if one.work_package == number and one.participant in ids
        ]
        if not title and (costs or by_use):
            said = phrase("is empty; {work_package} needs a label", work_package=f"WP {number:03d}")
            typed.problem(table.WORK_PACKAGES, f"{table.LIST_NAME}{row}", said)
        if title or costs or by_use:
            packages.append(
                {"id": f"WP{number}", "title": title[:LONGEST_LINE], "costs": costs, "depreciation": by_use}
            )
    return packages
