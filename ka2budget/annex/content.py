"""What an annex shows, as lists and matrices of plain values; project and partners as all annexes show them."""

from collections.abc import Iterable, Mapping, Sized
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ka2budget.budget import Budget
from ka2budget.finding import Finding, Severity
from ka2budget.project import Partner, Project, Role
from ka2budget.rules import Rules
from ka2budget.text import Sentence, country_name, key_word, message, say, translate

Value = str | int | Decimal | date | None
Vocabulary = Mapping[str, tuple[str, ...] | None]
"""What a layout may show: for lists the fields of a row, for matrices None."""

_ROLES = {
    Role.COORDINATOR: message("Coordinator"),
    Role.PARTNER: message("Partner"),
    Role.AFFILIATED: message("Affiliated entity of {of}"),
    Role.ASSOCIATED: message("Associated partner"),
}


class Item(NamedTuple):
    """One row: the key other rows find it by, its values, and the key of what it belongs to."""

    key: str
    record: Mapping[str, Value]
    group: str = ""
    strong: bool = False
    """Whether it stands out, as a sum of others does."""


class Listing(NamedTuple):
    """Rows of one kind."""

    items: tuple[Item, ...]

    def __bool__(self) -> bool:
        """Tell whether there are rows."""
        return bool(self.items)


class Grid(NamedTuple):
    """Amounts in EUR by row and column; both by key with their label."""

    rows: Mapping[str, str]
    columns: Mapping[str, str]
    amounts: Mapping[tuple[str, str], Decimal]
    note: str | None = None
    """What a reader of the amounts has to know."""
    silent: frozenset[str] = frozenset()
    """Rows that take no amounts, and so have no total either."""

    @property
    def turned(self) -> "Grid":
        """The same with rows and columns in each other's places."""
        amounts = {(column, row): amount for (row, column), amount in self.amounts.items()}
        return Grid(rows=self.columns, columns=self.rows, amounts=amounts, note=self.note)

    def __bool__(self) -> bool:
        """Tell whether there are amounts."""
        return any(self.amounts.values())


Content = Mapping[str, Listing | Grid]


class ProjectFacts(NamedTuple):
    """The project and its state, as the covers show it."""

    action: str
    action_title: str
    call: int
    round: int
    title: str
    acronym: str | None
    reference: str | None
    coordinator: str | None
    start: date
    end: date
    months: int
    partners: int
    parts: int
    no_errors: str | None
    draft: str | None


class PartnerFacts(NamedTuple):
    """Who a partner is."""

    id: str
    name: str
    country: str
    city: str | None
    role: str
    type: str | None
    code: str | None


def item(*facts: NamedTuple, group: str = "") -> Item:
    """Return a row of facts, found by the first of them."""
    return Item(str(facts[0][0]), {name: value for fact in facts for name, value in fact._asdict().items()}, group)


def listing(facts: Iterable[NamedTuple]) -> Listing:
    """Return a list of rows of facts."""
    return Listing(tuple(item(fact) for fact in facts))


def project_facts(
    project: Project, rules: Rules, budget: Budget, findings: Iterable[Finding], language: str
) -> ProjectFacts:
    """Return what a cover says of the project; its parts are activities, work packages or the headings it uses."""
    kinds: dict[str, Sized] = {"activities": project.activities, "units": budget.headings}
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    draft = message("DRAFT: {errors} error") if errors == 1 else message("DRAFT: {errors} errors")
    return ProjectFacts(
        action=project.action,
        action_title=translate(rules.title, language),
        call=project.call,
        round=project.round,
        title=project.title,
        acronym=project.acronym,
        reference=project.reference,
        coordinator=project.coordinator.name if project.coordinator else None,
        start=project.start,
        end=project.end,
        months=project.months,
        partners=len(project.partners),
        parts=len(kinds.get(rules.structure, project.work_packages)),
        no_errors=None if errors else translate("No errors", language),
        draft=say(draft, language, errors=errors) if errors else None,
    )


def partner_facts(partner: Partner, language: str) -> PartnerFacts:
    """Return who a partner is, its country and role in words."""
    return PartnerFacts(
        id=partner.id,
        name=partner.name,
        country=country_name(partner.country, language),
        city=partner.city,
        role=say(_ROLES[partner.role], language, of=partner.of or "?"),
        type=partner.type and key_word(partner.type).say(language),
        code=partner.oid or partner.pic,
    )


def named_partner(partner_id: str | None, names: Mapping[str, str]) -> str | None:
    """Return a partner's id with its name, or the id alone where no partner has it."""
    return partner_id and f"{partner_id} {names.get(partner_id, '')}".rstrip()


def in_doubt(doubt: Sentence | None, source: str | None, language: str) -> str | None:
    """Return the document an amount rests on, and why that is in doubt."""
    if doubt is None:
        return source
    unconfirmed = f"{translate('Not confirmed:', language)} {doubt.say(language)}"
    return f"{unconfirmed} ({source})" if source else unconfirmed
