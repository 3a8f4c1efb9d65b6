"""The life of a grant as one table: which state, after which event, becomes which; for the four kinds of grant.

An event that has no row is not possible, and then nothing changes. Some steps follow by themselves, from the calendar
or from the amounts; they stand in the table like the others and are never recorded.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from ka2budget.errors import Refusal
from ka2budget.rules import GrantKind
from ka2budget.text import Word

NATIONAL = (GrantKind.SMALL_SCALE, GrantKind.COOPERATION, GrantKind.UNIT_CONTRIBUTIONS)
"""The kinds that National Agencies manage, and the grants of the same form before 2021."""


class State(StrEnum):
    """Where a grant stands."""

    SELECTED = "selected"
    PREPARATION = "preparation"
    PREFINANCING = "pre-financing-due"
    ONGOING = "ongoing"
    SUSPENDED = "suspended"
    INTERIM = "interim-report-submitted"
    INTERIM_RETURNED = "interim-report-returned"
    INTERIM_ACCEPTED = "interim-report-accepted"
    PAYMENT = "payment-due"
    NO_GRANT = "termination-without-grant-requested"
    REPORT_AWAITED = "final-report-awaited"
    LATE = "final-report-late"
    ASSESSMENT = "final-report-submitted"
    RETURNED = "final-report-returned"
    DECIDED = "decided"
    BALANCE = "balance-due"
    RECOVERY = "recovery"
    CONTESTED = "contested"
    CLOSED = "closed"
    AUDIT = "audit"
    ARCHIVED = "archived"


class EventKind(StrEnum):
    """What happens to a grant. The last ones follow by themselves and are never recorded."""

    REGISTERED = "registered"
    AWARDED = "awarded"
    WITHDRAWN = "withdrawn"
    GUARANTEE_ASKED = "guarantee-asked"
    GUARANTEE_RECEIVED = "guarantee-received"
    GUARANTEE_RELEASED = "guarantee-released"
    SIGNED = "signed"
    PAYMENT_RECEIVED = "payment-received"
    TRANSFER = "transfer"
    TRANSFER_RETURNED = "transfer-returned"
    PROGRESS_REPORT = "progress-report"
    INTERIM_REPORT = "interim-report"
    INTERIM_RETURNED = "interim-returned"
    INTERIM_ACCEPTED = "interim-accepted"
    INTERIM_REJECTED = "interim-rejected"
    AMENDMENT_REQUESTED = "amendment-requested"
    AMENDMENT_SIGNED = "amendment-signed"
    AMENDMENT_REFUSED = "amendment-refused"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    TERMINATED = "terminated"
    NO_GRANT_REQUESTED = "no-grant-requested"
    NO_GRANT_ACCEPTED = "no-grant-accepted"
    NO_GRANT_REJECTED = "no-grant-rejected"
    FINAL_REPORT = "final-report"
    FINAL_RETURNED = "final-returned"
    FORMAL_REMINDER = "formal-reminder"
    DECIDED_WITHOUT_REPORT = "decided-without-report"
    ASSESSED = "assessed"
    CONTESTED = "contested"
    CLAIM_ACCEPTED = "claim-accepted"
    CLAIM_REFUSED = "claim-refused"
    DEBIT_NOTE = "debit-note"
    REPAYMENT = "repayment"
    DIFFERENCE_WAIVED = "difference-waived"
    AUDIT_OPENED = "audit-opened"
    AUDIT_CLOSED = "audit-closed"
    DONE = "done"
    NOTE = "note"
    CANCELLED = "cancelled"

    NOTHING_TO_PAY = "nothing-to-pay"
    PAYMENT_DUE = "payment-due"
    END_PASSED = "end-passed"
    END_MOVED = "end-moved"
    DEADLINE_PASSED = "deadline-passed"
    BALANCE_DUE = "balance-due"
    SETTLED = "settled"
    RECOVERY_DUE = "recovery-due"
    RECORDS_END = "records-end"


BY_THEMSELVES = frozenset(
    (
        EventKind.NOTHING_TO_PAY, EventKind.PAYMENT_DUE, EventKind.END_PASSED, EventKind.END_MOVED,
        EventKind.DEADLINE_PASSED, EventKind.BALANCE_DUE, EventKind.SETTLED, EventKind.RECOVERY_DUE,
        EventKind.RECORDS_END,
    )
)  # fmt: skip
"""What follows from the calendar or from the amounts."""

RECORDED = tuple(kind for kind in EventKind if kind not in BY_THEMSELVES)
"""What people and flows record."""


class Amendment(StrEnum):
    """Whether an amendment is asked for; it goes on beside everything else."""

    NONE = "none"
    REQUESTED = "amendment-requested"


class Guarantee(StrEnum):
    """Where a financial guarantee stands; it goes on beside everything else."""

    NONE = "none"
    ASKED = "guarantee-asked"
    HELD = "guarantee-held"
    RELEASED = "guarantee-released"


class Position(NamedTuple):
    """Where a grant stands in each of the three tables, and where it goes on after a break."""

    state: State = State.SELECTED
    amendment: Amendment = Amendment.NONE
    guarantee: Guarantee = Guarantee.NONE
    back: State = State.PREFINANCING


class Row(NamedTuple):
    """One row: in any of these states this event leads to that state, or to none other, for these kinds of grant."""

    before: tuple[State, ...]
    event: EventKind
    after: State | tuple[State, ...] | None
    """None: the state stays as it is. Several: that one of them in which the grant last was."""
    kinds: tuple[GrantKind, ...] = tuple(GrantKind)


_S, _E = State, EventKind
RUNNING = (_S.PREFINANCING, _S.ONGOING, _S.PAYMENT)
"""Where the work goes on and nothing is with the agency."""
_WITH_INTERIM = (_S.INTERIM, _S.INTERIM_RETURNED)
_BACK = (*RUNNING, *_WITH_INTERIM)
"""The states that a grant may come back to; it comes back to the one of them in which it last was."""
_UNDER_AGREEMENT = (*_BACK, _S.SUSPENDED)
_REPORTING = (_S.REPORT_AWAITED, _S.LATE, _S.ASSESSMENT, _S.RETURNED)
_DECIDED = (_S.BALANCE, _S.RECOVERY, _S.CLOSED)
_MONEY_THERE = (
    _S.ONGOING, _S.PAYMENT, _S.SUSPENDED, _S.INTERIM, _S.INTERIM_RETURNED, _S.NO_GRANT, *_REPORTING, _S.CONTESTED,
    _S.AUDIT,
)  # fmt: skip

ROWS: tuple[Row, ...] = (
    Row((_S.SELECTED,), _E.AWARDED, _S.PREPARATION),
    Row((_S.SELECTED, _S.PREPARATION), _E.WITHDRAWN, _S.ARCHIVED),
    Row((_S.SELECTED, _S.PREPARATION), _E.SIGNED, _S.PREFINANCING),
    Row((_S.PREPARATION, _S.PREFINANCING), _E.GUARANTEE_ASKED, None),
    Row((_S.PREPARATION, _S.PREFINANCING), _E.GUARANTEE_RECEIVED, None),
    Row((_S.PREFINANCING, *_MONEY_THERE, *_DECIDED), _E.GUARANTEE_RELEASED, None),
    Row((_S.PREFINANCING,), _E.PAYMENT_RECEIVED, _S.ONGOING),
    Row((_S.PREFINANCING,), _E.NOTHING_TO_PAY, _S.ONGOING),
    Row((_S.PAYMENT,), _E.PAYMENT_RECEIVED, _S.ONGOING),
    Row(_DECIDED, _E.PAYMENT_RECEIVED, _S.DECIDED),
    Row(tuple(state for state in _MONEY_THERE if state is not _S.PAYMENT), _E.PAYMENT_RECEIVED, None),
    Row((_S.PREFINANCING, *_MONEY_THERE, *_DECIDED), _E.TRANSFER, None),
    Row((_S.PREFINANCING, *_MONEY_THERE, *_DECIDED), _E.TRANSFER_RETURNED, None),
    Row(RUNNING, _E.PROGRESS_REPORT, None),
    Row((_S.ONGOING, _S.INTERIM_RETURNED), _E.INTERIM_REPORT, _S.INTERIM),
    Row((_S.INTERIM,), _E.INTERIM_RETURNED, _S.INTERIM_RETURNED),
    Row((_S.INTERIM,), _E.INTERIM_REJECTED, _S.ONGOING),
    Row((_S.INTERIM,), _E.INTERIM_ACCEPTED, _S.INTERIM_ACCEPTED),
    Row((_S.INTERIM_ACCEPTED,), _E.PAYMENT_DUE, _S.PAYMENT),
    Row((_S.INTERIM_ACCEPTED,), _E.NOTHING_TO_PAY, _S.ONGOING),
    Row(_UNDER_AGREEMENT, _E.AMENDMENT_REQUESTED, None),
    Row((*_UNDER_AGREEMENT, *_REPORTING), _E.AMENDMENT_SIGNED, None),
    Row((*_UNDER_AGREEMENT, *_REPORTING), _E.AMENDMENT_REFUSED, None),
    Row(_BACK, _E.SUSPENDED, _S.SUSPENDED),
    Row((_S.SUSPENDED,), _E.RESUMED, _BACK),
    Row(_UNDER_AGREEMENT, _E.TERMINATED, _S.REPORT_AWAITED),
    Row((*RUNNING, _S.SUSPENDED), _E.NO_GRANT_REQUESTED, _S.NO_GRANT, NATIONAL),
    Row((_S.NO_GRANT,), _E.NO_GRANT_ACCEPTED, _S.DECIDED, NATIONAL),
    Row((_S.NO_GRANT,), _E.NO_GRANT_REJECTED, _BACK, NATIONAL),
    Row(RUNNING, _E.END_PASSED, _S.REPORT_AWAITED),
    Row((_S.REPORT_AWAITED, _S.LATE), _E.END_MOVED, _BACK),
    Row(
        (_S.ONGOING, _S.PAYMENT, *_WITH_INTERIM, _S.REPORT_AWAITED, _S.LATE, _S.RETURNED),
        _E.FINAL_REPORT,
        _S.ASSESSMENT,
    ),
    Row((_S.INTERIM_RETURNED, _S.REPORT_AWAITED, _S.RETURNED), _E.DEADLINE_PASSED, _S.LATE),
    Row((_S.LATE,), _E.FORMAL_REMINDER, None),
    Row((_S.LATE,), _E.DECIDED_WITHOUT_REPORT, _S.DECIDED),
    Row((_S.ASSESSMENT,), _E.FINAL_RETURNED, _S.RETURNED),
    Row((_S.ASSESSMENT,), _E.ASSESSED, _S.DECIDED),
    Row((_S.DECIDED,), _E.BALANCE_DUE, _S.BALANCE),
    Row((_S.DECIDED,), _E.SETTLED, _S.CLOSED),
    Row((_S.DECIDED,), _E.RECOVERY_DUE, _S.RECOVERY),
    Row(_DECIDED, _E.REPAYMENT, _S.DECIDED),
    Row(_MONEY_THERE, _E.REPAYMENT, None),
    Row((_S.RECOVERY, _S.CONTESTED, _S.AUDIT), _E.DEBIT_NOTE, None),
    Row((_S.BALANCE, _S.RECOVERY), _E.DIFFERENCE_WAIVED, _S.CLOSED),
    Row(_DECIDED, _E.CONTESTED, _S.CONTESTED, NATIONAL),
    Row((_S.CONTESTED,), _E.CLAIM_ACCEPTED, _S.REPORT_AWAITED, NATIONAL),
    Row((_S.CONTESTED,), _E.CLAIM_REFUSED, _S.DECIDED, NATIONAL),
    Row(_DECIDED, _E.AUDIT_OPENED, _S.AUDIT),
    Row((_S.AUDIT,), _E.AUDIT_CLOSED, _S.DECIDED),
    Row((_S.CLOSED,), _E.RECORDS_END, _S.ARCHIVED),
    Row(tuple(State), _E.DONE, None),
    Row(tuple(State), _E.NOTE, None),
)
"""The whole life of a grant."""

AMENDMENTS: dict[tuple[Amendment, EventKind], Amendment] = {
    (Amendment.NONE, _E.AMENDMENT_REQUESTED): Amendment.REQUESTED,
    (Amendment.REQUESTED, _E.AMENDMENT_SIGNED): Amendment.NONE,
    (Amendment.REQUESTED, _E.AMENDMENT_REFUSED): Amendment.NONE,
    (Amendment.NONE, _E.AMENDMENT_SIGNED): Amendment.NONE,  # the agency may propose one
}

GUARANTEES: dict[tuple[Guarantee, EventKind], Guarantee] = {
    (Guarantee.NONE, _E.GUARANTEE_ASKED): Guarantee.ASKED,
    (Guarantee.ASKED, _E.GUARANTEE_RECEIVED): Guarantee.HELD,
    (Guarantee.HELD, _E.GUARANTEE_RELEASED): Guarantee.RELEASED,
}


def _by_kind(kind: GrantKind) -> dict[tuple[State, EventKind], tuple[State, ...]]:
    return {(state, row.event): _after(row, state) for row in ROWS if kind in row.kinds for state in row.before}


def _after(row: Row, state: State) -> tuple[State, ...]:
    after = state if row.after is None else row.after
    return after if isinstance(after, tuple) else (after,)


TRANSITIONS = {kind: _by_kind(kind) for kind in GrantKind}
"""The table as it is looked up: state and event to state, or to those it may come back to, for each kind of grant."""


_BESIDE = {event: AMENDMENTS for _, event in AMENDMENTS} | {event: GUARANTEES for _, event in GUARANTEES}


class NotPossible(Refusal):
    """An event that cannot happen to a grant in its state; nothing was changed."""

    def __init__(self, event: EventKind, position: Position, kind: GrantKind) -> None:
        self.event, self.position = event, position
        beside = (BESIDE_WORDS[one] for one in (position.amendment, position.guarantee) if one in BESIDE_WORDS)
        super().__init__(
            "{event} is not possible while the state of the grant is '{state}'; possible is {possible}. "
            "Nothing was changed.",
            event=event.value, state=(STATE_WORDS[position.state], *beside),
            possible=tuple(one.value for one in possible(position, kind)),
        )  # fmt: skip


def step(position: Position, event: EventKind, kind: GrantKind) -> Position:
    """Return where a grant stands after an event; raise NotPossible, which lists what is possible."""
    state, back = _led(position, event, TRANSITIONS[kind])
    amendment, guarantee = position.amendment, position.guarantee
    if event in _BESIDE and state is not None:
        if _BESIDE[event] is AMENDMENTS:
            found = AMENDMENTS.get((amendment, event))
            state, amendment = (None, amendment) if found is None else (state, found)
        else:
            kept = GUARANTEES.get((guarantee, event))
            state, guarantee = (None, guarantee) if kept is None else (state, kept)
    if state is None:
        raise NotPossible(event, position, kind)
    return Position(state, amendment, guarantee, back)


def _led(
    position: Position, event: EventKind, table: Mapping[tuple[State, EventKind], tuple[State, ...]]
) -> tuple[State | None, State]:
    """Return where an event leads, if anywhere, and where the grant goes on after a break.

    What happens during a break, such as a payment, leads on there too.
    """
    states = table.get((position.state, event), (None,))
    state = states[0] if len(states) == 1 else position.back
    if state in _BACK:
        return state, state
    during = state is position.state and len(ahead := table.get((position.back, event), ())) == 1 and ahead[0] in _BACK
    return state, ahead[0] if during else position.back


def possible(position: Position, kind: GrantKind) -> tuple[EventKind, ...]:
    """Return what can be recorded of a grant where it stands, in the order of its life."""
    return tuple(event for event in RECORDED if _is_possible(position, event, kind))


def _is_possible(position: Position, event: EventKind, kind: GrantKind) -> bool:
    if (position.state, event) not in TRANSITIONS[kind]:
        return False
    return event not in _BESIDE or (
        (position.amendment, event) in AMENDMENTS or (position.guarantee, event) in GUARANTEES
    )


STATE_WORDS: dict[State, Word] = {
    State.SELECTED: Word("selected for funding"),
    State.PREPARATION: Word("agreement in preparation"),
    State.PREFINANCING: Word("pre-financing due"),
    State.ONGOING: Word("ongoing"),
    State.SUSPENDED: Word("suspended"),
    State.INTERIM: Word("interim report with the agency"),
    State.INTERIM_RETURNED: Word("interim report to be corrected"),
    State.INTERIM_ACCEPTED: Word("interim report accepted"),
    State.PAYMENT: Word("further payment due"),
    State.NO_GRANT: Word("termination without grant requested"),
    State.REPORT_AWAITED: Word("final report awaited"),
    State.LATE: Word("final report late"),
    State.ASSESSMENT: Word("final report with the agency"),
    State.RETURNED: Word("final report to be corrected"),
    State.DECIDED: Word("decided"),
    State.BALANCE: Word("balance due"),
    State.RECOVERY: Word("recovery"),
    State.CONTESTED: Word("decision contested"),
    State.CLOSED: Word("closed"),
    State.AUDIT: Word("under audit"),
    State.ARCHIVED: Word("archived"),
}
"""The states as people read them."""

EVENT_WORDS: dict[EventKind, Word] = {
    EventKind.REGISTERED: Word("Registered"),
    EventKind.AWARDED: Word("Award letter received"),
    EventKind.WITHDRAWN: Word("Application withdrawn"),
    EventKind.GUARANTEE_ASKED: Word("Financial guarantee asked for"),
    EventKind.GUARANTEE_RECEIVED: Word("Financial guarantee handed in"),
    EventKind.GUARANTEE_RELEASED: Word("Financial guarantee released"),
    EventKind.SIGNED: Word("Grant agreement signed by the last party"),
    EventKind.PAYMENT_RECEIVED: Word("Payment received from the agency"),
    EventKind.TRANSFER: Word("Passed on to a partner"),
    EventKind.TRANSFER_RETURNED: Word("Returned by a partner"),
    EventKind.PROGRESS_REPORT: Word("Progress report sent"),
    EventKind.INTERIM_REPORT: Word("Interim report sent"),
    EventKind.INTERIM_RETURNED: Word("Interim report returned for correction"),
    EventKind.INTERIM_ACCEPTED: Word("Interim report accepted"),
    EventKind.INTERIM_REJECTED: Word("Interim report rejected"),
    EventKind.AMENDMENT_REQUESTED: Word("Amendment requested"),
    EventKind.AMENDMENT_SIGNED: Word("Amendment signed"),
    EventKind.AMENDMENT_REFUSED: Word("Amendment refused"),
    EventKind.SUSPENDED: Word("Project suspended"),
    EventKind.RESUMED: Word("Project resumed"),
    EventKind.TERMINATED: Word("Grant terminated, with a final report"),
    EventKind.NO_GRANT_REQUESTED: Word("Termination without grant requested"),
    EventKind.NO_GRANT_ACCEPTED: Word("Termination without grant accepted"),
    EventKind.NO_GRANT_REJECTED: Word("Termination without grant rejected"),
    EventKind.FINAL_REPORT: Word("Final report sent"),
    EventKind.FINAL_RETURNED: Word("Final report returned for correction"),
    EventKind.FORMAL_REMINDER: Word("Formal reminder of the agency"),
    EventKind.DECIDED_WITHOUT_REPORT: Word("Decided without a final report"),
    EventKind.ASSESSED: Word("Final report assessed"),
    EventKind.CONTESTED: Word("Decision contested"),
    EventKind.CLAIM_ACCEPTED: Word("Claim accepted: the final report is sent again"),
    EventKind.CLAIM_REFUSED: Word("Claim refused"),
    EventKind.DEBIT_NOTE: Word("Debit note received"),
    EventKind.REPAYMENT: Word("Repaid to the agency"),
    EventKind.DIFFERENCE_WAIVED: Word("Difference waived"),
    EventKind.AUDIT_OPENED: Word("Audit opened"),
    EventKind.AUDIT_CLOSED: Word("Audit closed"),
    EventKind.DONE: Word("Done"),
    EventKind.NOTE: Word("Note"),
    EventKind.CANCELLED: Word("Mistaken entry cancelled"),
    EventKind.NOTHING_TO_PAY: Word("Nothing to be paid now"),
    EventKind.PAYMENT_DUE: Word("Payment due"),
    EventKind.END_PASSED: Word("End of the project passed"),
    EventKind.END_MOVED: Word("End of the project moved"),
    EventKind.DEADLINE_PASSED: Word("Final report overdue"),
    EventKind.BALANCE_DUE: Word("Balance to be paid"),
    EventKind.SETTLED: Word("Nothing owed by either side"),
    EventKind.RECOVERY_DUE: Word("Amount to be recovered"),
    EventKind.RECORDS_END: Word("End of record keeping"),
}
"""The events as people read them."""

BESIDE_WORDS: dict[str, Word] = {
    Amendment.REQUESTED: EVENT_WORDS[EventKind.AMENDMENT_REQUESTED],
    Guarantee.ASKED: EVENT_WORDS[EventKind.GUARANTEE_ASKED],
    Guarantee.HELD: EVENT_WORDS[EventKind.GUARANTEE_RECEIVED],
    Guarantee.RELEASED: EVENT_WORDS[EventKind.GUARANTEE_RELEASED],
}
"""What goes on beside the state, as people read it."""
