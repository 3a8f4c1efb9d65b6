"""The rules of one action in one call, as ``calls/`` holds them: figures with their document and page, never code."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from ka2budget.errors import NoSuchRule, NotKnown
from ka2budget.finding import Finding, warning
from ka2budget.formulas import LumpSum
from ka2budget.model import Count, Country, Day, HeadingName, Model
from ka2budget.rules.final_report import (
    Acceptance,
    Achieved,
    ActualCosts,
    Band,
    FinalReport,
    ProjectScore,
    WorkPackageScore,
)
from ka2budget.rules.payments import Above, Days, FinalReportDue, FurtherPrefinancing, Instalments, Payments, Records
from ka2budget.rules.practice import GrantKind, InterimPays, Practice
from ka2budget.rules.tables import (
    ApplicantAge,
    Applications,
    AtMost,
    Award,
    Citation,
    Composition,
    Criterion,
    Eligibility,
    EstimatedCost,
    Extension,
    Heading,
    Limits,
    Management,
    Months,
    Parity,
    Participation,
    Question,
    Round,
    Sourced,
    Transfers,
    Venues,
)
from ka2budget.text import Phrase, Sentence, Word, key_word

__all__ = [
    "UNCONFIRMED",
    "Above",
    "Acceptance",
    "Achieved",
    "ActualCosts",
    "ApplicantAge",
    "Applications",
    "AtMost",
    "Award",
    "Band",
    "Citation",
    "Composition",
    "CountryGroup",
    "Criterion",
    "Days",
    "Document",
    "Doubt",
    "Eligibility",
    "EstimatedCost",
    "Extension",
    "FinalReport",
    "FinalReportDue",
    "FurtherPrefinancing",
    "GrantKind",
    "Heading",
    "Instalments",
    "InterimPays",
    "Limits",
    "Management",
    "Months",
    "Parity",
    "Participation",
    "Payments",
    "Practice",
    "ProjectScore",
    "Question",
    "Records",
    "Round",
    "Rules",
    "RulesFile",
    "Sourced",
    "Transfers",
    "Venues",
    "WorkPackageScore",
    "cite",
    "unconfirmed",
]

UNCONFIRMED = warning("unconfirmed-rule", "Not confirmed by an official document: {tables}. {reason}")


class RulesFile(Model):
    """The content of one file of ``calls/``: the rules of one action in one call, complete."""

    action: str
    """Name of the action."""
    codes: Annotated[tuple[str, ...], Field(min_length=1)]
    """The codes applicants use, which these rules are for."""
    call: Annotated[Count, Field(ge=2014)]
    """Year of the call."""
    title: Word
    """Name of the action as people read it."""
    managed_by: Literal["na", "eacea"]
    """National Agency or European Education and Culture Executive Agency."""
    structure: Literal["activities", "work-packages", "costs", "units"]
    """What the grant is divided into in the application."""
    read_on: Day
    """Day on which the file was last compared with the documents."""
    counterparts: dict[str, str] = Field(default_factory=dict)
    """For each code the code of the other kind of partnership in the same field."""
    variants: dict[str, Word] = Field(default_factory=dict)
    """Kinds of project with rules of their own: the name that the project file gives, and what it stands for."""
    headings: dict[HeadingName, Heading]
    """Budget headings by name; the grant comes from the first."""
    eligibility: Eligibility
    """Who may take part, by role."""
    composition: tuple[Composition, ...]
    """Demands on the consortium."""
    parity: tuple[Parity, ...] = ()
    """Groups of organisations that have to be in balance."""
    limits: Limits
    """The limits of the call."""
    transfers: Transfers | None = None
    """What may move between headings without an amendment."""
    questions: tuple[Question, ...] = ()
    """What only people can judge."""
    rounds: tuple[Round, ...] = ()
    """Deadlines of the call."""
    award: Award | None = None
    """How applications are scored."""
    final_report: FinalReport
    """How the assessment of the final report turns into money."""
    payments: Payments
    """How and when the grant is paid."""
    final_report_due: FinalReportDue
    """When the final report is due."""
    records: Records
    """How long records are kept."""


class Document(Model):
    """A document that figures come from."""

    title: str
    version: Sentence | None = None
    language: str | None = None
    where: str | None = None
    read_on: Day | None = None
    """Day on which it was read; absent where only others' accounts of it were."""


def cite(source: str, documents: Mapping[str, Document]) -> str:
    """Return ``guide p. 250`` with the document's title in place of its short name."""
    name, _, page = source.partition(" ")
    return f"{documents[name].title}{', ' if page else ''}{page}"


class CountryGroup(Sourced):
    """Countries that the programme treats alike in this call."""

    label: Word
    countries: tuple[Country, ...]


class Doubt(NamedTuple):
    """A doubtful table of the rules: its path, why it is in doubt, and the document it was taken from."""

    path: str
    reason: Sentence
    source: str


class Unknown(NamedTuple):
    """A figure that was found in no document: its path, what is known of it, and where one looked."""

    path: str
    known: Sentence
    source: str

    @property
    def figure(self) -> str:
        """What is not known: of a limit its name, else the path."""
        return self.path.rpartition(".")[2] if self.path.startswith("limits.") else self.path


