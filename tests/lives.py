"""Lives of grants as tests write them: a plan of each kind, and one line for every event."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from conftest import EXAMPLES

from ka2budget import steps
from ka2budget.account import Account, account
from ka2budget.agreement import Agreement
from ka2budget.dates import after_months
from ka2budget.event import Event
from ka2budget.grant import Grant, replay
from ka2budget.lifecycle import State
from ka2budget.money import split
from ka2budget.plan import Plan
from ka2budget.project import Project
from ka2budget.rules import GrantKind
from ka2budget.schedule import Due, schedule

NEVER = date(2099, 12, 31)
RECORDED = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


@cache
def examined(example: str) -> steps.Examined:
    return steps.examine(steps.read_project(EXAMPLES / f"{example}.toml"))


def plan_of(example: str, agreement: Agreement | None = None, **changes: Any) -> Plan:  # noqa: ANN401
    """Return what an example agrees on, its project changed so."""
    if not changes:
        return steps.plan(examined(example), agreement)
    project = examined(example).project
    return steps.plan(steps.examine(project.model_copy(update=changes)), agreement)


def small_scale(**agreement: Any) -> Plan:  # noqa: ANN401
    """60 000 EUR, 48 000 and 12 000, two partners, from 1 September 2026 to 29 February 2028."""
    return plan_of("letters-ka210", Agreement(**agreement))


def cooperation(**agreement: Any) -> Plan:  # noqa: ANN401
    """250 000 EUR, 100 000 twice and 50 000, four partners, from 1 November 2025 to 31 October 2028."""
    return plan_of("mentor-ka220", Agreement(**agreement), months=36)


def eacea(**agreement: Any) -> Plan:  # noqa: ANN401
    """250 000 EUR, 100 000 first, then what is accepted, four partners, from 1 November 2025 to 31 October 2028."""
    return plan_of("mentor-ka220", Agreement(**agreement), action="ERASMUS-SPORT-SCP", months=36)


def unit_contributions(**agreement: Any) -> Plan:  # noqa: ANN401
    """135 381.28 EUR in 40/40/20, five partners, from 1 October 2018 to 30 September 2020."""
    return plan_of("bridges-ka204", Agreement(**{"instalments": ("0.4", "0.4", "0.2")} | agreement))


PLANS = {
    GrantKind.SMALL_SCALE: small_scale,
    GrantKind.COOPERATION: cooperation,
    GrantKind.EACEA: eacea,
    GrantKind.UNIT_CONTRIBUTIONS: unit_contributions,
}


class Life:
    """A history that is written down event by event; it begins with the registration, in the December before."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.events: list[Event] = []
        self.then(str(date(plan.start.year - 1, 12, 1)), "registered", plan=plan)

    def then(self, day: str, kind: str, *, corrects: int | None = None, **details: Any) -> "Life":  # noqa: ANN401
        """Write down one event."""
        event = {"number": len(self.events) + 1, "kind": kind, "happened": day, "recorded": RECORDED, "by": "Example"}
        self.events.append(Event.model_validate(event | {"corrects": corrects, "details": details}))
        return self

    @property
    def day(self) -> date:
        """The day of the last event."""
        return max(event.happened for event in self.events)

    def grant(self, on: str | None = None) -> Grant:
        """Return the grant as it stands on a day, without one on that of the last event."""
        return replay(self.events, self.day if on is None else date.fromisoformat(on))

    def state(self, on: str | None = None) -> State:
        return self.grant(on).state

    def account(self) -> Account:
        return account(replay(self.events, NEVER).history)

    def due(self, key: str) -> Due:
        """Return the one date of that name."""
        [found] = [one for one in self.schedule() if one.key == key]
        return found

    def schedule(self) -> tuple[Due, ...]:
        history = self.grant().history
        return schedule(history.plan, history)

    def named(self) -> list[str]:
        return [one.key for one in self.schedule()]


def eur(amount: str | int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def signed(plan: Plan) -> Life:
    """A grant whose agreement was signed a month before the start."""
    return Life(plan).then(str(after_months(plan.start, -1)), "signed")


def moved(project: Project, shares: dict[str, dict[str, str | int]]) -> Project:
    """Return a project in which partners have other parts of work packages; nobody has a part of nothing."""
    packages = []
    for package in project.work_packages:
        wanted = {key: eur(amount) for key, amount in shares.get(package.id, {}).items()}
        kept = {key: amount for key, amount in (package.shares | wanted).items() if amount}
        packages.append(package.model_copy(update={"shares": kept}))
    return project.model_copy(update={"work_packages": tuple(packages)})


def agreed(project: Project, **agreement: Any) -> Plan:  # noqa: ANN401
    """Return what a project and its agreement agree on."""
    return steps.plan(steps.examine(project), Agreement(**agreement))


def of_amount(plan: Plan, grant: Decimal) -> Plan:
    """Return a plan with another grant in EUR, its partners' parts and its instalments in proportion."""
    parts = split(grant, [partner.grant for partner in plan.partners.values()])
    partners = {
        key: partner.model_copy(update={"grant": part})
        for (key, partner), part in zip(plan.partners.items(), parts, strict=True)
    }
    changes = {"grant": grant, "partners": partners, "instalments": split(grant, plan.terms.instalments)}
    return plan.model_copy(update=changes)


MENTOR = examined("mentor-ka220").project
"""An example Cooperation Partnership of 24 months, four partners and four work packages."""
WITHOUT_P4 = moved(
    MENTOR,
    {
        "WP1": {"P3": 18_000, "P4": 0}, "WP2": {"P3": 22_600, "P4": 0}, "WP3": {"P3": 47_850, "P4": 0},
        "WP4": {"P3": "28666.66", "P4": 0},
    },
).model_copy(update={"partners": MENTOR.partners[:3]})  # fmt: skip
"""The same after the fourth partner left and the third took over its tasks."""
