"""What no program can judge: the questions that are left to people, so that silence is not taken for approval."""

from collections.abc import Iterator

from ka2budget.checks.case import Case
from ka2budget.finding import Finding, info
from ka2budget.project import Role
from ka2budget.text import Word, phrase

QUESTION = info("judged-by-people", "To be judged by people: {asks}")
CONDITION = info("applicant-condition", "To be judged by people: {condition}")
APPLICATIONS = info(
    "applications-of-an-organisation",
    "To be judged by people: for this deadline each organisation may be in at most {most} applications of {codes}.",
)
AS_APPLICANT = info(
    "applications-as-applicant",
    "To be judged by people: for this deadline the applicant may be so in at most {most} of the applications of"
    " {codes}.",
)
AWARD = info(
    "award-judged-by-people",
    "To be judged by people, in points: {criteria}; {threshold} of {most} are needed.",
)
UNKNOWN = info("figure-unknown", "Found in no document: {figure} of call {call}. {known}")
OPEN = frozenset(kind.code for kind in (QUESTION, CONDITION, APPLICATIONS, AS_APPLICANT, AWARD))
"""The codes of open questions."""


def open_questions_are_told(case: Case) -> Iterator[Finding]:
    """The award criteria, the conditions of eligibility and the other questions of the call are left to people."""
    rules = case.rules
    if rules.award is not None:
        criteria = tuple(
            phrase("{criterion} {min} to {max}", criterion=Word(name), min=one.min, max=one.max)
            for name, one in rules.award.criteria.items()
        )
        most = sum(one.max for one in rules.award.criteria.values())
        yield AWARD.at(
            "/call", rules.cite(rules.award.source), criteria=criteria, threshold=rules.award.threshold, most=most
        )
    roles = {partner.role for partner in case.project.partners}
    for role in (Role.COORDINATOR, Role.PARTNER):
        who = getattr(rules.eligibility, role.value)
        if who.condition and role in roles:
            yield CONDITION.at("/partners", rules.cite(who.source), condition=who.condition)
    yield from _applications(case)
    for question in rules.questions:
        yield QUESTION.at("/call", rules.cite(question.source), asks=question.asks)


def _applications(case: Case) -> Iterator[Finding]:
    """Ask in how many applications the organisations are; one project file cannot tell."""
    rule = case.rules.limits.applications
    if rule is None or case.project.action not in rule.codes:
        return
    source, codes = case.rules.cite(rule.source), rule.codes
    if rule.per_organisation is not None:
        yield APPLICATIONS.at("/partners", source, most=rule.per_organisation, codes=codes)
    if rule.as_applicant is not None:
        yield AS_APPLICANT.at("/partners", source, most=rule.as_applicant, codes=codes)


def figures_are_known(case: Case) -> Iterator[Finding]:
    """Figures that were found in no document are named."""
    for unknown in case.rules.every_unknown:
        figure, source = case.rules.in_words(unknown.figure), case.rules.cite(unknown.source)
        yield UNKNOWN.at("/call", source, figure=figure, call=case.rules.call, known=unknown.known)
