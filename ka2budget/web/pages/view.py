"""What the page of a budget shows: entries as typed, sums, and each finding at the place it is about."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from ka2budget import steps
from ka2budget.budget import Budget
from ka2budget.catalogue import rules_for
from ka2budget.checks import OPEN_QUESTIONS
from ka2budget.errors import Refusal
from ka2budget.explain import Explanation, explain
from ka2budget.finding import Finding, Severity
from ka2budget.form.choices import Choice, Choices, choices, facts, list_of
from ka2budget.form.fields import NUMBERS, tables_of
from ka2budget.form.shape import Column, tables
from ka2budget.form.values import number
from ka2budget.project import Project
from ka2budget.rules import Rules
from ka2budget.store.drafts import Draft
from ka2budget.text import Phrase, Word
from ka2budget.web.pages.taking import Taken, take
from ka2budget.web.pages.typed import Texts

MAIN = frozenset({
    "title", "acronym", "start", "months", "lump_sum", "estimated_cost", "variant", "round", "name", "country", "role",
    "type", "lead", "management", "amount", "end", "start_month", "end_month",
})  # fmt: skip
"""Entries that are always in sight; the others are one step away."""
_NESTED = ("costs", "depreciation")


class Entry(NamedTuple):
    """One field to type in."""

    pointer: str
    label: Word
    text: str
    kind: str
    note: Word | None = None
    choices: tuple[Choice, ...] = ()
    """What may be chosen; none where it is typed."""
    required: bool = False


class Row(NamedTuple):
    """One partner, work package, activity or line, with what is typed of it."""

    pointer: str
    name: str
    entries: tuple[Entry, ...]
    more: tuple[Entry, ...] = ()


class Listing(NamedTuple):
    """One list of rows."""

    pointer: str
    title: Word
    intro: Word
    rows: tuple[Row, ...]
    of: str = ""
    """The work package whose lines these are."""

    @property
    def columns(self) -> tuple[Entry, ...]:
        """The entries of the first row, for their labels."""
        return self.rows[0].entries if self.rows else ()


class Matrix(NamedTuple):
    """Who gets what of each part: rows are partners, columns work packages or activities."""

    parts: tuple[tuple[str, str], ...]
    """Id and title of each."""
    rows: tuple[tuple[str, str, tuple[Entry, ...]], ...]
    """Id and name of each partner, with an entry for each part."""


class Said(NamedTuple):
    """One sentence beside an entry, or at the head of the page."""

    severity: str
    message: Phrase | Finding
    source: str | None = None

    @property
    def word(self) -> Word:
        """How grave it is."""
        return Word(self.severity)


class View(NamedTuple):
    """The page of one budget."""

    draft: Draft
    rules: Rules
    head: Row
    lists: tuple[Listing, ...]
    """Partners, then work packages or activities."""
    matrix: Matrix | None
    lines: tuple[Listing, ...]
    """Lines of costs or units."""
    budget: Budget | None
    """The budget, where it can be worked out; with ``is_whole`` false, of what could be understood alone."""
    is_whole: bool
    said: Mapping[str, tuple[Said, ...]]
    """Sentences by the pointer of the entry, row or list they are about; under "" what is about the whole."""
    questions: tuple[Said, ...]
    explanations: tuple[Explanation, ...]
    names: Mapping[str, str]
    """Names of partners and titles of parts by id."""
    countries: tuple[Choice, ...]
    """The countries whose organisations may take part."""

    @property
    def errors(self) -> list[tuple[str, Said]]:
        """What forbids the budget, each with its place."""
        return [(where, one) for where, every in self.said.items() for one in every if one.severity == Severity.ERROR]

    @property
    def places(self) -> Mapping[str, tuple[str, Word]]:
        """What each entry, row and list is called: the name of its row, and its label."""
        found: dict[str, tuple[str, Word]] = {}
        for listing in (*self.lists, *self.lines):
            found[listing.pointer] = (listing.of, listing.title)
            for row in listing.rows:
                found[row.pointer] = (listing.of, Word(row.name))
                found |= {one.pointer: (row.name, one.label) for one in (*row.entries, *row.more)}
        found |= {one.pointer: ("", one.label) for one in (*self.head.entries, *self.head.more)}
        if self.matrix is not None:
            found |= {one.pointer: ("", one.label) for _, _, entries in self.matrix.rows for one in entries}
        return found

    @property
    def warnings(self) -> int:
        """How many things want a second look."""
        return sum(one.severity == Severity.WARNING for every in self.said.values() for one in every)

    @property
    def why(self) -> frozenset[str]:
        """The names of the amounts that are explained."""
        return frozenset(one.what for one in self.explanations)

    @property
    def management(self) -> tuple[Explanation, Decimal, Word] | None:
        """The cap of project management, what it has in EUR, and the title of its work package, where it has a cap."""
        cap = next((one for one in self.explanations if one.what == "management-cap"), None)
        name = next((row["id"] for row in self.draft.tables.get("work_packages", []) if row.get("management")), None)
        if cap is None or self.budget is None or name not in self.budget.work_packages:
            return None
        return cap, self.budget.work_packages[name].amount, Word(self.names.get(name, name))


class _Call(NamedTuple):
    """What a call offers to choose from, and what decides which entries there are."""

    lists: Mapping[str, Choices]
    facts: frozenset[str]


def view(draft: Draft, language: str) -> View:
    """Return the page of a draft in a language; raise Refusal where its call has no rules."""
    texts = draft.tables
    rules = rules_for(texts["action"], int(texts["call"]))
    taken = take(texts)
    examined = _examined(taken)
    call = _Call({**choices(rules, language), "leads": _leads(texts)}, facts(rules))
    head = _head(texts, call)
    listings = tuple(_listing(texts, f"/{name}", name, call) for name in _lists(rules, texts))
    lines = tuple(_lines(texts, rules, call))
    parts = next(
        (name for name in ("work_packages", "activities") if f"/{name}" in {one.pointer for one in listings}), ""
    )
    matrix = _matrix(texts, parts) if parts and rules.structure != "costs" else None
    anchors = {"", *_anchors(head, listings, lines, matrix)}
    is_whole = not taken.problems
    findings = examined.budget.findings if examined and is_whole else ()
    asked = [_told(one) for one in findings if one.code in OPEN_QUESTIONS]
    said = _beside(taken, [one for one in findings if one.code not in OPEN_QUESTIONS], anchors)
    return View(
        draft, rules, head, listings, matrix, lines, examined.budget if examined else None, is_whole, said,
        tuple(asked), explain(*examined) if examined and is_whole else (), _names(texts),
        call.lists["country"].choices if "country" in call.lists else (),
    )  # fmt: skip


def _examined(taken: Taken) -> steps.Examined | None:
    if taken.project is None:
        return None
    try:
        return steps.examine(taken.project)
    except Refusal:
        return None


def _lists(rules: Rules, texts: Texts) -> Iterator[str]:
    yield "partners"
    if rules.structure in {"work-packages", "costs"} or texts.get("work_packages"):
        yield "work_packages"
    if rules.structure == "activities" or texts.get("activities"):
        yield "activities"


def _head(texts: Texts, call: _Call) -> Row:
    columns = [one for one in tables()["project"].columns if one.field.name not in {"action", "call"}]
    entries = tuple(_entries(texts, "", "project", columns, call))
    return Row("", "", *_in_sight(entries))


def _in_sight(entries: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    main = tuple(one for one in entries if one.pointer.rpartition("/")[2] in MAIN)
    return main, tuple(one for one in entries if one not in main)


def _listing(texts: Texts, pointer: str, name: str, call: _Call, *, flat: bool = False) -> Listing:
    table = tables()[name]
    rows = []
    every = texts.get(name, [])
    skipped = {"id", (table.parent or "").removesuffix("s")}
    used = {key for row in every for key in row}
    columns = [one for one in table.columns if one.field.name not in skipped]
    for place, row in enumerate(every):
        where = f"{pointer}/{place}"
        entries = tuple(_entries(row, where, name, columns, call, used))
        shown = (entries, ()) if flat else _in_sight(entries)
        rows.append(Row(where, row.get("id", f"{place + 1}"), *shown))
    return Listing(pointer, Word(table.words.title), Word(table.words.intro), tuple(rows))


def _lines(texts: Texts, rules: Rules, call: _Call) -> Iterator[Listing]:
    """Yield the lists of lines: costs of each work package, units, real costs."""
    for name in ("units", "real_costs"):
        if texts.get(name) or (rules.structure == "units" and f"{name}.heading" in call.lists):
            yield _listing(texts, f"/{name}", name, call, flat=True)
    for place, package in enumerate(texts.get("work_packages", [])):
        for name in _NESTED:
            if package.get(name) or (rules.structure == "costs" and name == "costs"):
                pointer, of = f"/work_packages/{place}/{name}", package.get("id", "")
                yield _listing(package, pointer, name, call, flat=True)._replace(of=of)


def _entries(
    texts: Texts, where: str, of: str, columns: Iterable[Column], call: _Call,
    used: Iterable[str] = (),
) -> Iterator[Entry]:  # fmt: skip
    for column in columns:
        field = column.field
        if column.when and not call.facts & set(column.when) and field.name not in {*texts, *used}:
            continue
        text = texts.get(field.name, "")
        name = "leads" if field.name in {"lead", "partner", "of"} else list_of(field, of, call.lists)
        offered = () if name not in call.lists else _offered(text, field.kind, call.lists[name].choices)
        note = Word(column.note) if column.note else None
        yield Entry(f"{where}/{field.name}", Word(column.label), text, field.kind, note, offered, field.required)


def _offered(text: str, kind: str, offered: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Return what may be chosen, with what was typed among it, spelled as it was typed."""
    if not text:
        return offered
    spelled = tuple(one._replace(value=text) if _same(one.value, text, kind) else one for one in offered)
    return spelled if any(one.value == text for one in spelled) else (*spelled, Choice(text, text, ""))


