"""The register: what may be recorded, what a document makes of it, and that the lists say what the events say."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project_office import DAY, LETTERS, MENTOR, PAID, SIGNED, TODAY, Grant, written
from sqlalchemy import text

from ka2budget import __version__, document, registry, steps
from ka2budget.agreement import Agreement
from ka2budget.errors import NotAllowed, Refusal, Several, Unreadable
from ka2budget.event import ASKED, Details
from ka2budget.grant import replay
from ka2budget.lifecycle import BY_THEMSELVES, RECORDED, EventKind, NotPossible, State, possible
from ka2budget.registry import Draft, NotSettled
from ka2budget.report import Report
from ka2budget.schedule import schedule
from ka2budget.store import AlreadyRegistered, Store

AGREEMENT = EXAMPLES / "mentor-agreement.toml"
REPORT = EXAMPLES / "mentor-report.toml"
READ = steps.read_project(MENTOR)


@pytest.fixture
def mentor(store: Store) -> Grant:
    """A grant of 250 000 EUR whose agreement is signed and whose pre-financing came."""
    return Grant(store).lived(SIGNED, PAID)


def project(path: Path, **changes: Any) -> Path:  # noqa: ANN401
    return written(path, READ.model_copy(update=changes))


def report(path: Path, **said: Any) -> Path:  # noqa: ANN401
    return written(path, said, Report)


def test_a_grant_is_named_by_who_takes_it_in_else_by_agreement_or_project(store: Store, tmp_path: Path) -> None:
    named = project(tmp_path / "p.toml", reference="R-of-project")
    agreed = written(tmp_path / "a.toml", {"reference": "R-of-agreement"}, Agreement)
    for reference, agreement, expected in (
        (None, None, "R-of-project"),
        (None, agreed, "R-of-agreement"),
        ("R of mine", agreed, "R of mine"),
    ):
        name, recorded = registry.register(store, named, "Example", TODAY, agreement, reference)
        assert (name, recorded.event.number, recorded.grant.state) == (expected, 1, State.SELECTED)
    assert set(store.references()) == {"R-of-project", "R-of-agreement", "R of mine"}
    with pytest.raises(NotAllowed, match="needs its reference"):
        registry.register(store, MENTOR, "Example", TODAY)


@pytest.mark.parametrize("reference", ["", " ", "two\nlines", "x" * 101, "x" * 1001])
def test_a_reference_that_is_none_is_refused(store: Store, reference: str) -> None:
    with pytest.raises(Refusal, match="reference"):
        Grant(store, reference=reference)
    assert store.references() == ()


def test_a_budget_with_errors_is_not_taken_in(store: Store) -> None:
    with pytest.raises(steps.Forbidden, match="management-above-cap"):
        Grant(store, EXAMPLES / "mentor-mistake.toml")
    assert store.references() == ()


def test_a_grant_is_taken_in_once(store: Store) -> None:
    Grant(store)
    with pytest.raises(AlreadyRegistered):
        Grant(store, LETTERS)
    [event] = store.events("R1")
    assert event.details.plan == steps.plan(steps.examine(READ))


def test_a_registration_keeps_its_files_as_they_are(store: Store) -> None:
    grant = Grant(store, agreement=AGREEMENT)
    [event] = store.events(grant.reference)
    kept = [store.document(digest or "") for digest in (event.document, event.details.agreement)]
    assert [(one.name, one.content) for one in kept] == [(one.name, one.read_bytes()) for one in (MENTOR, AGREEMENT)]
    assert registry.project_of(store, [event]) == READ
    assert registry.agreement_of(store, [event]) == steps.read_agreement(AGREEMENT)


FIELDS: dict[str, Any] = {
    "amount": 10, "offset": 1, "partner": "P2", "bank_reference": "B1", "until": "2026-01-01", "used": 5,
    "accepted": {"WP1": 1}, "final": 7, "partners": {"P1": 7}, "score": 70, "due": "2026-02-01",
    "effect": "2026-01-01", "annex": "a" * 64, "key": "evidence-WP2",
}  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in RECORDED if kind is not EventKind.CANCELLED])
def test_an_event_says_what_it_has_to_and_nothing_else(mentor: Grant, kind: EventKind) -> None:
    asked = ASKED.get(kind)
    needed, known = (asked.needed, (*asked.needed, *asked.optional)) if asked else ((), ())
    given_ = {name: FIELDS[name] for name in needed if name in FIELDS}
    for name in needed:
        with pytest.raises(Several, match=f"needs {name}"):
            mentor.then(kind, "2026-01-02", **{key: value for key, value in given_.items() if key != name})
    for name in FIELDS.keys() - set(known):
        with pytest.raises(Several, match=f"has no {name}"):
            mentor.then(kind, "2026-01-02", **given_, **{name: FIELDS[name]})
    if "agreement" not in known:
        with pytest.raises(Several, match="has no agreement"):
            mentor.then(kind, "2026-01-02", **given_, agreement=AGREEMENT)
    assert mentor.numbers == [1, 2, 3]


def test_a_cancellation_says_nothing_but_what_it_cancels(mentor: Grant) -> None:
    with pytest.raises(Several, match="has no amount; it may say nothing more"):
        mentor.then("cancelled", "2026-01-02", corrects=3, amount=5)
    with pytest.raises(NotAllowed, match="needs the number of the mistaken entry"):
        mentor.then("cancelled", "2026-01-02")


Step = tuple[str, str] | tuple[str, str, dict[str, Any]]

NATIONAL: tuple[Step, ...] = (
    ("awarded", "2025-09-01"),
    ("guarantee-asked", "2025-09-02", {"amount": 100_000}),
    ("guarantee-received", "2025-09-20", {"amount": 100_000}),
    ("signed", "2025-10-01", {"agreement": AGREEMENT}),
    ("payment-received", "2025-10-28", {"amount": 99_000, "offset": 1_000, "bank_reference": "B1"}),
    ("transfer", "2025-11-10", {"amount": "17322.67", "partner": "P2", "bank_reference": "B2"}),
    ("transfer-returned", "2025-11-12", {"amount": "22.67", "partner": "P2"}),
    ("progress-report", "2026-05-20", {"until": "2026-04-30"}),
    ("suspended", "2026-06-01", {"due": "2026-07-01"}),
    ("resumed", "2026-07-01"),
    ("interim-report", "2026-11-01", {"until": "2026-10-31", "used": 80_000, "accepted": {"WP2": 47_600}}),
    ("interim-returned", "2026-11-20", {"due": "2026-12-10"}),
    ("interim-report", "2026-12-01", {"used": 90_000}),
    ("interim-accepted", "2026-12-15", {"used": 90_000}),
    ("payment-received", "2027-01-10", {"amount": 100_000}),
    ("amendment-requested", "2027-02-01"),
    ("amendment-refused", "2027-03-01"),
    ("amendment-requested", "2027-04-01"),
    ("amendment-signed", "2027-05-01"),
    ("no-grant-requested", "2027-06-01"),
    ("no-grant-rejected", "2027-07-01"),
    ("done", "2027-07-02", {"key": "evidence-WP2"}),
    ("note", "2027-07-03", {"why": "The bank called."}),
    ("final-report", "2027-12-01", {"annex": "a" * 64}),
    ("final-returned", "2027-12-20", {"due": "2028-01-20"}),
    ("final-report", "2028-01-10"),
    ("assessed", "2028-03-01", {"final": 230_000, "score": 71}),
    ("contested", "2028-03-10"),
    ("claim-refused", "2028-04-01"),
    ("payment-received", "2028-04-20", {"amount": 30_000}),
    ("guarantee-released", "2028-05-01"),
    ("audit-opened", "2028-09-01"),
    ("audit-closed", "2028-10-01", {"final": 200_000}),
    ("debit-note", "2028-10-10", {"amount": 30_000, "due": "2028-11-10"}),
    ("repayment", "2028-11-01", {"amount": 29_999, "bank_reference": "B9"}),
    ("difference-waived", "2028-12-01"),
)
"""Every event that leads on or stays, once or twice."""

OTHERS: tuple[tuple[Step, ...], ...] = (
    (("withdrawn", "2025-09-01"),),
    (SIGNED, PAID, ("interim-report", "2026-11-01"), ("interim-rejected", "2026-12-01")),
    (SIGNED, PAID, ("terminated", "2026-05-01", {"effect": "2026-06-01"})),
    (
        SIGNED, PAID, ("formal-reminder", "2028-02-01"), ("decided-without-report", "2028-03-01", {"final": 0}),
        ("contested", "2028-03-02"), ("claim-accepted", "2028-04-01", {"due": "2028-05-01"}),
    ),
    (SIGNED, PAID, ("no-grant-requested", "2026-05-01"), ("no-grant-accepted", "2026-06-01")),
    (SIGNED, ("cancelled", "2026-05-01", {"corrects": 2})),
)  # fmt: skip


def test_the_lives_below_have_every_event_there_is() -> None:
    lived = {step[0] for life in (NATIONAL, *OTHERS) for step in life}
    assert lived == {kind.value for kind in RECORDED} - {EventKind.REGISTERED}
    assert not lived & {kind.value for kind in BY_THEMSELVES}


@pytest.mark.parametrize("life", [NATIONAL, *OTHERS], ids=lambda life: life[-1][0])
def test_every_event_that_says_the_right_things_is_recorded_and_twice_is_once(
    store: Store, life: tuple[Step, ...]
) -> None:
    grant = Grant(store)
    for number, (kind, day, *more) in enumerate(life, 2):
        said = more[0] if more else {}
        first, again = grant.then(kind, day, **said), grant.then(kind, day, **said)
        assert (first.event.number, first.is_new, again.event, again.is_new) == (number, True, first.event, False)
    demand_lists(store, "R1")


def demand_lists(store: Store, reference: str) -> None:
    """Assert that the lists say of a grant what its events say, from the last of them on."""
    events = store.events(reference)
    found = next(one for one in registry.standings(store) if one.reference == reference)
    assert (found.last, found.made_by) == (events[-1].number, __version__)
    first = found.ahead[0][0]
    for day in {
        first,
        TODAY,
        date(2040, 1, 1),
        *(one + timedelta(days=n) for one, _ in found.ahead for n in (-1, 0, 1)),
    }:
        if day >= first:
            assert found.state(day) == replay(events, day).state, day
    grant = replay(events, first)
    dated = {due.key: due for due in schedule(grant.plan, grant.history) if due.done is None and due.date is not None}
    items = {one.key: one for one in store.agenda(date.max) if one.reference == reference}
    assert items.keys() == dated.keys()
    for key, due in dated.items():
        one = items[key]
        assert (one.date, one.latest, one.nature, one.amount) == (due.date, due.latest, due.nature, due.amount)
        for language in ("en", "de"):
            assert one.what.say(language) == due.what.say(language)
            assert one.reason.say(language) == due.reason.say(language)
        assert (one.source, one.doubts) == (due.source, due.doubts)


def test_what_has_not_happened_yet_is_refused(mentor: Grant) -> None:
    with pytest.raises(NotAllowed, match="2 June 2029 has not come yet"):
        mentor.then("note", "2029-06-02")
    assert mentor.then("note", "2029-06-01").is_new


def test_what_is_not_possible_is_refused_with_what_is(mentor: Grant) -> None:
    with pytest.raises(
        NotPossible, match=r"assessed is not possible while the state of the grant is 'ongoing'; possible is payment"
    ):
        mentor.then("assessed", "2026-01-01", final=1)
    assert mentor.numbers == [1, 2, 3]


def test_an_event_is_tried_without_being_recorded(mentor: Grant) -> None:
    numbers, standings = mentor.numbers, mentor.store.standings()
    draft = Draft(EventKind.PROGRESS_REPORT, date(2026, 5, 31), "Example")
    tried = registry.check(mentor.store, "R1", draft, TODAY)
    assert (mentor.numbers, mentor.store.standings()) == (numbers, standings)
    recorded = registry.record(mentor.store, "R1", draft, TODAY)
    assert tried.event == recorded.event.model_copy(update={"recorded": tried.event.recorded})
    assert (tried.account, tried.findings, tried.is_new) == (recorded.account, recorded.findings, True)
    assert not registry.check(mentor.store, "R1", draft, TODAY).is_new
    with pytest.raises(NotPossible):
        registry.check(mentor.store, "R1", draft._replace(kind=EventKind.ASSESSED, details=Details(final=1)), TODAY)


@pytest.mark.parametrize(("name", "value"), [("why", ""), ("why", "\x00"), ("by", " "), ("by", "a\nb")])
def test_words_that_are_none_are_refused(mentor: Grant, name: str, value: str) -> None:
    draft = Draft(EventKind.NOTE, DAY, **({"by": "Example"} | {name: value}))  # type: ignore[arg-type]
    with pytest.raises(Unreadable, match=f"R1:/{name}: error: "):
        registry.record(mentor.store, "R1", draft, TODAY)


def test_the_agreement_that_is_signed_changes_the_terms(store: Store) -> None:
    grant = Grant(store)
    assert grant.registered.grant.plan.instalments == (200_000, 50_000)
    recorded = grant.then("signed", "2025-10-01", agreement=AGREEMENT)
    plan = recorded.grant.plan
    assert plan.instalments == (100_000, 100_000, 50_000)
    assert plan.terms.retention == Decimal("0.2")
    assert store.document(recorded.event.details.agreement or "").content == AGREEMENT.read_bytes()
    assert registry.standings(store)[0].contacts == ("grants@example.org",)


def without_p4() -> dict[str, Any]:
    """What P4 had goes to P3."""
    packages = []
    for one in READ.work_packages:
        shares = dict(one.shares)
        shares["P3"] += shares.pop("P4")
        activities = tuple(
            each.model_copy(
                update={
                    "participants": tuple(name for name in each.participants if name != "P4"),
                    "lead": "P3" if each.lead == "P4" else each.lead,
                }
            )
            for each in one.activities
        )
        changes = {"shares": shares, "lead": "P3" if one.lead == "P4" else one.lead, "activities": activities}
        packages.append(one.model_copy(update=changes))
    partners = tuple(one for one in READ.partners if one.id != "P4")
    return {"partners": partners, "work_packages": tuple(packages)}


def test_an_amendment_has_a_new_project_and_a_partner_that_leaves_returns_its_money(
    mentor: Grant, tmp_path: Path
) -> None:
    mentor.then("transfer", "2026-01-08", amount="1000", partner="P4")
    amended = project(tmp_path / "new.toml", months=30, **without_p4())
    recorded = mentor.then("amendment-signed", "2026-09-01", document=amended, why="P4 left")
    plan, left = recorded.grant.plan, recorded.account.partners["P4"]
    assert (plan.end, list(plan.partners), plan.grant) == (date(2028, 4, 30), ["P1", "P2", "P3"], 250_000)
    assert (left.share, left.paid, left.to_return) == (0, 1000, 1000)
    assert plan.partners["P3"].grant == Decimal("57383.33") + Decimal("59733.33")
    assert registry.project_of(mentor.store, mentor.store.events("R1")).months == 30
    due = {one.key: one.date for one in registry.agenda(mentor.store, date.max)}
    assert (due["end"], due["final-report"]) == (date(2028, 4, 30), date(2028, 6, 29))
    demand_lists(mentor.store, "R1")


def test_an_amendment_with_errors_is_refused(mentor: Grant, tmp_path: Path) -> None:
    for wrong in (EXAMPLES / "mentor-mistake.toml", project(tmp_path / "short.toml", months=6)):
        with pytest.raises(steps.Forbidden):
            mentor.then("amendment-signed", "2026-09-01", document=wrong)
    with pytest.raises(Unreadable):
        mentor.then("amendment-signed", "2026-09-01", document=REPORT)
    assert mentor.numbers == [1, 2, 3]


def test_an_agreement_of_before_holds_for_an_amendment(store: Store, tmp_path: Path) -> None:
    grant = Grant(store).lived(("signed", "2025-10-01", {"agreement": AGREEMENT}))
    recorded = grant.then("amendment-signed", "2026-01-01", document=project(tmp_path / "p.toml", months=30))
    assert recorded.grant.plan.instalments == (100_000, 100_000, 50_000)
    changed = written(tmp_path / "a.toml", {"instalments": ["0.5", "0.5"]}, Agreement)
    recorded = grant.then("amendment-signed", "2026-02-01", agreement=changed)
    assert (recorded.grant.plan.instalments, recorded.grant.plan.months) == ((125_000, 125_000), 30)


def test_a_letter_is_kept_and_not_read(mentor: Grant, tmp_path: Path) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.7 \x00\xff")
    for kind, day, more in (
        ("amendment-signed", "2026-01-01", {}),
        ("interim-report", "2026-02-01", {"used": 5}),
        ("interim-accepted", "2026-03-01", {}),
        ("final-report", "2027-12-01", {}),
        ("assessed", "2028-02-01", {"final": 210_000}),
    ):
        recorded = mentor.then(kind, day, document=letter, **more)
        assert mentor.store.document(recorded.event.document or "").content == letter.read_bytes()
    events = mentor.store.events("R1")
    assert registry.declared_so_far(mentor.store, events) is None
    assert registry.project_of(mentor.store, events) == READ


def test_a_document_too_large_or_missing_is_refused(mentor: Grant, tmp_path: Path) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(20_000_001)
    for path in (large, tmp_path / "nowhere.pdf", tmp_path):
        with pytest.raises(Unreadable, match=path.name):
            mentor.then("note", "2026-01-01", document=path)
    assert mentor.numbers == [1, 2, 3]


def test_a_file_may_have_any_name(mentor: Grant, tmp_path: Path) -> None:
    for name in (b"\xff\xfe.pdf", "Łódź 'x' \\.pdf".encode(), b"x" * 250 + b".pdf"):
        path = tmp_path / name.decode(errors="surrogateescape")
        path.write_bytes(name)
        recorded = mentor.then("note", "2026-01-01", document=path)
        assert mentor.store.document(recorded.event.document or "").content == name


def test_an_interim_report_says_what_was_used_and_accepted(mentor: Grant, tmp_path: Path) -> None:
    file = report(
        tmp_path / "r.toml", until="2026-10-31", used=150_000,
        work_packages=[{"id": "WP2", "accepted": "1"}, {"id": "WP3", "accepted": "0.5"}],
    )  # fmt: skip
    details = mentor.then("interim-report", "2026-11-02", document=file).event.details
    assert (details.until, details.used, details.accepted) == (date(2026, 10, 31), 150_000, {"WP2": 47_600})
    accepted = mentor.then("interim-accepted", "2026-12-01", document=file, used=140_000).event.details
    assert (accepted.until, accepted.used, accepted.accepted) == (None, 140_000, {"WP2": 47_600})
    declared = registry.declared_so_far(mentor.store, mentor.store.events("R1"))
    assert declared == document.read(file, Report)


@pytest.mark.parametrize("kind", ["interim-report", "final-report"])
def test_a_report_about_other_work_packages_is_refused(mentor: Grant, tmp_path: Path, kind: str) -> None:
    file = report(tmp_path / "r.toml", work_packages=[{"id": "WP9"}])
    with pytest.raises(NotAllowed, match="WP9 is not among the work packages WP1, WP2, WP3, WP4"):
        mentor.then(kind, "2026-11-02", document=file)


@pytest.fixture
def reported(mentor: Grant) -> Grant:
    """A grant whose final report is with the agency."""
    for partner, amount in (("P2", "43306.67"), ("P3", "45906.67"), ("P4", "47786.66")):
        mentor.then("transfer", "2026-01-08", amount=amount, partner=partner)
    mentor.then("final-report", "2027-12-01", document=REPORT)
    return mentor


def test_a_final_report_is_late_though_an_interim_one_is_with_the_agency(mentor: Grant) -> None:
    end = mentor.then("interim-report", "2027-09-01").grant.plan.end
    due = end + timedelta(days=60)
    on_time = mentor.then("final-report", str(due))
    assert "report-late" not in [one.code for one in on_time.findings]
    mentor.then("cancelled", str(due), corrects=on_time.event.number)
    late = mentor.then("final-report", str(due + timedelta(days=1)))
    assert (late.findings[0].code, late.grant.state) == ("report-late", State.ASSESSMENT)


def test_an_audit_without_another_amount_says_that_the_decision_stands(reported: Grant) -> None:
    reported.then("assessed", "2028-02-01", final="210000")
    reported.then("audit-opened", "2028-03-01")
    recorded = reported.then("audit-closed", "2028-06-01")
    assert [one.message for one in recorded.findings] == [
        "The audit names no other final grant; the one of €210,000.00 stands."
    ]
    assert (recorded.grant.state, recorded.account.final) == (State.BALANCE, Decimal("210000.00"))


def test_a_decision_is_worked_out_to_the_cent_as_settle_does(reported: Grant) -> None:
    settlement = steps.assess(steps.examine(READ), steps.read_report(REPORT))
    recorded = reported.then("assessed", "2028-02-01", document=REPORT)
    details, money = recorded.event.details, recorded.account
    assert (details.final, details.score) == (settlement.final_grant, settlement.overall_score)
    assert (details.final, details.score) == (Decimal("223750.00"), 70)
    assert details.partners == {key: one.final for key, one in settlement.partners.items()}
    assert (money.final, money.balance) == (settlement.final_grant, settlement.balance)
    assert recorded.grant.state is State.BALANCE
    paid = reported.then("payment-received", "2028-03-01", amount=str(money.balance)).account
    balances = {key: one.to_pay - one.to_return for key, one in paid.partners.items() if key != "P1"}
    assert balances == {key: one.balance for key, one in settlement.partners.items() if key != "P1"}
    demand_lists(reported.store, "R1")


def test_another_decision_of_the_agency_is_taken_and_told(reported: Grant) -> None:
    recorded = reported.then("assessed", "2028-02-01", document=REPORT, final="223749.99")
    details = recorded.event.details
    assert (details.final, details.partners, details.score) == (Decimal("223749.99"), {}, 70)
    assert "decision-differs" in {one.code for one in recorded.findings}
    assert "The agency decided €223,749.99; the report makes €223,750.00." in map(
        str, (f.say() for f in recorded.findings)
    )
    assert sum(one.final or 0 for one in recorded.account.partners.values()) == Decimal("223749.99")


def test_a_report_with_errors_is_refused_with_its_findings(reported: Grant, tmp_path: Path) -> None:
    file = report(tmp_path / "r.toml", work_packages=[{"id": "WP9", "score": 80}])
    with pytest.raises(NotSettled, match="report-unknown-part") as refusal:
        reported.then("assessed", "2028-02-01", document=file)
    assert "report-unknown-part" in {one.code for one in refusal.value.findings}
    assert reported.state is State.ASSESSMENT


def test_a_correction_stands_where_the_mistake_stood(mentor: Grant) -> None:
    mentor.lived(("transfer", "2026-01-08", {"amount": 500, "partner": "P2"}))
    recorded = mentor.then("payment-received", "2025-10-29", amount="199999.99", corrects=3)
    assert (recorded.account.received, recorded.event.corrects) == (Decimal("199999.99"), 3)
    assert mentor.numbers == [1, 2, 3, 4, 5]
    again = mentor.then("payment-received", "2025-10-29", amount="199999.99", corrects=3)
    assert (again.event, again.is_new) == (recorded.event, False)
    with pytest.raises(NotAllowed, match="There is no entry 3 to be corrected; there is 1, 2, 4, 5"):
        mentor.then("payment-received", "2025-10-29", amount=1, corrects=3)
    assert mentor.then("payment-received", "2025-10-30", amount=200_000, corrects=5).account.received == 200_000
    demand_lists(mentor.store, "R1")


def test_a_cancelled_entry_counts_no_more_and_is_cancelled_once(mentor: Grant) -> None:
    mentor.then("transfer", "2026-01-08", amount=500, partner="P2")
    first = mentor.then("cancelled", "2026-02-01", corrects=4)
    assert first.account.partners["P2"].paid == 0
    again = mentor.then("cancelled", "2026-02-01", corrects=4)
    assert (again.event, again.is_new, mentor.numbers) == (first.event, False, [1, 2, 3, 4, 5])
    for number in (4, 5, 9):
        with pytest.raises(NotAllowed, match=f"There is no entry {number} to be corrected; there is 1, 2, 3"):
            mentor.then("cancelled", "2026-02-02", corrects=number)
    with pytest.raises(NotPossible):
        mentor.then("cancelled", "2026-02-02", corrects=2)
    with pytest.raises(NotAllowed, match="only be corrected by another registration"):
        mentor.then("cancelled", "2026-02-02", corrects=1)


def test_a_correction_keeps_the_files_of_the_mistake_unless_it_has_others(store: Store, tmp_path: Path) -> None:
    grant = Grant(store, agreement=AGREEMENT)
    changed = project(tmp_path / "p.toml", title="Corrected")
    plan = grant.then("registered", "2025-09-01", corrects=1, document=changed).grant.plan
    assert (plan.title, plan.instalments) == ("Corrected", (100_000, 100_000, 50_000))
    terms = written(tmp_path / "a.toml", {"instalments": ["0.5", "0.5"]}, Agreement)
    plan = grant.then("registered", "2025-09-01", corrects=2, agreement=terms).grant.plan
    assert (plan.title, plan.instalments) == ("Corrected", (125_000, 125_000))
    events = store.events("R1")
    assert registry.project_of(store, events).title == "Corrected"
    assert registry.agreement_of(store, events) == steps.read_agreement(terms)
    demand_lists(store, "R1")


def test_what_rests_on_a_mistake_is_told_and_corrected_with_the_same_files(store: Store, tmp_path: Path) -> None:
    grant = Grant(store).lived(("signed", "2025-10-01", {"agreement": AGREEMENT}))
    changed = project(tmp_path / "p.toml", title="Corrected")
    recorded = grant.then("registered", "2025-09-01", corrects=1, document=changed)
    [finding] = [one for one in recorded.findings if one.code == "rests-on-mistake"]
    assert finding.say() == "Number 2 was worked out before this correction; correct it with the same files too."
    recorded = grant.then("signed", "2025-10-01", corrects=2)
    plan = recorded.grant.plan
    assert (plan.title, plan.instalments, recorded.findings) == ("Corrected", (100_000, 100_000, 50_000), ())


def test_a_corrected_decision_is_worked_out_anew(reported: Grant, tmp_path: Path) -> None:
    first = reported.then("assessed", "2028-02-01", document=REPORT).event
    moved = reported.then("assessed", "2028-02-02", corrects=first.number).event
    assert (moved.document, moved.details) == (first.document, first.details)
    better = report(tmp_path / "r.toml", work_packages=[{"id": f"WP{n}", "score": 90} for n in (2, 3, 4)])
    recorded = reported.then("assessed", "2028-02-02", corrects=moved.number, document=better)
    assert (recorded.event.details.final, recorded.account.balance) == (250_000, 50_000)


def test_sums_that_cannot_be_true_are_refused(mentor: Grant) -> None:
    for kind, more, says in (
        ("transfer", {"amount": 5, "partner": "P9"}, "P9 is not among the partners P1, P2, P3, P4"),
        ("transfer", {"amount": 5, "partner": "P1"}, "P1 is the coordinator"),
        ("transfer-returned", {"amount": "0.01", "partner": "P2"}, "cannot return more than it was paid"),
    ):
        with pytest.raises(Several, match=says):
            mentor.then(kind, "2026-01-08", **more)
    mentor.lived(("final-report", "2027-12-01"))
    for more, says in (
        ({"final": "250000.01"}, "A final grant of €250,000.01 is more than the grant of €250,000.00"),
        ({"final": 200_000, "partners": {"P1": 1}}, "The partners' parts make €1.00, not the final grant"),
    ):
        with pytest.raises(Several, match=says):
            mentor.then("assessed", "2028-02-01", **more)
    mentor.lived(("assessed", "2028-02-01", {"final": 0}))
    with pytest.raises(Several, match=r"Repaid are €200,000\.01, more than the €200,000\.00 received"):
        mentor.then("repayment", "2028-03-01", amount="200000.01")
    assert mentor.then("repayment", "2028-03-01", amount=200_000).grant.state is State.CLOSED
    assert mentor.numbers == [1, 2, 3, 4, 5, 6]


def test_a_guarantee_is_asked_for_above_60_000_only(store: Store) -> None:
    small = Grant(store, LETTERS, "small").lived(("awarded", "2026-01-01"))
    with pytest.raises(Several, match=r"the grant of €60,000\.00 is not above €60,000\.00"):
        small.then("guarantee-asked", "2026-01-01")
    assert small.numbers == [1, 2]
    event = store.events("small")[0]
    plan = event.details.plan
    assert plan is not None
    larger = event.model_copy(
        update={"details": Details(plan=plan.model_copy(update={"grant": Decimal("60000.01")}))}
    )  # fmt: skip
    store.append("larger", [larger])
    draft = Draft(EventKind.AWARDED, date(2026, 1, 1), "Example")
    registry.record(store, "larger", draft, TODAY)
    assert registry.record(store, "larger", draft._replace(kind=EventKind.GUARANTEE_ASKED), TODAY).is_new


def test_lists_that_another_version_made_are_made_anew(mentor: Grant) -> None:
    store = mentor.store
    Grant(store, LETTERS, "R2")
    assert registry.bring_up_to_date(store) == 2
    before = store.standings(), store.agenda(date.max)
    assert registry.bring_up_to_date(store) == 0
    wreck(store)
    assert (store.standings(), store.agenda(date.max)) != before
    assert registry.bring_up_to_date(store) == 2
    assert (store.standings(), store.agenda(date.max)) == before


def wreck(store: Store) -> None:
    """Make the lists of all grants those of another version."""
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE standings SET made_by = 'other', title = 'x', ahead = '[]'"))
        connection.execute(text("DELETE FROM agenda WHERE key < 'f'"))
        connection.execute(text("UPDATE agenda SET date = '2000-01-01'"))


CHOICE = st.tuples(st.integers(0, 50), st.integers(0, 200), st.integers(0, 20_000_00), st.booleans())
CHOICES = st.lists(CHOICE, min_size=1, max_size=14)


def said(kind: EventKind, cents: int) -> dict[str, Any]:
    """Return right details for an event, of an amount."""
    amount, asked = Decimal(cents) / 100, ASKED.get(kind)
    day = "2026-06-01"
    values = {"amount": amount, "partner": "P2", "final": amount, "key": "evidence-WP2", "due": day, "effect": day}
    return {name: values[name] for name in asked.needed if name in values} if asked else {}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choices=CHOICES)
def test_whatever_happens_lists_made_anew_are_those_that_were_written(
    store: Store, choices: list[tuple[int, int, int, bool]]
) -> None:
    reference = f"R{len(store.references()):04}"
    grant, day = Grant(store, reference=reference), date(2025, 9, 1)
    for choice, days, cents, is_mistake in choices:
        day = min(day + timedelta(days=days), TODAY)
        events = store.events(reference)
        found = replay(events, day)
        kinds = [EventKind.CANCELLED, *possible(found.position, found.plan.terms.kind)]
        kind = kinds[choice % len(kinds)]
        corrects = choice % len(events) + 1 if is_mistake or kind is EventKind.CANCELLED else None
        try:
            grant.then(kind, day.isoformat(), corrects=corrects, **said(kind, cents))
        except Refusal:
            assert store.events(reference) == events
        assert grant.numbers == list(range(1, len(grant.numbers) + 1))
    demand_lists(store, reference)
    before = store.standings(), store.agenda(date.max)
    wreck(store)
    registry.bring_up_to_date(store)
    assert (store.standings(), store.agenda(date.max)) == before
