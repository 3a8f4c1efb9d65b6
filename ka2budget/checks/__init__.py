"""Is the budget allowed? One function per check; CHECKS is their table of contents."""

from collections.abc import Callable, Iterator

from ka2budget.budget import Budget
from ka2budget.checks import amounts, costs, dates, identity, partners, questions, units, work_packages
from ka2budget.checks.case import Case
from ka2budget.finding import Finding, Kind
from ka2budget.project import Project
from ka2budget.rules import Rules

Check = Callable[[Case], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    amounts.lump_sum_is_on_the_menu,
    amounts.parts_make_the_lump_sum,
    amounts.cost_is_above_the_lump_sum,
    amounts.partner_costs_make_the_cost,
    amounts.every_partner_has_a_share,
    amounts.amounts_without_shares_go_to_the_lead,
    amounts.no_partner_has_the_most,
    work_packages.structure_is_that_of_the_action,
    work_packages.shares_make_the_amount,
    work_packages.shares_go_to_funded_partners,
    work_packages.activities_fit_into_their_work_package,
    work_packages.leads_take_part,
    work_packages.participants_are_partners,
    work_packages.management_is_within_its_cap,
    work_packages.number_is_within_limits,
    costs.costs_are_where_the_action_wants_them,
    costs.costs_are_of_funded_partners,
    costs.categories_are_accepted,
    costs.grant_is_within_the_calls_limits,
    costs.categories_are_within_their_shares,
    costs.unit_costs_of_the_programme_are_used,
    units.units_are_where_the_action_wants_them,
    units.units_name_their_heading,
    units.units_are_of_funded_partners,
    units.units_can_be_priced,
    units.units_are_plausible,
    units.headings_are_within_their_ceilings,
    units.headings_keep_their_conditions,
    units.grant_of_units_is_within_limits,
    partners.one_coordinator,
    partners.countries_may_take_part,
    partners.roles_are_foreseen,
    partners.consortium_is_large_enough,
    partners.groups_are_in_balance,
    partners.coordinator_is_of_the_right_type,
    partners.applicant_is_old_enough,
    dates.duration_is_allowed,
    dates.start_is_in_the_window_of_the_round,
    dates.activities_are_within_the_project,
    dates.months_are_within_the_project,
    dates.venues_are_allowed,
    identity.ids_are_unique,
    identity.codes_are_well_formed,
    identity.language_is_known,
    identity.variant_is_one_of_the_action,
    questions.figures_are_known,
    questions.open_questions_are_told,
    amounts.rules_are_confirmed,
)


OPEN_QUESTIONS = questions.OPEN
"""The codes of findings that are questions for people."""


def check(project: Project, rules: Rules, budget: Budget) -> tuple[Finding, ...]:
    """Return all findings about a project and its budget, in the order of CHECKS."""
    case = Case(project, rules, budget)
    return tuple(finding for one in CHECKS for finding in one(case))


UNIT_CHECKS: tuple[Check, ...] = (
    units.units_name_their_heading,
    units.units_are_of_funded_partners,
    units.units_can_be_priced,
    units.units_are_plausible,
    units.headings_are_within_their_ceilings,
    units.headings_keep_their_conditions,
)


def kinds() -> tuple[Kind, ...]:
    """Return every kind of finding the checks can have, by code."""
    found = {
        kind.code: kind
        for theme in (amounts, work_packages, costs, units, partners, dates, identity, questions)
        for kind in vars(theme).values()
        if isinstance(kind, Kind)
    }
    return tuple(found[code] for code in sorted(found))
