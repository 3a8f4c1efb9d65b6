"""What the documents of a grant agree on, worked out once, as its events keep it: amounts, partners, parts, terms."""

from ka2budget.agreement import Basis, Terms
from ka2budget.budget import Budget
from ka2budget.dates import end_of_period
from ka2budget.model import Count, Day, Eur, Id, Model
from ka2budget.money import split
from ka2budget.project import Project
from ka2budget.rules import Rules
from ka2budget.text import Word


class PlanPartner(Model):
    """A partner and its part of the grant, in EUR."""

    name: str
    grant: Eur
    coordinator: bool = False


class PlanPart(Model):
    """A work package, activity or heading and its part of the grant, in EUR."""

    title: str
    amount: Eur
    end: Day | None = None
    """Its last day, where the project file says it."""
    partners: dict[Id, Eur]


class Plan(Model):
    """What was agreed: the grant in EUR, its parts, partners and instalments, its dates and its terms."""

    action: str
    call: Count
    title: str
    acronym: str | None = None
    language: str | None = None
    start: Day
    months: Count
    end: Day
    longest: Count | None = None
    """Most months after an extension, where the call allows one."""
    extension: Basis | None = None
    """What the extension rests on."""
    grant: Eur
    instalments: tuple[Eur, ...]
    partners: dict[Id, PlanPartner]
    parts: dict[str, PlanPart]
    terms: Terms

    @property
    def name(self) -> str:
        """What people call the project: its acronym, else its title."""
        return self.acronym or self.title

    @property
    def coordinator(self) -> str | None:
        """The id of the coordinator."""
        return next((key for key, partner in self.partners.items() if partner.coordinator), None)


def plan_of(project: Project, rules: Rules, budget: Budget, terms: Terms) -> Plan:
    """Return what a project's budget and its terms agree on; amounts in EUR."""
    longest, extension = _extension(project, rules)
    ends = {
        package.id: end_of_period(project.start, package.end_month)
        for package in project.work_packages
        if package.end_month is not None
    } | {activity.id: activity.end for activity in project.activities if activity.end is not None}
    titles = {package.id: package.title for package in project.work_packages}
    titles |= {activity.id: activity.title for activity in project.activities}
    coordinator, funded = project.coordinator, {one.id: one.name for one in project.partners}
    return Plan(
        action=project.action,
        call=project.call,
        title=project.title,
        acronym=project.acronym,
        language=project.language,
        start=project.start,
        months=project.months,
        end=project.end,
        longest=longest,
        extension=extension,
        grant=budget.grant,
        instalments=split(budget.grant, terms.instalments),
        partners={
            key: PlanPartner(
                name=funded.get(key, key),
                grant=partner.grant,
                coordinator=coordinator is not None and key == coordinator.id,
            )
            for key, partner in budget.partners.items()
        },
        parts={
            name: PlanPart(
                title=titles.get(name) or (rules.headings[name].label if name in rules.headings else name),
                amount=part.amount,
                end=ends.get(name),
                partners=part.partners,
            )
            for name, part in budget.parts.items()
        },
        terms=terms,
    )


def _extension(project: Project, rules: Rules) -> tuple[int | None, Basis | None]:
    rule = rules.limits.extension
    if rule is None or (rule.by_months is None and rule.up_to_months is None):
        return None, None
    added = rule.by_months if rule.by_months is not None else (rule.up_to_months or 0) - project.months
    if added <= 0:
        return None, None
    return project.months + added, Basis(Word(rules.cite(rule.source) or ""), rule.doubt)
