"""What all annexes show alike: their findings, and what their figures rest on."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from ka2budget import __version__
from ka2budget.annex.content import Content, Vocabulary, listing
from ka2budget.finding import Finding, Severity
from ka2budget.project import Project
from ka2budget.rules import Rules
from ka2budget.text import message, translate

_MANAGERS = {
    "na": message("National Agency"),
    "eacea": message("European Education and Culture Executive Agency (EACEA)"),
}
_SEVERITIES = {
    Severity.ERROR: message("Error"),
    Severity.WARNING: message("Warning"),
    Severity.INFO: message("Information"),
}
_SECTIONS = (
    "headings", "eligibility", "composition", "limits", "rounds", "award", "final_report", "payments",
    "final_report_due", "records", "countries",
)  # fmt: skip


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


def common(project: Project, rules: Rules, findings: Iterable[Finding], today: date, language: str) -> Content:
    """Return what every annex shows: its findings, and what it rests on."""
    digest = hashlib.sha256(project.model_dump_json().encode()).hexdigest()
    basis = BasisFacts(
        action=project.action,
        call=project.call,
        manager=translate(_MANAGERS[rules.managed_by], language),
        file=f"calls/{rules.file}",
        rules_read_on=rules.read_on,
        version=f"ka2budget {__version__}",
        digest=digest,
        made_on=today,
    )
    return {
        "findings": listing(_finding(finding, language) for finding in findings),
        "basis": listing([basis]),
        "documents": listing(_documents(rules, language)),
        "doubts": listing(
            DoubtFacts(rules.in_words(doubt.path).say(language), doubt.reason.say(language), rules.cite(doubt.source))
            for doubt in rules.doubts(*_SECTIONS)
        ),
    }


def _finding(finding: Finding, language: str) -> FindingFacts:
    severity = translate(_SEVERITIES[finding.severity], language)
    return FindingFacts(severity, finding.where, finding.say(language), finding.code, finding.source)


def _documents(rules: Rules, language: str) -> Iterator[DocumentFacts]:
    for name, document in rules.documents.items():
        if name in rules.documents_in_use:
            version = document.version and document.version.say(language)
            yield DocumentFacts(document.title, version, document.language, document.where, document.read_on)
