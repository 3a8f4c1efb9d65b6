"""Whether a project fits into a copy of the table, and what of the copy or the sums its reader should know."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from ka2budget.errors import NotAllowed, Several
from ka2budget.formulas import DetailedBudget
from ka2budget.money import HUNDRED, total
from ka2budget.official import table
from ka2budget.official.costs import Costs
from ka2budget.official.recognise import Official
from ka2budget.project import CostLine, Depreciation, Project
from ka2budget.rules import ActualCosts, Rules
from ka2budget.text import Phrase, phrase

_Line = TypeVar("_Line", CostLine, Depreciation)


def demand_room(official: Official, project: Project, costs: Costs, price: DetailedBudget) -> None:
    """Raise Several where the project has more than the workbook, or the workbook is not made for the call."""
    reasons = []
    wanted, room = len(project.beneficiaries), len(official.beneficiaries)
    if wanted > room:
        reasons.append(
            phrase(
                "the project has {wanted} beneficiaries, this workbook has sheets for {room}; add them in the agency's"
                " workbook with macros (.xlsm) and give the .xlsx that it makes",
                wanted=wanted, room=room,
            )
        )  # fmt: skip
    wanted, room = len(project.work_packages), len(official.work_packages)
    if wanted > room:
        reasons.append(
            phrase(
                "the project has {wanted} work packages, this workbook has room for {room}; add them in the agency's"
                " workbook with macros (.xlsm) and give the .xlsx that it makes",
                wanted=wanted, room=room,
            )
        )  # fmt: skip
    wanted, room = len(costs.depreciation), len(official.note_rows(table.DEPRECIATION))
    if wanted > room:
        reasons.append(
            phrase(
                "lines of depreciation: the project has {wanted}, the sheet {sheet} has room for {room}",
                wanted=wanted, sheet=table.DEPRECIATION, room=room,
            )
        )  # fmt: skip
    affiliated = [one for one in official.participants if not one.is_beneficiary]
    if affiliated:
        reasons.append(
            phrase(
                "row {row} of the sheet {sheet} is of an affiliated entity; only copies without affiliated entities are"
                " filled",
                row=affiliated[0].row, sheet=table.BENEFICIARIES,
            )
        )  # fmt: skip
    if official.indirect is not None and official.indirect != price.indirect:
        reasons.append(
            phrase(
                "the table computes indirect costs of {rate:percent}, call {call} has {rate_of_call:percent}",
                rate=official.indirect * HUNDRED, call=project.call, rate_of_call=price.indirect * HUNDRED,
            )
        )  # fmt: skip
    if reasons:
        path = official.book.package.path
        raise Several([NotAllowed("{file}: error: {reason}", file=path, reason=reason) for reason in reasons])


def about_workbook(official: Official, project: Project, rules: Rules, price: DetailedBudget) -> Iterator[Phrase]:
    """Yield what is unusual about the workbook, or not known about the call."""
    if official.version != table.VERSION:
        yield phrase(
            "The workbook is version {version} of the table, and version {known} is known; every cell was found, but"
            " compare the sums with 'ka2budget budget'.",
            version=official.version, known=table.VERSION,
        )  # fmt: skip
    if any(official.book[table.BENEFICIARIES][f"{table.LIST_NAME}{one.row}"].value for one in official.participants):
        yield phrase("The workbook was filled already; what it held is replaced.")
    if isinstance(rules.final_report, ActualCosts):
        yield phrase(
            "{title} pays actual costs, and the table is for lump sums; look which one the call wants.",
            title=rules.title,
        )
    if price.maximum(project.months) is None:
        yield phrase("No maximum grant is known for this call; 0 stands for it, which the table takes for none.")


def about_sum(project: Project, price: DetailedBudget) -> Iterator[Phrase]:
    """Yield by how much the table differs from the budget, since it rounds for affiliated entities together."""
    main = {one.id: name for name, group in project.beneficiaries.items() for one in group}
    packages = tuple(
        package.model_copy(
            update={
                "costs": tuple(_of_main(line, main) for line in package.costs),
                "depreciation": tuple(_of_main(one, main) for one in package.depreciation),
            }
        )
        for package in project.work_packages
    )
    theirs = price.price(project.model_copy(update={"work_packages": packages})).grant_of_table
    ours = total(price.price(project).grants.values())
    if theirs != ours:
        yield phrase(
            "The table asks for {theirs}; the budget of the project comes to {ours}.", theirs=theirs, ours=ours
        )


def _of_main(line: _Line, main: Mapping[str, str]) -> _Line:
    return line.model_copy(update={"partner": main.get(line.partner, line.partner)})
