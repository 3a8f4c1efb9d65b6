"""What was planned, as rows of the form of a report: what each row is about, and what it is compared with."""

from collections.abc import Mapping, Sequence

from ka2budget.budget import Budget, PartBudget
from ka2budget.form.flat import Row, flatten, row_of, said
from ka2budget.form.keys import of_call
from ka2budget.form.shape import OF_CALL, REPORT, Table, shape
from ka2budget.formulas import UnitPrice
from ka2budget.project import Project, Role
from ka2budget.rules import ActualCosts, ProjectScore, Rules
from ka2budget.text import euro, message, translate

_MAY_DIFFER = frozenset({"country", "distance_km", "green"})
"""Fields in which what was done may differ from what was planned, and still is the same."""
_AS_A_WHOLE = message("as a whole")
_STAGES = {True: message("Interim report"), False: message("Final report")}


def planned(project: Project, rules: Rules, budget: Budget, language: str, *, interim: bool) -> dict[str, list[Row]]:
    """Return what the form of a report shows of a project, by table: fixed fields of each row, and what is given."""
    flat = flatten(project)
    head = {
        "of_project": project.title,
        OF_CALL: of_call(project.action, project.call),
        "agreement": project.reference,
        "grant": budget.grant,
        "stage": translate(_STAGES[interim], language),
    }
    found: dict[str, list[Row]] = {
        REPORT: [{name: value for name, value in head.items() if value is not None}],
        "work_packages": _parts(flat.rows["work_packages"], budget.work_packages),
        "activities": _parts(flat.rows["activities"], budget.activities),
        "transfers": [
            {"partner": one.id, "organisation": one.name, "planned": budget.partners[one.id].grant}
            for one in project.partners
            if one.is_funded and one.role is not Role.COORDINATOR
        ],
        "units": [row | {"planned": _in_words(row, project, rules, language)} for row in flat.rows["units"]],
        "real_costs": [row | {"planned": row["amount"]} for row in flat.rows["real_costs"]],
    }
    if rules.structure == "costs" and isinstance(rules.final_report, ActualCosts):
        found["costs"] = [
            {"work_package": package.id, **row_of(line), "planned_units": line.units, "planned": line.amount}
            for package in project.work_packages
            for line in package.cost_lines
        ]
    if isinstance(rules.final_report, ProjectScore) and not interim:
        found["assessment.criteria"] = [
            {"key": name, "most": most} for name, most in rules.final_report.criteria.items()
        ]
    tables = shape(REPORT).tables
    return {name: [_shown(row, tables[name]) for row in rows] for name, rows in found.items()}


def woven(plan: Sequence[Row], declared: Sequence[Row], table: Table) -> list[Row]:
    """Return rows as they are declared, each with what was planned of it, and those only planned where they stood."""
    given = {one.field.name for one in table.columns if one.is_given}
    matches = _matches(plan, declared, table)
    taken = set(matches.values())
    between: dict[int | None, list[Row]] = {None: []}
    last: int | None = None
    for number, row in enumerate(plan):
        if number in taken:
            last = number
            between[number] = []
        else:
            between[last].append(row)
    rows = between[None]
    for place, row in enumerate(declared):
        if place in matches:
            of_plan = plan[matches[place]]
            rows.append(row | {name: of_plan[name] for name in given if name in of_plan})
            rows += between[matches[place]]
        else:
            rows.append(row)
    return rows


def _matches(plan: Sequence[Row], declared: Sequence[Row], table: Table) -> dict[int, int]:
    """Return by the place of a declared row the number of what was planned of it; a row without figures has none.

    A row of the same kind that is declared unlike the plan in what may differ is taken where no other is the same.
    """
    asked = {one.field.name for one in table.columns if not one.is_given} - set(table.words.fixed)
    found: dict[int, int] = {}
    for names in (table.words.fixed, tuple(one for one in table.words.fixed if one not in _MAY_DIFFER)):
        taken, left = set(found.values()), dict[tuple[str, ...], list[int]]()
        for number, row in enumerate(plan):
            if number not in taken:
                left.setdefault(_key(row, names), []).append(number)
        for place, row in enumerate(declared):
            same = left.get(_key(row, names))
            if same and place not in found and asked & set(row):
                found[place] = same.pop(0)
    return found


def _key(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(said(row.get(name, "")) for name in names)


def _shown(row: Row, table: Table) -> Row:
    """Return what a row of the form shows of the plan: its fixed fields, and what is given."""
    names = {*table.words.fixed, *(one.field.name for one in table.columns if one.is_given)}
    return {name: value for name, value in row.items() if name in names}


def _parts(rows: Sequence[Row], parts: Mapping[str, PartBudget]) -> list[Row]:
    """Return work packages or activities with the amounts of the budget, in EUR."""
    return [row | ({"planned": parts[row["id"]].amount} if row["id"] in parts else {}) for row in rows]


def _in_words(row: Row, project: Project, rules: Rules, language: str) -> str:
    """Return how much of a unit was planned, such as ``Participants: 3; Days: 7``."""
    heading = rules.headings.get(row["heading"])
    if heading is not None and isinstance(heading.price, UnitPrice) and "months" in heading.price.takes:
        row = {"months": project.months} | row
    table = shape(REPORT).tables["units"]
    texts = []
    for column in table.columns:
        name = column.field.name
        if name in row and name not in table.words.fixed and not column.is_given:
            figure = euro(row[name], language) if column.field.kind == "money" else said(row[name])
            texts.append(f"{translate(column.label, language)}: {figure}")
    return "; ".join(texts) or translate(_AS_A_WHOLE, language)
