"""What a check is given, and the views of it that several checks share."""

from dataclasses import dataclass
from functools import cached_property

from ka2budget.budget import Budget
from ka2budget.pricing import PricedUnits, price_units
from ka2budget.project import Activity, Partner, Project
from ka2budget.rules import Rules


@dataclass(frozen=True)
class Case:
    """A project, the rules of its call and its budget."""

    project: Project
    rules: Rules
    budget: Budget
    reported: bool = False
    """Whether the units are those of a report."""

    @cached_property
    def activities(self) -> tuple[tuple[str, Activity], ...]:
        """Every activity with the JSON pointer to it, those inside work packages too."""
        outside = tuple((f"/activities/{i}", activity) for i, activity in enumerate(self.project.activities))
        return outside + tuple(
            (f"/work_packages/{i}/activities/{j}", activity)
            for i, package in enumerate(self.project.work_packages)
            for j, activity in enumerate(package.activities)
        )

    @cached_property
    def priced(self) -> PricedUnits:
        """Units and real costs as priced, with what the ceilings cut off."""
        return price_units(
            self.project, self.rules, self.project.units, self.project.real_costs, reported=self.reported
        )

    @cached_property
    def partners(self) -> dict[str, Partner]:
        """The partners by id."""
        return {partner.id: partner for partner in self.project.partners}
