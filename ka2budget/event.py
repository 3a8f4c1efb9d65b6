"""What happened to a grant: one record per event, with who, when, why and the document behind it; never changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from ka2budget.errors import NotAllowed, Refusal, Several
from ka2budget.lifecycle import EVENT_WORDS, EventKind
from ka2budget.model import Count, Day, Id, Line, Model, Money, Text
from ka2budget.plan import Plan
from ka2budget.text import Word

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a document, in hexadecimal digits."""

_GIVEN = Field(exclude_if=lambda value: value is None)
_NAMED = Field(exclude_if=lambda value: not value)


class Details(Model):
    """What an event says beside its day; which fields a kind of event has stands in ``ASKED``."""

    amount: Annotated[Money | None, _GIVEN] = None
    """Money that moved or is claimed, in EUR."""
    offset: Annotated[Money | None, _GIVEN] = None
    """What the agency kept back of a payment against another debt, in EUR; it counts as paid."""
    partner: Annotated[Id | None, _GIVEN] = None
    """The partner that money went to or came from."""
    bank_reference: Annotated[Line | None, _GIVEN] = None
    """What the bank statement says, by which two equal payments differ."""
    until: Annotated[Day | None, _GIVEN] = None
    """Last day of the period a report is about."""
    used: Annotated[Money | None, _GIVEN] = None
    """Pre-financing used until then, in EUR."""
    accepted: Annotated[dict[Id, Money], _NAMED] = Field(default_factory=dict)
    """Work packages accepted, each with its amount in EUR; those accepted earlier stay so."""
    final: Annotated[Money | None, _GIVEN] = None
    """The final grant as decided, in EUR."""
    partners: Annotated[dict[Id, Money], _NAMED] = Field(default_factory=dict)
    """The final grant of each partner, in EUR."""
    score: Annotated[Count | None, _GIVEN] = None
    """Points of the final report."""
    due: Annotated[Day | None, _GIVEN] = None
    """Day that the agency set: for the corrected report, the report after a claim, or the debit note."""
    effect: Annotated[Day | None, _GIVEN] = None
    """Day on which a termination takes effect."""
    annex: Annotated[Digest | None, _GIVEN] = None
    """The annex that was written for it."""
    key: Annotated[Line | None, _GIVEN] = None
    """Name of the date that is done."""
    agreement: Annotated[Digest | None, _GIVEN] = None
    """The file of what the agreement says from here on."""
    plan: Annotated[Plan | None, _GIVEN] = None
    """What the documents agree on from here on."""


class Event(Model):
    """One event of a grant."""

    number: Annotated[Count, Field(ge=1)]
    """Its place in the history, counted from 1."""
    kind: EventKind
    happened: Day
    """Day on which it happened."""
    recorded: datetime
    """When it was recorded, in UTC."""
    by: Line
    """Who recorded it."""
    why: Text | None = None
    document: Digest | None = None
    """The document behind it."""
    corrects: Annotated[Count | None, Field(ge=1)] = None
    """Number of the mistaken event that this one stands for."""
    details: Details = Details()

    @property
    def without_plan(self) -> "Event":
        """The same without what was worked out from its documents."""
        return self.model_copy(update={"details": self.details.model_copy(update={"plan": None})})


class Asked(NamedTuple):
    """What an event has to say and may say, and which document stands behind it."""

    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    document: Literal["project", "report", "any"] = "any"


_MONEY = Asked(("amount",), ("bank_reference",))
_WITH_PARTNER = Asked(("amount", "partner"), ("bank_reference",))
_PLANNED = Asked(("plan",), ("agreement",), "project")
_DECIDED = Asked(("final",), ("partners", "score", "annex"), "report")
ASKED: dict[EventKind, Asked] = {
    EventKind.REGISTERED: _PLANNED,
    EventKind.GUARANTEE_ASKED: Asked((), ("amount",)),
    EventKind.GUARANTEE_RECEIVED: Asked((), ("amount",)),
    EventKind.PAYMENT_RECEIVED: Asked(("amount",), ("offset", "bank_reference")),
    EventKind.TRANSFER: _WITH_PARTNER,
    EventKind.TRANSFER_RETURNED: _WITH_PARTNER,
    EventKind.PROGRESS_REPORT: Asked((), ("until",)),
    EventKind.INTERIM_REPORT: Asked((), ("until", "used", "accepted"), "report"),
    EventKind.INTERIM_RETURNED: Asked((), ("due",)),
    EventKind.INTERIM_ACCEPTED: Asked((), ("used", "accepted"), "report"),
    EventKind.SIGNED: Asked((), ("plan", "agreement"), "project"),
    EventKind.AMENDMENT_SIGNED: Asked((), ("plan", "agreement"), "project"),
    EventKind.SUSPENDED: Asked((), ("due",)),
    EventKind.TERMINATED: Asked((), ("effect",)),
    EventKind.FINAL_REPORT: Asked((), ("annex",), "report"),
    EventKind.FINAL_RETURNED: Asked((), ("due",)),
    EventKind.DECIDED_WITHOUT_REPORT: Asked(("final",), ("partners",)),
    EventKind.ASSESSED: _DECIDED,
    EventKind.CLAIM_ACCEPTED: Asked((), ("due",)),
    EventKind.DEBIT_NOTE: Asked(("amount",), ("due",)),
    EventKind.REPAYMENT: _MONEY,
    EventKind.DONE: Asked(("key",)),
    EventKind.AUDIT_CLOSED: Asked((), ("final", "partners")),
}
"""What is asked for beside the day; an event that does not stand here has nothing more to say."""


def demand_asked(kind: EventKind, details: Details) -> None:
    """Raise Several where an event lacks what it has to say, or says what it cannot."""
    asked, said = ASKED.get(kind, Asked()), details.model_dump(exclude_unset=True, exclude_none=True)
    event = EVENT_WORDS[kind]
    problems: list[Refusal] = [
        NotAllowed("'{event}' needs {what}", event=event, what=name) for name in asked.needed if name not in said
    ]
    if details.partners and details.final is None and "final" in asked.optional:
        problems.append(NotAllowed("'{event}' needs {what}", event=event, what="final"))
    known = (*asked.needed, *asked.optional)
    told = tuple(name for name in known if name != "plan")  # which a file says
    problems += [
        NotAllowed(
            "'{event}' has no {what}; it may say {known}",
            event=event, what=name, known=told or Word("nothing more"),
        )
        for name in said
        if name not in known
    ]  # fmt: skip
    if problems:
        raise Several(problems)


def effective(events: Sequence[Event]) -> list[Event]:
    """Return the events that hold, in the order in which they happened: without those that a later one corrects.

    Of one day the order is that of recording; a correction stands where the mistaken event stood.
    """
    places: dict[int, int] = {}
    corrected = set()
    for event in events:
        places[event.number] = event.number
        if event.corrects is not None:
            corrected.add(event.corrects)
            places[event.number] = places.get(event.corrects, event.number)
    held = [one for one in events if one.number not in corrected and one.kind is not EventKind.CANCELLED]
    return sorted(held, key=lambda one: (one.kind is not EventKind.REGISTERED, one.happened, places[one.number]))


def payload(details: Details) -> dict[str, Any]:
    """Return what an event says as plain values, as the store keeps them."""
    return details.model_dump(mode="json", exclude_defaults=True)
