"""The steps of a grant's life; each reads, decides and writes, in that order.

What only some steps need is imported in them: a check, the step taken most often, then starts in half the time.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from ka2budget import document
from ka2budget.budget import Budget
from ka2budget.calculate import calculate
from ka2budget.catalogue import code_of, rules_for
from ka2budget.checks import check
from ka2budget.errors import CannotWrite, NoSuchAction, NoSuchCall, NotAllowed, Problem, Refusal, Several, Unreadable
from ka2budget.files import write_whole
from ka2budget.finding import Finding, Severity
from ka2budget.model import Model
from ka2budget.project import Project
from ka2budget.rules import Rules
from ka2budget.text import Phrase, phrase

if TYPE_CHECKING:
    from ka2budget.agreement import Agreement, Terms
    from ka2budget.form.merging import Conflict, Contribution
    from ka2budget.plan import Plan
    from ka2budget.report import Report
    from ka2budget.schedule import Due
    from ka2budget.settlement import Settlement
    from ka2budget.shares import Shares


class Examined(NamedTuple):
    """A project with the rules of its call and its budget, findings included."""

    project: Project
    rules: Rules
    budget: Budget

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that forbid the budget."""
        return tuple(finding for finding in self.budget.findings if finding.severity is Severity.ERROR)


class Forbidden(Refusal):
    """The budget has errors, and what was asked for needs one without; ``examined`` holds them."""

    def __init__(self, examined: Examined) -> None:
        self.examined = examined
        errors = examined.errors
        super().__init__(
            "The budget has {count} errors: {codes}" if len(errors) > 1 else "The budget has an error: {codes}",
            count=len(errors), codes=tuple(error.code for error in errors),
        )  # fmt: skip


def read_project(path: Path) -> Project:
    """Return the project of a file; raise Unreadable with every problem, an action or call without rules included."""
    return _with_rules(document.read(path, Project), path)


def project_of(content: bytes, path: Path) -> Project:
    """Return the project of a file's content, as ``read_project`` does; the path says what it is and names it."""
    return _with_rules(document.read_bytes(content, path, Project), path)


def _with_rules(project: Project, path: Path) -> Project:
    try:
        rules_for(project.action, project.call)
    except (NoSuchAction, NoSuchCall) as refusal:
        where = "/call" if isinstance(refusal, NoSuchCall) else "/action"
        raise Unreadable(path, [Problem(document.place(where, project, {}), refusal, where)]) from None
    return project


def read_report(path: Path) -> "Report":
    """Return the report of a file; raise Unreadable with every problem."""
    from ka2budget.report import Report

    return document.read(path, Report)


def read_form(path: Path) -> "Project | Report":
    """Return what a form holds, a project or a report; a file of another kind is a project's."""
    if path.suffix.lower() != ".xlsx":
        return read_project(path)
    return cast("Project | Report", document.read(path, Model))


def read_agreement(path: Path | None) -> "Agreement | None":
    """Return the agreement of a file, if there is one; raise Unreadable with every problem."""
    from ka2budget.agreement import Agreement

    return None if path is None else document.read(path, Agreement)


def examine(project: Project) -> Examined:
    """Calculate and check a project; of one partner's part only what is the partner's is judged.

    Raises NoSuchAction or NoSuchCall where the catalogue has no rules for it.
    """
    rules = rules_for(project.action, project.call)
    project = project.model_copy(update={"action": code_of(project.action, project.call)})
    budget = calculate(project, rules)
    findings = check(project, rules, budget)
    if document.part_of(project) is not None:
        findings = tuple(finding for finding in findings if document.concerns_part(finding.where))
    findings = (*findings, *document.notices(project))
    return Examined(project, rules, budget.model_copy(update={"findings": findings}))


def demand_whole(project: Project) -> None:
    """Raise NotAllowed for one partner's part of a project."""
    part = document.part_of(project)
    if part is not None:
        raise NotAllowed(
            "This is the part of {partner} alone; 'ka2budget merge' makes the whole of all parts first", partner=part
        )