def _same(value: str, text: str, kind: str) -> bool:
    if kind not in NUMBERS or not text:
        return value == text
    try:
        return number(value) == number(text)
    except ValueError:
        return value == text


def _leads(texts: Texts) -> Choices:
    rows = [row for row in texts.get("partners", []) if row.get("id")]
    named = (Choice(row["id"], f"{row['id']} {row.get('name', '')}".strip(), "") for row in rows)
    return Choices("", tuple(named), is_closed=True)


def _matrix(texts: Texts, parts: str) -> Matrix | None:
    columns, partners = texts.get(parts, []), texts.get("partners", [])
    if not columns or not partners:
        return None
    rows = []
    for partner in partners:
        key = partner.get("id", "")
        entries = tuple(
            Entry(
                f"/{parts}/{place}/shares/{key}", Word(f"{key}, {part.get('id', '')}"),
                part.get("shares", {}).get(key, ""), "money",
            )
            for place, part in enumerate(columns)
        )  # fmt: skip
        rows.append((key, partner.get("name", ""), entries))
    return Matrix(tuple((one.get("id", ""), one.get("title", "")) for one in columns), tuple(rows))


def _anchors(head: Row, listings: Iterable[Listing], lines: Iterable[Listing], matrix: Matrix | None) -> Iterator[str]:
    yield from (one.pointer for one in (*head.entries, *head.more))
    for listing in (*listings, *lines):
        yield listing.pointer
        for row in listing.rows:
            yield row.pointer
            yield from (one.pointer for one in (*row.entries, *row.more))
    if matrix is not None:
        yield from (one.pointer for _, _, entries in matrix.rows for one in entries)


def _beside(taken: Taken, findings: Iterable[Finding], anchors: set[str]) -> dict[str, tuple[Said, ...]]:
    found: dict[str, list[Said]] = {}
    for where, messages in taken.problems.items():
        told = [Said(Severity.ERROR, message) for message in messages]
        found.setdefault(_anchor(where, anchors), []).extend(told)
    for finding in findings:
        found.setdefault(_anchor(finding.where, anchors), []).append(_told(finding))
    return {where: tuple(said) for where, said in found.items()}


def _told(finding: Finding) -> Said:
    return Said(finding.severity.value, finding, finding.source)


def _anchor(where: str, anchors: set[str]) -> str:
    """Return the nearest place on the page that a pointer is at or below."""
    while where not in anchors:
        where = where.rpartition("/")[0]
    return where


def _names(texts: Texts) -> dict[str, str]:
    lists = (name for name in tables_of(Project) if name in {"partners", "work_packages", "activities"})
    rows = (row for name in lists for row in texts.get(name, []))
    return {row["id"]: row.get("name") or row.get("title") or "" for row in rows if row.get("id")}
