"""Is what a report claims allowed? What the checks of a project say of the units and costs of its report."""

from collections.abc import Iterator

from ka2budget.budget import Budget
from ka2budget.calculate import calculate
from ka2budget.checks import UNIT_CHECKS, Check, costs
from ka2budget.checks.case import Case
from ka2budget.finding import Finding
from ka2budget.project import Project, WorkPackage
from ka2budget.report import Delivered, Report
from ka2budget.rules import ActualCosts, Rules

CHECKS_OF_COSTS: tuple[Check, ...] = (
    costs.costs_are_of_funded_partners,
    costs.categories_are_accepted,
    costs.categories_are_within_their_shares,
    costs.unit_costs_of_the_programme_are_used,
)


def check_claims(project: Project, rules: Rules, budget: Budget, report: Report) -> Iterator[Finding]:
    """Yield what is to be said of the units, real costs and cost lines that a report claims to be paid for."""
    if rules.structure == "units":
        claimed = project.model_copy(update={"units": report.units, "real_costs": report.real_costs})
        case = Case(claimed, rules, budget, reported=True)
        yield from (finding for check in UNIT_CHECKS for finding in check(case))
    elif isinstance(rules.final_report, ActualCosts):
        claimed = _with_costs(project, report)
        case = Case(claimed, rules, calculate(claimed, rules), reported=True)
        yield from (finding for check in CHECKS_OF_COSTS for finding in check(case))


def _with_costs(project: Project, report: Report) -> Project:
    """Return the project with the work packages of the report, in its order, so that findings point into the report."""
    planned = {package.id: package for package in project.work_packages}
    packages = []
    for result in report.work_packages:
        package = planned.get(result.id, WorkPackage.model_construct(id=result.id, title=result.id))
        claimed = () if result.delivered is Delivered.NO else result.costs  # nobody is paid for the others
        packages.append(package.model_copy(update={"costs": claimed, "depreciation": ()}))
    return project.model_copy(update={"work_packages": tuple(packages)})