def allowed(examined: Examined) -> Examined:
    """Return what was examined where its budget has no errors; raise Forbidden otherwise, NotAllowed for a part."""
    demand_whole(examined.project)
    if examined.errors:
        raise Forbidden(examined)
    return examined


def terms(examined: Examined, agreement: "Agreement | None" = None) -> "Terms":
    """Return the terms of the grant: the agreement's, else the call's."""
    from ka2budget.agreement import terms_of

    return terms_of(examined.rules, examined.project.months, examined.budget.grant, agreement)


def assess(examined: Examined, report: "Report", agreement: "Agreement | None" = None) -> "Settlement":
    """Return the final grant of an allowed budget; raise Forbidden where it has errors."""
    from ka2budget.settlement import settle

    project, rules, budget = allowed(examined)
    about = made_for(report, project.action, project.call, project.title)
    settlement = settle(project, rules, budget, report, terms(examined, agreement))
    return settlement.model_copy(update={"findings": (*settlement.findings, *about, *document.notices(report))})


def made_for(report: "Report", action: str, call: int, title: str) -> tuple[Finding, ...]:
    """Return a warning where the form of a report shows another title than its project has, as after an amendment.

    Raises NotAllowed where the form was made for another action or call, whose rules ask for other things.
    """
    about = document.about(report)
    if not about:
        return ()
    from ka2budget.form.filled import OTHER_PROJECT
    from ka2budget.form.keys import of_call

    called, named = (" ".join(about.get(name, "").split()) for name in ("of_call", "of_project"))
    if called and called != of_call(action, call):
        raise NotAllowed(
            "The form of the report was made for {told}; this project is one of {project}. 'ka2budget report' makes "
            "its form",
            told=called, project=of_call(action, call),
        )  # fmt: skip
    if named and named != " ".join(title.split()):
        return (OTHER_PROJECT.at("/", told=named, title=title),)
    return ()


def share_out(examined: Examined, agreement: "Agreement | None" = None) -> "Shares":
    """Return who gets which part of the grant, in which instalments."""
    from ka2budget.shares import share

    return share(examined.budget, terms(examined, agreement))


def plan(examined: Examined, agreement: "Agreement | None" = None) -> "Plan":
    """Return what a project's budget and its terms agree on."""
    from ka2budget.plan import plan_of

    return plan_of(*examined, terms(examined, agreement))


def dates_of(examined: Examined, agreement: "Agreement | None" = None) -> "tuple[Due, ...]":
    """Return every date of the grant."""
    from ka2budget.schedule import schedule

    return schedule(plan(examined, agreement))


def calendar_of(
    examined: Examined, agreement: "Agreement | None", now: datetime, language: str, sequence: int = 0
) -> bytes:
    """Return the dates of a grant as a calendar; entries keep their names as long as the project keeps its own."""
    from ka2budget.ics import Entry, calendar

    project, agreed = examined.project, agreement.reference if agreement is not None else None
    name = project.acronym or project.title
    reference = agreed or project.reference or f"{project.action}-{project.call}-{name}"
    entries = [Entry(reference, name, due, sequence) for due in dates_of(examined, agreement)]
    return calendar(entries, now, language, name)


def write_ics(content: bytes, out: Path) -> None:
    """Write a calendar; raise NotAllowed for a name that programs do not take for one."""
    if out.suffix.lower() != ".ics":
        raise NotAllowed("{file}: error: a calendar is an iCalendar file; its name ends in .ics", file=out)
    write_whole(out, content)


def write_budget_annex(
    examined: Examined, out: Path, today: date, language: str = "en", agreement: "Agreement | None" = None,
    templates: Path | None = None,
) -> str:  # fmt: skip
    """Write the budget annex of a project, errors included among its findings; return the SHA-256 of the file."""
    return write_workbook(out, budget_annex(examined, today, language, agreement, templates))


