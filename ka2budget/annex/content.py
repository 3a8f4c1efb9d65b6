"""What an annex shows, as lists and matrices of plain values; the parts that all annexes have in common."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ka2budget import __version__
from ka2budget.finding import Finding, Severity
from ka2budget.model import Model
from ka2budget.project import Partner, Project, Role
from ka2budget.rules import Rules, Sourced
from ka2budget.text import country_name

Value = str | int | Decimal | date | None
Vocabulary = Mapping[str, tuple[str, ...] | None]
"""What a layout may show: for lists the fields of a row, for matrices None."""

_ROLES = {
    Role.COORDINATOR: "Coordinator",
    Role.PARTNER: "Partner",
    Role.AFFILIATED: "Affiliated entity of {of}",
    Role.ASSOCIATED: "Associated partner",
}
_MANAGERS = {"na": "National Agency", "eacea": "European Education and Culture Executive Agency (EACEA)"}
_SEVERITIES = {Severity.ERROR: "Error", Severity.WARNING: "Warning", Severity.INFO: "Information"}
_SECTIONS = (
    "headings", "eligibility", "composition", "limits", "rounds", "award", "final_report", "payments",
    "final_report_due", "records", "countries",
)  # fmt: skip


class Item(NamedTuple):
    """One row: the key other rows find it by, its values, and the key of what it belongs to."""

    key: str
    record: Mapping[str, Value]
    group: str = ""


class Listing(NamedTuple):
    """Rows of one kind."""

    items: tuple[Item, ...]


class Grid(NamedTuple):
    """Amounts in EUR by row and column; both by key with their label."""

    rows: Mapping[str, str]
    columns: Mapping[str, str]
    amounts: Mapping[tuple[str, str], Decimal]
    note: str | None = None
    """What a reader of the amounts has to know."""


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
    code: str | None


class FindingFacts(NamedTuple):
    """A finding in words."""

    severity: str
    where: str
    message: str
    code: str
    source: str | None


class BasisFacts(NamedTuple):
    """What the figures of an annex rest on."""

    action: str
    call: int
    manager: str
    file: str
    rules_read_on: date
    version: str
    digest: str
    made_on: date


class DocumentFacts(NamedTuple):
    """A document that figures were taken from."""

    title: str
    version: str | None
    language: str | None
    where: str | None
    read_on: date | None


class DoubtFacts(NamedTuple):
    """A rule that no official document confirms."""

    rule: str
    reason: str
    source: str | None


COMMON: Vocabulary = {
    "findings": FindingFacts._fields,
    "basis": BasisFacts._fields,
    "documents": DocumentFacts._fields,
    "doubts": DoubtFacts._fields,
}


def translated(english: str, language: str) -> str:  # noqa: ARG001 - the one place where a catalogue will be asked
    """Return the words of an annex in a language; until there is a catalogue, as the layouts write them."""
    return english


def common(project: Project, rules: Rules, findings: Iterable[Finding], today: date, language: str) -> Content:
    """Return what every annex shows: its findings, and what it rests on."""
    digest = hashlib.sha256(project.model_dump_json().encode()).hexdigest()
    basis = BasisFacts(
        action=project.action,
        call=project.call,
        manager=translated(_MANAGERS[rules.managed_by], language),
        file=f"calls/{rules.file}",
        rules_read_on=rules.read_on,
        version=f"ka2budget {__version__}",
        digest=digest,
        made_on=today,
    )
    return {
        "findings": listing(_finding(finding, language) for finding in findings),
        "basis": listing([basis]),
        "documents": listing(_documents(rules)),
        "doubts": listing(
            DoubtFacts(_rule(doubt.path), doubt.reason, rules.cite(doubt.source)) for doubt in rules.doubts(*_SECTIONS)
        ),
    }


def item(*facts: NamedTuple, group: str = "") -> Item:
    """Return a row of facts, found by the first of them."""
    return Item(str(facts[0][0]), {name: value for fact in facts for name, value in fact._asdict().items()}, group)


def listing(facts: Iterable[NamedTuple]) -> Listing:
    """Return a list of rows of facts."""
    return Listing(tuple(item(fact) for fact in facts))


def project_facts(project: Project, rules: Rules, findings: Iterable[Finding], language: str) -> ProjectFacts:
    """Return what a cover says of the project."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    draft = translated("DRAFT: {errors} error" if errors == 1 else "DRAFT: {errors} errors", language)
    return ProjectFacts(
        action=project.action,
        action_title=rules.title,
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
        parts=len(project.work_packages if rules.structure == "work-packages" else project.activities),
        no_errors=None if errors else translated("No errors", language),
        draft=draft.format(errors=errors) if errors else None,
    )


def partner_facts(partner: Partner, language: str) -> PartnerFacts:
    """Return who a partner is, its country and role in words."""
    return PartnerFacts(
        id=partner.id,
        name=partner.name,
        country=country_name(partner.country, language),
        city=partner.city,
        role=translated(_ROLES[partner.role], language).format(of=partner.of or "?"),
        code=partner.oid or partner.pic,
    )


def named_partner(partner_id: str | None, names: Mapping[str, str]) -> str | None:
    """Return a partner's id with its name, or the id alone where no partner has it."""
    return partner_id and f"{partner_id} {names.get(partner_id, '')}".rstrip()


def in_doubt(doubt: str | None, source: str | None, language: str) -> str | None:
    """Return the document an amount rests on, and why that is in doubt."""
    if doubt is None:
        return source
    unconfirmed = f"{translated('Not confirmed:', language)} {doubt}"
    return f"{unconfirmed} ({source})" if source else unconfirmed


def _finding(finding: Finding, language: str) -> FindingFacts:
    severity = translated(_SEVERITIES[finding.severity], language)
    return FindingFacts(severity, finding.where, finding.say(language), finding.code, finding.source)


def _documents(rules: Rules) -> Iterator[DocumentFacts]:
    used = {source.partition(" ")[0] for source in _sources(rules)}
    for name, document in rules.documents.items():
        if name in used:
            yield DocumentFacts(document.title, document.version, document.language, document.where, document.read_on)


def _sources(value: object) -> Iterator[str]:
    if isinstance(value, Sourced):
        yield value.source
    inside: Iterable[object] = ()
    if isinstance(value, Model):
        inside = (inner for _, inner in value)
    elif isinstance(value, dict):
        inside = value.values()
    elif isinstance(value, tuple):
        inside = value
    for inner in inside:
        if isinstance(inner, (Model, dict, tuple)):
            yield from _sources(inner)


def _rule(path: str) -> str:
    """Return the path of a rule in words: ``payments.instalments.0`` is ``Payments, instalments 1``."""
    words = path.replace("_", " ").replace("-", " ").split(".")
    numbered = [f" {int(word) + 1}" if word.isdigit() else f", {word}" for word in words]
    return "".join(numbered).removeprefix(", ").capitalize()
