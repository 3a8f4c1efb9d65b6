"""Checks of time and place: duration, start, activities within the project, venues."""

from collections.abc import Iterator

from ka2budget.checks.case import Case
from ka2budget.finding import Finding, error, info, warning
from ka2budget.rules import Months
from ka2budget.text import phrase

TOO_SHORT = error("duration-too-short", "{months} months are too short; call {call} allows {min} to {max}.")
TOO_LONG = error("duration-too-long", "{months} months are too long; call {call} allows {min} to {max}.")
NOT_OFFERED = error("duration-not-offered", "{months} months are not offered; call {call} has {allowed}.")
UNUSUAL = warning(
    "duration-not-usual",
    "{months} months; projects of call {call} normally have {usual}, so another duration needs reasons.",
)
NO_ROUND = error("no-such-round", "Call {call} has no round {round} for {action}; there is {rounds}.")
OPTIONAL = info("round-is-optional", "Round {round} is held only where the agency opens it; ask yours.")
START = error(
    "start-outside-window",
    "Round {round} is for projects that start from {first} to {last}; this one starts on {start}.",
)
BACKWARDS = error("activity-ends-before-start", "{title} ends on {end}, before it starts on {start}.")
OUTSIDE = error("activity-outside-project", "{title} ({day}) is outside the project, which runs from {start} to {end}.")
MONTHS = error("months-outside-project", "{title} runs from month {first} to {last}; the project has {months} months.")
SEAT = info(
    "venue-needs-reason",
    "{title} is in {country:country}, where no partner is; only the seat of an EU institution is allowed, with reason.",
)
SHARING = warning(
    "venue-only-for-sharing",
    "{title} is in {country:country}, where no partner is; only the sharing of results may take place there.",
)
VENUE = error(
    "venue-not-allowed", "{title} is in {country:country}; activities take place in the partners' countries: {allowed}."
)


def duration_is_allowed(case: Case) -> Iterator[Finding]:
    """The duration is within the call's limits."""
    rule, months = case.rules.limits.months, case.project.months
    if rule.normally:
        yield from _unusual(case, rule, months)
    elif not rule.min <= months <= rule.max:
        kind = TOO_SHORT if months < rule.min else TOO_LONG
        source = case.rules.cite(rule.source)
        yield kind.at("/months", source, months=months, call=case.rules.call, min=rule.min, max=rule.max)
    elif rule.allowed and months not in rule.allowed:
        yield NOT_OFFERED.at(
            "/months", case.rules.cite(rule.source), months=months, call=case.rules.call, allowed=rule.allowed
        )


def _unusual(case: Case, rule: Months, months: int) -> Iterator[Finding]:
    """Tell a duration that the call does not shut out, but does not expect either."""
    if not rule.min <= months <= rule.max or (rule.allowed and months not in rule.allowed):
        span = phrase("{min} to {max}", min=rule.min, max=rule.max) if rule.min < rule.max else rule.min
        usual = rule.allowed or span
        yield UNUSUAL.at("/months", case.rules.cite(rule.source), months=months, call=case.rules.call, usual=usual)


def start_is_in_the_window_of_the_round(case: Case) -> Iterator[Finding]:
    """The round exists for the action, and the project starts when its projects start."""
    project = case.project
    rounds = case.rules.rounds_of(project.action)
    if not case.rules.rounds:  # the deadlines of the call were found in no document, which another check says
        return
    chosen = next((round_ for round_ in rounds if round_.round == project.round), None)
    if chosen is None:
        numbers = tuple(round_.round for round_ in rounds)
        yield NO_ROUND.at("/round", call=project.call, round=project.round, action=project.action, rounds=numbers)
        return
    source = case.rules.cite(chosen.source)
    if chosen.optional:
        yield OPTIONAL.at("/round", source, round=chosen.round)
    first, last = chosen.start_from, chosen.start_to
    if first is not None and last is not None and not first <= project.start <= last:
        yield START.at("/start", source, round=chosen.round, first=first, last=last, start=project.start)


def activities_are_within_the_project(case: Case) -> Iterator[Finding]:
    """Activities take place between the first and the last day of the project."""
    start, end = case.project.start, case.project.end
    for where, activity in case.activities:
        if activity.start and activity.end and activity.end < activity.start:
            yield BACKWARDS.at(f"{where}/end", title=activity.title, start=activity.start, end=activity.end)
        for name, day in (("start", activity.start), ("end", activity.end)):
            if day is not None and not start <= day <= end:
                yield OUTSIDE.at(f"{where}/{name}", title=activity.title, day=day, start=start, end=end)


def months_are_within_the_project(case: Case) -> Iterator[Finding]:
    """Work packages start and end in months that the project has, in that order."""
    months = case.project.months
    for i, package in enumerate(case.project.work_packages):
        first, last = package.start_month or 1, package.end_month or months
        if not first <= last <= months:
            yield MONTHS.at(f"/work_packages/{i}", title=package.title, first=first, last=last, months=months)


def venues_are_allowed(case: Case) -> Iterator[Finding]:
    """Activities take place in the partners' countries, with reason at EU seats, or where sharing is allowed."""
    rule, rules = case.rules.limits.venues, case.rules
    if rule is None:
        return
    source = rules.cite(rule.source)
    allowed = {partner.country for partner in case.project.partners if partner.role.value in rule.roles}
    for where, activity in case.activities:
        country = activity.venue_country
        if country is None or country in allowed:
            continue
        place = f"{where}/venue_country"
        if country in rule.seats:
            yield SEAT.at(place, source, title=activity.title, country=country)
        elif rule.sharing_elsewhere and rules.may_take_part(country, rules.eligibility.partner):
            yield SHARING.at(place, source, title=activity.title, country=country)
        else:
            yield VENUE.at(place, source, title=activity.title, country=country, allowed=", ".join(sorted(allowed)))