def budget_annex(
    examined: Examined, today: date, language: str = "en", agreement: "Agreement | None" = None,
    templates: Path | None = None,
) -> bytes:  # fmt: skip
    """Return the budget annex of a project, errors included among its findings."""
    from ka2budget import annex

    project, rules, budget = examined
    shares, dates = share_out(examined, agreement), dates_of(examined, agreement)
    return annex.budget_annex(
        project, rules, budget, shares, dates, today=today, language=language, templates=templates
    )


def write_final_annex(
    examined: Examined, settlement: "Settlement", out: Path, today: date, language: str = "en",
    templates: Path | None = None,
) -> str:  # fmt: skip
    """Write the annex of a settled final report; return the SHA-256 of the file."""
    return write_workbook(out, final_annex(examined, settlement, today, language, templates))


def final_annex(
    examined: Examined, settlement: "Settlement", today: date, language: str = "en", templates: Path | None = None
) -> bytes:
    """Return the annex of a settled final report, the same for the same report on every machine."""
    from ka2budget import annex

    project, rules, budget = examined
    return annex.final_annex(project, rules, budget, settlement, today=today, language=language, templates=templates)


def write_document(model: Model, out: Path) -> None:
    """Write a project, report or agreement as TOML or JSON, a project as a form too, as the ending of the path says."""
    write_whole(out, document.write(model, out))


def write_new(out: Path, content: str | bytes) -> None:
    """Write a file that must not exist yet; raise CannotWrite where it does."""
    if out.exists():
        raise CannotWrite(out, phrase("it exists already"))
    write_whole(out, content if isinstance(content, bytes) else content.encode())


def write_new_form(
    out: Path, code: str, call: int, language: str, project: Project | None, partner: str | None
) -> None:
    """Write the form of a call that must not exist yet: an empty one, or one filled from a project, for a partner too.

    Raises NoSuchName for a partner that the project has not, NotAllowed where a form could not hold the project.
    """
    from ka2budget.form.writing import empty_form, project_form

    _demand_form(out)
    rules = rules_for(code, call)
    if project is None:
        write_new(out, empty_form(code, rules, language))
    else:
        write_new(out, project_form(project, rules, partner, language))


def write_report_form(
    examined: Examined, report: "Report | None", out: Path, language: str, *, interim: bool = False
) -> None:
    """Write the form of a report on a project that must not exist yet, filled with what is declared of it so far.

    Raises Forbidden where the budget has errors, NotAllowed for a part or where a form could not hold the report.
    """
    from ka2budget.form.writing import report_form

    _demand_form(out)
    project, rules, budget = allowed(examined)
    write_new(out, report_form(project, rules, budget, report, language, interim=interim))


def _demand_form(out: Path) -> None:
    """Raise NotAllowed where the name of a form to write is not that of an Excel workbook."""
    if out.suffix.lower() != ".xlsx":
        raise NotAllowed("{file}: error: a form is an Excel workbook; its name ends in .xlsx", file=out)


class Merging(NamedTuple):
    """What forms make together: the project, or nothing where they are in conflict, and who changed what."""

    project: Project | None
    contributions: "tuple[Contribution, ...]"
    conflicts: "tuple[Conflict, ...]"
    grants: Mapping[str, tuple[Decimal | None, Decimal | None]]
    """The grant of every partner before and after, in EUR."""
    errors: tuple[Finding, ...]
    """The findings that forbid the budget of the merged project."""


