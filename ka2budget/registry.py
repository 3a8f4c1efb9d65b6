"""The register of a project office: each step reads a grant's history, decides what may be added, and adds it.

The history is the only truth: what an event says is worked out from its document once, when it is recorded.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field

from ka2budget import __version__, document, ics, steps
from ka2budget.account import Account, Further, account, further_payment
from ka2budget.agreement import Agreement
from ka2budget.dates import after_days
from ka2budget.errors import NoSuchName, NotAllowed, Refusal, Several
from ka2budget.event import ASKED, Asked, Details, Event, demand_asked, effective
from ka2budget.finding import Finding, Severity, info, warning
from ka2budget.grant import Grant, replay
from ka2budget.history import History
from ka2budget.lifecycle import EVENT_WORDS, STATE_WORDS, Amendment, EventKind, Guarantee, State, possible
from ka2budget.model import LAST_YEAR, Model
from ka2budget.money import ZERO, total
from ka2budget.package import read_bounded
from ka2budget.plan import Plan
from ka2budget.project import Project
from ka2budget.report import Payment, Report, Transfer
from ka2budget.schedule import Due, schedule
from ka2budget.settlement import Settlement
from ka2budget.store import AgendaItem, Document, Standing, Store
from ka2budget.text import Phrase, message, phrase

_M = TypeVar("_M", bound=Model)

_MOST_BYTES = 20_000_000
_FAR = date(LAST_YEAR, 12, 31)
_ACCEPTED = 1
_LONGEST_REFERENCE = 100

LATE_REQUEST = warning(
    "amendment-late", "Amendments are asked for at least {days} days before the end of {end}; this one came on {day}."
)
LATE_REPORT = warning("report-late", "The final report was due on {due}; it was sent on {day}.")
DIFFERS = warning("decision-differs", "The agency decided {decided}; the report makes {worked_out}.")
DECISION_STANDS = info("decision-stands", "The audit names no other final grant; the one of {final} stands.")
RESTS_ON_MISTAKE = warning(
    "rests-on-mistake", "Number {number} was worked out before this correction; correct it with the same files too."
)


class Draft(NamedTuple):
    """An event that somebody wants to record."""

    kind: EventKind
    happened: date
    by: str
    details: Details = Details()
    why: str | None = None
    document: Path | Document | None = None
    """The file behind it, or its content; of some events a project or a report, which is then read."""
    agreement: Path | Document | None = None
    """What the agreement says from here on."""
    corrects: int | None = None


class Recorded(NamedTuple):
    """What came of a draft: the event, the grant after it, and what there is to say about it."""

    event: Event
    grant: Grant
    account: Account
    findings: tuple[Finding, ...]
    is_new: bool = True
    """Whether it was added; the same event twice is added once."""

    def overview(self, reference: str) -> "RecordedOverview":
        """Return the number of the event and where the grant of that reference is now."""
        now = dict(Overview.of(reference, self.grant, self.account))
        return RecordedOverview.model_construct(event=self.event.number, new=self.is_new, **now)

    def told(self, reference: str) -> Phrase:
        """Return in a sentence what was recorded, and where the grant of that reference is now."""
        event = self.event
        return phrase(
            "{reference}: recorded as number {number}: {event}, {day}. The grant is now: {state}."
            if self.is_new
            else "{reference}: is recorded already as number {number}: {event}, {day}. Nothing was changed.",
            reference=reference, number=event.number, event=EVENT_WORDS[event.kind], day=event.happened,
            state=STATE_WORDS[self.grant.state],
        )  # fmt: skip


class Overview(Model):
    """Where a grant stands: its state, what can happen next, what was agreed, its money and its dates."""

    reference: str
    state: State
    amendment: Amendment
    guarantee: Guarantee
    possible: tuple[EventKind, ...]
    """The events that can happen now."""
    plan: Plan
    account: Account
    dates: Annotated[tuple[Due, ...] | None, Field(exclude_if=lambda value: value is None)] = None

    @classmethod
    def of(cls, reference: str, grant: Grant, account: Account, dates: tuple[Due, ...] | None = None) -> "Overview":
        """Return how a grant of that reference stands."""
        position, kind = grant.position, grant.plan.terms.kind
        return cls.model_construct(
            reference=reference, state=grant.state, amendment=position.amendment, guarantee=position.guarantee,
            possible=tuple(possible(position, kind)), plan=grant.plan, account=account, dates=dates,
        )  # fmt: skip


class RecordedOverview(Overview):
    """Where a grant stands after an event was recorded."""

    event: int
    """The number of the event."""
    new: bool
    """Whether it was added now; the same event twice is added once."""


class _File(NamedTuple):
    """A file behind an event, and how it is named in errors."""

    path: Path
    document: Document

    @property
    def digest(self) -> str:
        """The SHA-256 of its content."""
        return self.document.digest

    def read(self, model: type[_M]) -> _M:
        """Return the model it holds; raise Unreadable with every problem."""
        return document.read_bytes(self.document.content, self.path, model)


class NotSettled(Refusal):
    """A report with errors, of which there is no final grant; ``findings`` holds them."""

    def __init__(self, report: Report, findings: Sequence[Finding], language: str) -> None:
        self.report, self.language = report, language
        self.findings = tuple(one for one in findings if one.severity is Severity.ERROR)
        super().__init__(
            "The report has {count} errors: {codes}" if len(self.findings) > 1 else "The report has an error: {codes}",
            count=len(self.findings), codes=tuple(one.code for one in self.findings),
        )  # fmt: skip


def register(
    store: Store,
    project: Path | Document,
    by: str,
    today: date,
    agreement: Path | Document | None = None,
    reference: str | None = None,
) -> tuple[str, Recorded]:
    """Take a grant into the store, from its project file and what its agreement says; return its reference too.

    Raises Unreadable, Forbidden where the budget has errors, NotAllowed without a reference, AlreadyRegistered.
    """
    files = _as_file(project), None if agreement is None else _as_file(agreement)
    said = None if files[1] is None else files[1].read(Agreement)
    read = steps.project_of(files[0].document.content, files[0].path)
    if reference is not None:
        document.from_tables({"reference": reference}, Path("--reference"), Agreement)
    name = reference or (said.reference if said else None) or read.reference
    if name is None:
        raise NotAllowed("The grant needs its reference: in the project file, in the agreement, or with --reference")
    if len(name) > _LONGEST_REFERENCE:
        raise NotAllowed("The reference of a grant has at most {most} characters", most=_LONGEST_REFERENCE)
    draft = Draft(EventKind.REGISTERED, today, by, document=project, agreement=agreement)
    return name, _add(store, name, _worked_in(store, name, draft, (), today))


def record(store: Store, reference: str, draft: Draft, today: date) -> Recorded:
    """Add what happened to a grant; the same again adds nothing.

    Raises NoSuchGrant, NotPossible with what would be possible, Several with everything that lacks, Overtaken where
    somebody else was faster; then nothing was changed.
    """
    return _add(store, reference, _worked_in(store, reference, draft, store.events(reference), today))


def check(store: Store, reference: str, draft: Draft, today: date) -> Recorded:
    """Return what ``record`` would, and change nothing; raise what it would where the event cannot be recorded."""
    return _worked_in(store, reference, draft, store.events(reference), today).recorded


def look_up(store: Store, reference: str, on: date) -> tuple[Grant, Account, tuple[Due, ...]]:
    """Return how a grant stands on a day, its money and its dates; raise NoSuchGrant."""
    grant = replay(store.events(reference), on)
    money = account(grant.history)
    return grant, money, schedule(grant.plan, grant.history, money)


def standings(store: Store) -> tuple[Standing, ...]:
    """Return how every grant stands, by reference."""
    bring_up_to_date(store)
    return store.standings()


def agenda(store: Store, until: date) -> tuple[AgendaItem, ...]:
    """Return what is not done yet in any grant and has its day until then, by day, reference and name."""
    bring_up_to_date(store)
    return store.agenda(until)


def calendar(store: Store, references: Sequence[str], on: date, now: datetime, language: str) -> bytes:
    """Return the dates of grants, or of all where none is named, as a calendar that takes the place of an earlier one.

    Raises NoSuchGrant.
    """
    entries = []
    for reference in dict.fromkeys(references or store.references()):
        events = store.events(reference)
        grant = replay(events, on)
        dates = schedule(grant.plan, grant.history)
        entries += [ics.Entry(reference, grant.plan.name, due, events[-1].number) for due in dates]
    return ics.calendar(entries, now, language)


def document_of(store: Store, reference: str, digest: str) -> Document:
    """Return a file behind an event of a grant; raise NoSuchGrant, or NoSuchName for one that is not behind any."""
    events = store.events(reference)
    digests = {one for event in events for one in (event.document, event.details.agreement) if one is not None}
    if digest not in digests:
        raise NoSuchName(message("document"), digest, sorted(digests))
    return store.document(digest)


def accepted_parts(store: Store, reference: str, parts: Sequence[str], on: date) -> dict[str, str]:
    """Return work packages that are accepted with their amounts in EUR; raise NotAllowed for one that is not there."""
    known = replay(store.events(reference), on).plan.parts
    if unknown := tuple(name for name in parts if name not in known):
        raise NotAllowed("{names} is not among the work packages {known}", names=unknown, known=tuple(known))
    return {name: str(known[name].amount) for name in parts}


def bring_up_to_date(store: Store) -> int:
    """Work out how those grants stand of which that is not known after their last event; return how many there were."""
    outdated = store.outdated(__version__)
    for reference in outdated:
        store.stand(reference, *_worked_out(reference, store.events(reference)))
    return len(outdated)


def project_of(store: Store, events: Sequence[Event]) -> Project:
    """Return the project of a grant as it is agreed on now."""
    planned = [one.document for one in effective(events) if one.details.plan is not None and one.document is not None]
    kept = next(one for one in map(store.document, reversed(planned)) if _is_read(one.name))
    return document.read_bytes(kept.content, Path(kept.name), Project)


def agreement_of(store: Store, events: Sequence[Event]) -> Agreement | None:
    """Return what the agreement of a grant says now, if there is a file of it."""
    digests = [one.details.agreement for one in effective(events) if one.details.agreement is not None]
    if not digests:
        return None
    found = store.document(digests[-1])
    return document.read_bytes(found.content, Path(found.name), Agreement)


def settled(store: Store, events: Sequence[Event], report: Report, on: date) -> tuple[steps.Examined, Settlement]:
    """Return what a final report comes to, with the payments recorded; raise NotSettled where the report has errors."""
    examined = steps.allowed(steps.examine(project_of(store, events)))
    history = replay(events, on).history
    with_payments = report.model_copy(update={"payments": _payments(history), "transfers": _transfers(history)})
    settlement = steps.assess(examined, with_payments, agreement_of(store, events))
    if settlement.final_grant is None:
        raise NotSettled(report, settlement.findings, examined.project.language or "en")
    return examined, settlement


def declared_so_far(store: Store, events: Sequence[Event]) -> Report | None:
    """Return the last report of a grant that is kept, if there is one."""
    kinds = {EventKind.INTERIM_REPORT, EventKind.FINAL_REPORT, EventKind.ASSESSED}
    digests = [one.document for one in effective(events) if one.kind in kinds and one.document is not None]
    kept = next((one for one in map(store.document, reversed(digests)) if _is_read(one.name)), None)
    return None if kept is None else document.read_bytes(kept.content, Path(kept.name), Report)


def if_accepted(events: Sequence[Event], on: date) -> Further:
    """Return what would be paid if the interim report with the agency were accepted as it is."""
    history = replay(events, on).history
    number = max(one.number for one in events) + 1
    history.add(
        Event(number=number, kind=EventKind.INTERIM_ACCEPTED, happened=on, recorded=events[-1].recorded, by="-")
    )
    return further_payment(history)


class _WorkedIn(NamedTuple):
    """What would come of a draft, and the files behind it."""

    recorded: Recorded
    documents: Sequence[Document] = ()


def _add(store: Store, reference: str, worked_in: _WorkedIn) -> Recorded:
    recorded, documents = worked_in
    if recorded.is_new:
        store.append(reference, [recorded.event], documents)
    return recorded


def _worked_in(store: Store, reference: str, draft: Draft, events: tuple[Event, ...], today: date) -> _WorkedIn:
    """Return what would come of a draft after the events of a grant; raise what ``record`` raises."""
    if draft.happened > today:
        raise NotAllowed("{day} has not come yet; an event is recorded once it has happened", day=draft.happened)
    _demand_correctable(draft, events)
    before = tuple(one for one in events if one.number != draft.corrects)
    file, agreement = _files(store, draft, events)
    details, findings = _completed(store, draft, before, file, agreement)
    demand_asked(draft.kind, details)
    said = {
        "number": len(events) + 1,
        "kind": draft.kind,
        "happened": draft.happened,
        "recorded": datetime.now(UTC),
        "by": draft.by,
        "why": draft.why,
        "document": None if file is None else file.digest,
        "corrects": draft.corrects,
        "details": details,
    }
    event = document.from_tables(said, Path(reference), Event)
    if (same := _same(event, events)) is not None:
        grant = replay(events, today)
        return _WorkedIn(Recorded(same, grant, account(grant.history), (), is_new=False))
    _demand_standing(draft, events)
    after = (*events, event)
    grant = replay(after, _FAR)
    _demand_sound(grant.history)
    documents = [one.document for one in (file, agreement) if one is not None]
    money = account(grant.history)
    told = (*findings, *_remarks(event, grant.history), *money.findings)
    return _WorkedIn(Recorded(event, grant.on(today), money, told), documents)


def _worked_out(reference: str, events: Sequence[Event]) -> tuple[Standing, tuple[Due, ...]]:
    """Return how a grant stands for the lists: its states from the last event on, and its dates."""
    later = replay(events, _FAR)
    happened = [one.event.happened for one in later.passages if one.event is not None]
    last = max(happened[1:], default=happened[0])  # a registration may come long after what it is about
    now = later.on(last)
    ahead = [(last, now.state)]
    ahead += [(one.day, one.state) for one in later.passages[len(now.passages) :]]
    plan = now.plan
    standing = Standing(
        last=events[-1].number, made_by=__version__, reference=reference, name=plan.name, title=plan.title,
        action=plan.action, call=plan.call, language=plan.language, contacts=plan.terms.contacts, ahead=tuple(ahead),
    )  # fmt: skip
    return standing, schedule(plan, now.history)


def _demand_correctable(draft: Draft, events: Sequence[Event]) -> None:
    if draft.kind is EventKind.CANCELLED and draft.corrects is None:
        raise NotAllowed("'{event}' needs the number of the mistaken entry", event=EVENT_WORDS[draft.kind])
    if draft.corrects is None:
        return
    corrected = next((one for one in events if one.number == draft.corrects), None)
    if corrected is None:
        raise _no_entry(draft.corrects, events)
    if corrected.kind is EventKind.REGISTERED and draft.kind is not EventKind.REGISTERED:
        raise NotAllowed("The registration can only be corrected by another registration")


def _demand_standing(draft: Draft, events: Sequence[Event]) -> None:
    """Raise NotAllowed where what is to be corrected was corrected before."""
    if draft.corrects is not None and all(one.number != draft.corrects for one in effective(events)):
        raise _no_entry(draft.corrects, events)


def _no_entry(number: int, events: Sequence[Event]) -> Refusal:
    known = tuple(str(one) for one in sorted(event.number for event in effective(events)))
    return NotAllowed("There is no entry {number} to be corrected; there is {known}", number=number, known=known)


def _same(event: Event, events: Sequence[Event]) -> Event | None:
    """Return the event that holds already and says the same."""
    if event.corrects is not None:
        return next((one for one in events if one.corrects == event.corrects and _says(one) == _says(event)), None)
    return next((one for one in effective(events) if _says(one) == _says(event)), None)


def _says(event: Event) -> tuple[object, ...]:
    words = event.why if event.kind is EventKind.NOTE else None
    return event.kind, event.happened, event.document, event.details, words


def _files(store: Store, draft: Draft, events: Sequence[Event]) -> tuple[_File | None, _File | None]:
    """Return the file behind an event and that of its agreement.

    A correction keeps those of the mistaken event of its kind where it has no others.
    """
    mistaken = next((one for one in events if one.number == draft.corrects and one.kind is draft.kind), None)
    document, agreement = (mistaken.document, mistaken.details.agreement) if mistaken is not None else (None, None)
    return _file(store, draft.document, document), _file(store, draft.agreement, agreement)


def _file(store: Store, source: Path | Document | None, digest: str | None) -> _File | None:
    if source is not None:
        return _as_file(source)
    return None if digest is None else _as_file(store.document(digest))


def _completed(
    store: Store, draft: Draft, events: Sequence[Event], file: _File | None, agreement: _File | None
) -> tuple[Details, tuple[Finding, ...]]:
    """Return what an event says, with what its files make of it."""
    details, asked, agreed = draft.details, ASKED.get(draft.kind, Asked()), None
    if agreement is not None:
        agreed = agreement.read(Agreement)
        details = details.model_copy(update={"agreement": agreement.digest})
    read = file if file is not None and _is_read(file.document.name) else None
    if asked.document == "project":
        return _planned(store, events, details, None if read is None else read.read(Project), agreed), ()
    if asked.document == "report" and read is not None:
        return _reported(store, draft, events, details, read.read(Report))
    return details, ()


def _planned(
    store: Store, events: Sequence[Event], details: Details, project: Project | None, agreement: Agreement | None
) -> Details:
    if project is None and agreement is None:
        return details
    examined = steps.allowed(steps.examine(project or project_of(store, events)))
    plan = steps.plan(examined, agreement or agreement_of(store, events))
    return details.model_copy(update={"plan": plan})


def _reported(
    store: Store, draft: Draft, events: Sequence[Event], details: Details, report: Report
) -> tuple[Details, tuple[Finding, ...]]:
    if draft.kind is not EventKind.ASSESSED:
        plan = replay(events, draft.happened).plan
        about = steps.made_for(report, plan.action, plan.call, plan.title)
        _demand_known(plan, report)
        if draft.kind not in {EventKind.INTERIM_REPORT, EventKind.INTERIM_ACCEPTED}:
            return details, about
        found = {"used": report.used, "until": report.until, "accepted": _accepted(plan, report) or None}
        return _filled(details, {name: found[name] for name in ASKED[draft.kind].optional}), about
    _, settlement = settled(store, events, report, draft.happened)
    final = settlement.final_grant or ZERO
    parts = {key: one.final for key, one in settlement.partners.items()}
    findings = tuple(one for one in settlement.findings if one.severity is Severity.WARNING)
    if details.final is not None and details.final != final:
        differs = DIFFERS.at("/final", decided=details.final, worked_out=final)
        return _filled(details, {"score": settlement.overall_score}), (*findings, differs)
    return _filled(details, {"final": final, "partners": parts, "score": settlement.overall_score}), findings


def _demand_known(plan: Plan, report: Report) -> None:
    unknown = [one.id for one in report.work_packages if one.id not in plan.parts]
    if unknown:
        raise NotAllowed("{names} is not among the work packages {known}", names=unknown, known=tuple(plan.parts))


def _filled(details: Details, found: dict[str, object]) -> Details:
    """Return what was said, with what was found where nothing was said."""
    said = details.model_fields_set
    return details.model_copy(
        update={name: value for name, value in found.items() if name not in said and value is not None}
    )


def _accepted(plan: Plan, report: Report) -> dict[str, object]:
    return {
        result.id: plan.parts[result.id].amount
        for result in report.work_packages
        if result.id in plan.parts and result.accepted == _ACCEPTED
    }


def _demand_sound(history: History) -> None:
    """Raise Several where the sums of a grant cannot be true."""
    if problems := list(_unsound(history)):
        raise Several(problems)


def _unsound(history: History) -> Iterator[Refusal]:
    plan = history.plan
    grant, final, decision = plan.grant, history.final, history.decision
    if final is not None and final > grant:
        yield NotAllowed("A final grant of {final} is more than the grant of {grant}", final=final, grant=grant)
    if decision is not None and decision.details.partners:
        parts = total(decision.details.partners.values())
        if parts != final:
            yield NotAllowed(
                "The partners' parts make {parts}, not the final grant of {final}", parts=parts, final=final
            )
    if history.repaid > history.received:
        yield NotAllowed(
            "Repaid are {repaid}, more than the {received} received", repaid=history.repaid, received=history.received
        )
    for key, amount in history.passed_on.items():
        if key not in history.partners:
            yield NotAllowed("{partner} is not among the partners {known}", partner=key, known=tuple(history.partners))
        elif key == plan.coordinator:
            yield NotAllowed("{partner} is the coordinator, which keeps what it does not pass on", partner=key)
        elif amount < 0:
            yield NotAllowed("{partner} cannot return more than it was paid", partner=history.partners[key].name)
    if EventKind.GUARANTEE_ASKED in history.of and grant <= plan.terms.guarantee_above:
        yield NotAllowed(
            "No guarantee may be asked for: the grant of {grant} is not above {above}",
            grant=grant, above=plan.terms.guarantee_above,
        )  # fmt: skip


def _remarks(event: Event, history: History) -> tuple[Finding, ...]:
    plan, where = history.plan, f"/events/{event.number}"
    if event.kind is EventKind.AMENDMENT_REQUESTED:
        days = plan.terms.amendment
        if after_days(event.happened, days) > plan.end:
            return (LATE_REQUEST.at(where, days=days, end=plan.end, day=event.happened),)
    if event.corrects is not None and event.details.plan is not None:
        later = history.events[history.events.index(event) + 1 :]
        return tuple(RESTS_ON_MISTAKE.at(where, number=one.number) for one in later if one.details.plan is not None)
    if event.kind is EventKind.AUDIT_CLOSED and event.details.final is None:
        return (DECISION_STANDS.at(where, final=history.final),)
    due = history.report_due
    if event.kind is EventKind.FINAL_REPORT and due is not None and event.happened > due:
        return (LATE_REPORT.at(where, due=due, day=event.happened),)
    return ()


def kept(content: bytes, name: str) -> Document:
    """Return the content of a file as the store keeps it, under the name it has."""
    name = name.encode(errors="replace").decode()  # a name that is no text is no reason to refuse the file
    return Document(hashlib.sha256(content).hexdigest(), name[-255:], content)


def _as_file(source: Path | Document) -> _File:
    if isinstance(source, Document):
        return _File(Path(source.name), source)
    return _File(source, kept(read_bounded(source, _MOST_BYTES), source.name))


def _is_read(name: str) -> bool:
    """Return whether a file is one of ours by its ending, not a letter that is only kept."""
    return Path(name).suffix.lower() in {".toml", ".json", ".xlsx"}


def _payments(history: History) -> tuple[Payment, ...]:
    """Return what the agency paid and did not get back."""
    received = history.of.get(EventKind.PAYMENT_RECEIVED, [])
    if history.repaid:
        return (Payment(date=received[-1].happened, amount=history.paid),)
    return tuple(
        Payment(date=one.happened, amount=(one.details.amount or ZERO) + (one.details.offset or ZERO))
        for one in received
    )


def _transfers(history: History) -> tuple[Transfer, ...]:
    """Return what each partner was paid and did not return."""
    moved = history.of.get(EventKind.TRANSFER, [])
    days = {one.details.partner: one.happened for one in moved}
    return tuple(
        Transfer(partner=key, date=days[key], amount=amount)
        for key, amount in history.passed_on.items()
        if amount > 0 and key in days
    )
