"""The register of a project office: each step reads a grant's history, decides what may be added, and adds it.

The history is the only truth: what an event says is worked out from its document once, when it is recorded.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from ka2budget import __version__, document, steps
from ka2budget.account import Account, Further, account, further_payment
from ka2budget.agreement import Agreement
from ka2budget.dates import after_days
from ka2budget.errors import NotAllowed, Refusal, Several
from ka2budget.event import ASKED, Asked, Details, Event, demand_asked, effective
from ka2budget.finding import Finding, Severity, warning
from ka2budget.grant import Grant, replay
from ka2budget.history import History
from ka2budget.lifecycle import EVENT_WORDS, EventKind
from ka2budget.model import LAST_YEAR
from ka2budget.money import ZERO, total
from ka2budget.package import read_bounded
from ka2budget.plan import Plan
from ka2budget.project import Project
from ka2budget.report import Payment, Report, Transfer
from ka2budget.schedule import Due, schedule
from ka2budget.settlement import Settlement
from ka2budget.store import Document, Standing, Store

_MOST_BYTES = 20_000_000
_FAR = date(LAST_YEAR, 12, 31)
_ACCEPTED = 1

LATE_REQUEST = warning(
    "amendment-late", "Amendments are asked for at least {days} days before the end of {end}; this one came on {day}."
)
LATE_REPORT = warning("report-late", "The final report was due on {due}; it was sent on {day}.")
DIFFERS = warning("decision-differs", "The agency decided {decided}; the report makes {worked_out}.")


class Draft(NamedTuple):
    """An event that somebody wants to record."""

    kind: EventKind
    happened: date
    by: str
    details: Details = Details()
    why: str | None = None
    document: Path | None = None
    """The file behind it; of some events a project or a report, which is then read."""
    agreement: Path | None = None
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
    store: Store, project: Path, by: str, today: date, agreement: Path | None = None, reference: str | None = None
) -> tuple[str, Recorded]:
    """Take a grant into the store, from its project file and what its agreement says; return its reference too.

    Raises Unreadable, Forbidden where the budget has errors, NotAllowed without a reference, AlreadyRegistered.
    """
    said = steps.read_agreement(agreement)
    read = steps.read_project(project)
    name = reference or (said.reference if said else None) or read.reference
    if name is None:
        raise NotAllowed("The grant needs its reference: in the project file, in the agreement, or with --reference")
    draft = Draft(EventKind.REGISTERED, today, by, document=project, agreement=agreement)
    return name, _add(store, name, draft, (), today)


def record(store: Store, reference: str, draft: Draft, today: date) -> Recorded:
    """Add what happened to a grant; the same again adds nothing.

    Raises NoSuchGrant, NotPossible with what would be possible, Several with everything that lacks, Overtaken where
    somebody else was faster; then nothing was changed.
    """
    return _add(store, reference, draft, store.events(reference), today)


def look_up(store: Store, reference: str, on: date) -> tuple[Grant, Account, tuple[Due, ...]]:
    """Return how a grant stands on a day, its money and its dates; raise NoSuchGrant."""
    grant = replay(store.events(reference), on)
    return grant, account(grant.history), schedule(grant.plan, grant.history)


def bring_up_to_date(store: Store) -> int:
    """Work out anew how those grants stand that another version worked out; return how many there were."""
    outdated = store.outdated(__version__)
    for reference in outdated:
        events = store.events(reference)
        store.stand(reference, *_worked_out(reference, events))
    return len(outdated)


def project_of(store: Store, events: Sequence[Event]) -> Project:
    """Return the project of a grant as it is agreed on now."""
    planned = [one.document for one in effective(events) if one.details.plan is not None and one.document is not None]
    kept = next(one for one in map(store.document, reversed(planned)) if _is_project(one.name))
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
    if not digests:
        return None
    kept = store.document(digests[-1])
    return document.read_bytes(kept.content, Path(kept.name), Report)


def if_accepted(events: Sequence[Event], on: date) -> Further:
    """Return what would be paid if the interim report with the agency were accepted as it is."""
    history = replay(events, on).history
    number = max(one.number for one in events) + 1
    history.add(
        Event(number=number, kind=EventKind.INTERIM_ACCEPTED, happened=on, recorded=events[-1].recorded, by="-")
    )
    return further_payment(history)


def _add(store: Store, reference: str, draft: Draft, events: tuple[Event, ...], today: date) -> Recorded:
    if draft.happened > today:
        raise NotAllowed("{day} has not come yet; an event is recorded once it has happened", day=draft.happened)
    _demand_correctable(draft, events)
    documents: list[Document] = []
    details, findings = _completed(store, draft, events, documents)
    if draft.kind is not EventKind.CANCELLED:
        demand_asked(draft.kind, details)
    event = Event(
        number=len(events) + 1,
        kind=draft.kind,
        happened=draft.happened,
        recorded=datetime.now(UTC),
        by=draft.by,
        why=draft.why,
        document=documents[0].digest if draft.document is not None else None,
        corrects=draft.corrects,
        details=details,
    )
    if (same := _same(event, events)) is not None:
        grant = replay(events, today)
        return Recorded(same, grant, account(grant.history), (), is_new=False)
    after = (*events, event)
    grant = replay(after, today)
    _demand_sound(grant.history)
    store.append(reference, [event], documents, *_worked_out(reference, after))
    money = account(grant.history)
    return Recorded(event, grant, money, (*findings, *_remarks(event, grant.history), *money.findings))


def _worked_out(reference: str, events: Sequence[Event]) -> tuple[Standing, list[Due]]:
    """Return how a grant stands for the lists: its states from the last event on, and its open dates."""
    happened = [event.happened for event in effective(events)]
    last = max(happened[1:], default=happened[0])  # a registration may come long after what it is about
    now, later = replay(events, last), replay(events, _FAR)
    ahead = [(last, now.state)]
    ahead += [(one.day, one.state) for one in later.passages[len(now.passages) :]]
    plan = now.plan
    standing = Standing(
        last=events[-1].number, made_by=__version__, reference=reference, name=plan.name, title=plan.title,
        action=plan.action, call=plan.call, language=plan.language, contacts=plan.terms.contacts, ahead=tuple(ahead),
    )  # fmt: skip
    return standing, [due for due in schedule(plan, now.history) if due.done is None]


def _demand_correctable(draft: Draft, events: Sequence[Event]) -> None:
    held = {event.number: event for event in effective(events)}
    if draft.kind is EventKind.CANCELLED and draft.corrects is None:
        raise NotAllowed("'{event}' needs the number of the mistaken entry", event=EVENT_WORDS[draft.kind])
    if draft.corrects is None:
        return
    if draft.corrects not in held:
        raise NotAllowed(
            "There is no entry {number} to be corrected; there is {known}",
            number=draft.corrects, known=tuple(map(str, sorted(held))),
        )  # fmt: skip
    is_first = held[draft.corrects].kind is EventKind.REGISTERED
    if is_first and draft.kind is not EventKind.REGISTERED:
        raise NotAllowed("The registration can only be corrected by another registration")


def _same(event: Event, events: Sequence[Event]) -> Event | None:
    """Return the event that holds already and says the same."""
    if event.corrects is not None:
        return next((one for one in events if one.corrects == event.corrects and _says(one) == _says(event)), None)
    return next((one for one in effective(events) if _says(one) == _says(event)), None)


def _says(event: Event) -> tuple[object, ...]:
    words = event.why if event.kind is EventKind.NOTE else None
    return event.kind, event.happened, event.document, event.details, words


def _completed(
    store: Store, draft: Draft, events: Sequence[Event], documents: list[Document]
) -> tuple[Details, tuple[Finding, ...]]:
    """Return what an event says, with what its document makes of it; the documents are added to the list."""
    details, asked, agreement = draft.details, ASKED.get(draft.kind, Asked()), None
    attached = None if draft.document is None else _document(draft.document)
    documents += [] if attached is None else [attached]
    if draft.agreement is not None:
        documents.append(_document(draft.agreement))
        agreement = document.read_bytes(documents[-1].content, draft.agreement, Agreement)
        details = details.model_copy(update={"agreement": documents[-1].digest})
    if asked.document == "project":
        project = None
        if attached is not None and draft.document is not None and _is_project(attached.name):
            project = document.read_bytes(attached.content, draft.document, Project)
        return _planned(store, events, details, project, agreement), ()
    if asked.document == "report" and attached is not None and draft.document is not None:
        report = document.read_bytes(attached.content, draft.document, Report)
        return _reported(store, draft, events, details, report)
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
    if draft.kind in {EventKind.INTERIM_REPORT, EventKind.INTERIM_ACCEPTED}:
        plan = replay(events, draft.happened).plan
        _demand_known(plan, report)
        found = {"used": report.used, "until": report.until, "accepted": _accepted(plan, report) or None}
        return _filled(details, {name: found[name] for name in ASKED[draft.kind].optional}), ()
    if draft.kind is not EventKind.ASSESSED:
        return details, ()
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
    due = history.report_due
    if event.kind is EventKind.FINAL_REPORT and due is not None and event.happened > due:
        return (LATE_REPORT.at(where, due=due, day=event.happened),)
    return ()


def _document(path: Path) -> Document:
    content = read_bounded(path, _MOST_BYTES)
    return Document(hashlib.sha256(content).hexdigest(), path.name[-255:], content)


def _is_project(name: str) -> bool:
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