def merge_forms(forms: Sequence[Path], base: Path | None, out: Path) -> Merging:
    """Return what forms make of the last version of the project; ``out`` names the result in errors.

    Raises Refusal with every problem of every file, NotAllowed for forms of another action or call, Unreadable where
    the forms together make no project.
    """
    from ka2budget.form.filled import FilledProject
    from ka2budget.form.merging import Form, merge

    last, *read = _read_all([base, *forms])
    if isinstance(last, FilledProject) and last.part is not None:
        raise NotAllowed(
            "{file}: error: is the part of {part} alone; the last version is the whole", file=base, part=last.part
        )
    whole = [one for one in read if one is not None]
    first = last or whole[0]
    for path, one in zip(forms, whole, strict=True):
        if (one.action, one.call) != (first.action, first.call):
            raise NotAllowed(
                "{file}: error: is a form of {action}, call {call}; the others are of {other}, call {other_call}",
                file=path, action=one.action, call=one.call, other=first.action, other_call=first.call,
            )  # fmt: skip
    filled = [one if isinstance(one, FilledProject) else FilledProject.of(one, {}) for one in whole]
    merged = merge([Form(str(path), one) for path, one in zip(forms, filled, strict=True)], last)
    project = None if merged.conflicts else document.from_tables(merged.tables, out, Project)
    before = {} if last is None else examine(last).budget.partners
    examined = None if project is None else examine(project)
    after = {} if examined is None else examined.budget.partners
    grants = {
        name: (before[name].grant if name in before else None, after[name].grant if name in after else None)
        for name in {**before, **after}
    }
    errors = () if examined is None else examined.errors
    return Merging(project, merged.contributions, merged.conflicts, grants, errors)


def _read_all(paths: Sequence[Path | None]) -> list[Project | None]:
    """Return the projects of files; raise Refusal with every problem of all of them."""
    found: list[Project | None] = []
    refusals: list[Refusal] = []
    for path in paths:
        try:
            found.append(None if path is None else read_project(path))
        except Refusal as refusal:
            refusals.append(refusal)
    if refusals:
        raise Several(refusals)
    return found


def keep_apart(out: Path | None, *inputs: Path | None) -> None:
    """Raise NotAllowed where a result would be written over a file that is read for it."""
    for path in inputs:
        if out is not None and path is not None and out.resolve() == path.resolve():
            raise NotAllowed("{file}: error: is the file that is read; name another one for the result", file=out)


def write_workbook(out: Path, content: bytes) -> str:
    """Write an annex and return its SHA-256; raise CannotWrite, with what stood there before untouched."""
    import hashlib

    if out.suffix.lower() != ".xlsx":
        raise NotAllowed("{file}: error: an annex is an Excel workbook; its name ends in .xlsx", file=out)
    write_whole(out, content)
    return hashlib.sha256(content).hexdigest()


def fill_official(examined: Examined, workbook: Path, out: Path) -> tuple[Phrase, ...]:
    """Write an agency's own workbook, filled from a project; return in sentences what was joined, moved or left out.

    Raises Unreadable where the workbook is not the official table, NotAllowed or Several where the project does not fit
    into it.
    """
    from ka2budget.official.book import Book
    from ka2budget.official.fill import fill
    from ka2budget.official.recognise import recognise
    from ka2budget.package import open_package

    content, notices = fill(recognise(Book(open_package(workbook))), examined.project, examined.rules)
    write_workbook(out, content)
    return notices


def read_official(
    workbook: Path, action: str, call: int, *, title: str | None = None, start: date | None = None,
    months: int | None = None,
) -> tuple[Project, tuple[Phrase, ...]]:  # fmt: skip
    """Return the project of a filled official table, and in sentences what its reader should know.

    What the table does not hold is given, or follows from the call. Raises NoSuchAction, NoSuchCall, or Unreadable with
    every problem by sheet and cell.
    """
    from ka2budget.official.book import Book
    from ka2budget.official.read import Head, read
    from ka2budget.official.recognise import recognise
    from ka2budget.package import open_package

    rules = rules_for(action, call)
    limits = rules.limits.months
    head = Head(action, call, start or date(call + 1, 1, 1), months or min(limits.allowed or (limits.min,)), title)
    tables, notices = read(recognise(Book(open_package(workbook))), head)
    project = document.from_tables(tables, workbook, Project)
    put_in = (
        (title, phrase("the title {title}", title=project.title)),
        (start, phrase("the first day {day}", day=project.start)),
        (months, phrase("the duration in months {months}", months=project.months)),
    )
    assumed = tuple(said for given, said in put_in if given is None)
    if assumed:
        told = phrase("The table does not hold everything; these were put in: {assumed}.", assumed=assumed)
        notices = (told, *notices)
    left_open = phrase("Types of partners and leads of work packages are open; 'ka2budget check' names what lacks.")
    return project, (*notices, left_open)