class Rules(RulesFile):
    """The rules of one action in one call with the call's countries and documents."""

    file: str
    """Name of the file below ``calls/``."""
    documents: dict[str, Document]
    country_groups: dict[str, CountryGroup]

    def cite(self, source: str | None) -> str | None:
        """Return ``guide p. 250`` with the document's title in place of its short name."""
        return None if source is None else cite(source, self.documents)

    def group_of(self, country: str) -> str | None:
        """Return the name of the country group a country (ISO 3166-1 alpha-2) is in, or None."""
        return next((name for name, group in self.country_groups.items() if country in group.countries), None)

    def may_take_part(self, country: str, who: Participation) -> bool:
        """Return whether organisations of a country may take part in that role."""
        group = self.group_of(country)
        return group is not None and country not in who.excluded and ("all" in who.groups or group in who.groups)

    def rounds_of(self, code: str) -> tuple[Round, ...]:
        """Return the rounds that are open for a code."""
        return tuple(round_ for round_ in self.rounds if not round_.codes or code in round_.codes)

    def demands_on(self, code: str, variant: str | None) -> tuple[Composition, ...]:
        """Return the demands on the consortium that hold for a code and a variant of it."""
        return tuple(
            demand
            for demand in self.composition
            if (not demand.codes or code in demand.codes) and (not demand.variants or variant in demand.variants)
        )

    @property
    def grant_heading(self) -> Heading:
        """The heading that the grant comes from."""
        return next(iter(self.headings.values()))

    @property
    def lump_sums(self) -> tuple[Decimal, ...]:
        """The lump sums on offer, in EUR, lowest first; none where the grant is worked out."""
        price = self.grant_heading.price
        return tuple(sorted(price.on_offer)) if isinstance(price, LumpSum) else ()

    @cached_property
    def every_doubt(self) -> tuple[Doubt, ...]:
        """Everything in these rules that no official document confirms."""
        sections = {name: getattr(self, name) for name in RulesFile.model_fields} | {"countries": self.country_groups}
        return tuple(doubt for name, section in sections.items() for doubt in _doubts(section, name, ""))

    @cached_property
    def every_unknown(self) -> tuple[Unknown, ...]:
        """Every figure of these rules that was found in no document."""
        return tuple(one for name in RulesFile.model_fields for one in _unknown(getattr(self, name), name))

    @cached_property
    def documents_in_use(self) -> frozenset[str]:
        """The names of the documents that these rules cite."""
        return frozenset(source.partition(" ")[0] for source in _sources(self))

    def doubts(self, *sections: str) -> Iterator[Doubt]:
        """Yield what is in doubt in the named sections, such as ``limits`` or ``countries``."""
        return (doubt for doubt in self.every_doubt if doubt.path.partition(".")[0] in sections)

    def in_words(self, path: str) -> Phrase:
        """Return a path of these rules in words: ``payments.instalments.1`` is ``Payments, instalments 1``."""
        names = path.split(".")
        words = {f"word{place}": self._word(names[:place], name) for place, name in enumerate(names)}
        spelled = (f"{' ' if name.isdigit() else ', '}{{word{place}}}" for place, name in enumerate(names))
        return Phrase("".join(spelled).removeprefix(", "), words)

    def _word(self, before: list[str], name: str) -> Word | str:
        """Return the word for one name of a path: a label of this call, or the name itself where it is no code."""
        if before == ["headings"] and name in self.headings:
            return self.headings[name].label
        if before == ["countries"]:
            return self.country_groups[name].label
        word = key_word(name.replace("_", "-"))
        return Word(word.capitalize() if not before else word) if name.islower() else name

    def find(self, path: str) -> Any:  # noqa: ANN401 - any table or figure of the rules
        """Return what stands at a dotted path such as ``limits.months``; raise NoSuchRule where nothing does."""
        found: Any = self
        table: Any = None
        for name in path.split("."):
            table = found if isinstance(found, Sourced) else table
            known = found if isinstance(found, dict) else {key: value for key, value in found if value is not None}
            if name not in known:
                if table is not None and name in table.unknown:
                    raise NotKnown(path, self.call, table.unknown[name])
                raise NoSuchRule(path, self.file, list(known))
            found = known[name]
            if not isinstance(found, (Model, dict)):
                break
        return found


def _doubts(value: Any, path: str, source: str) -> Iterator[Doubt]:  # noqa: ANN401 - a table or what is in it
    if isinstance(value, Model):
        source, reason = getattr(value, "source", source), getattr(value, "doubt", None)
        if reason is not None:
            yield Doubt(path, reason, source)
        inside: Iterable[tuple[Any, Any]] = value
    elif isinstance(value, dict):
        inside = value.items()
    else:
        inside = enumerate(value, 1) if isinstance(value, tuple) else ()
    for name, inner in inside:
        yield from _doubts(inner, f"{path}.{name}", source)


def _unknown(value: Any, path: str) -> Iterator[Unknown]:  # noqa: ANN401 - a table or what is in it
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Model):
        if isinstance(value, Sourced):
            yield from (Unknown(f"{path}.{name}", known, value.source) for name, known in value.unknown.items())
        inside = value
    elif isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, tuple):
        inside = enumerate(value, 1)
    for name, inner in inside:
        yield from _unknown(inner, f"{path}.{name}")


def _sources(value: Any) -> Iterator[str]:  # noqa: ANN401 - a table or what is in it
    inside: Iterable[Any] = ()
    if isinstance(value, Model):
        if isinstance(value, Sourced):
            yield value.source
        inside = (inner for _, inner in value)
    elif isinstance(value, dict):
        inside = value.values()
    elif isinstance(value, tuple):
        inside = value
    for inner in inside:
        yield from _sources(inner)


def unconfirmed(rules: Rules, doubts: Iterable[Doubt]) -> Iterator[Finding]:
    """Yield a warning for each reason of doubt: the tables it concerns, and the documents they were taken from."""
    reasons: dict[str, list[Doubt]] = {}
    for doubt in doubts:
        reasons.setdefault(doubt.reason, []).append(doubt)
    for reason, found in reasons.items():
        sources = dict.fromkeys(rules.cite(doubt.source) or "" for doubt in found)
        yield UNCONFIRMED.at("/call", "; ".join(sources), tables=tuple(doubt.path for doubt in found), reason=reason)
