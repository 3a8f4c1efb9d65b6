"""Every check on both sides of its border; the examples, which have no errors, are changed one thing at a time."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import test_costs
import test_units

from ka2budget import checks, steps
from ka2budget.finding import Finding, Severity
from ka2budget.project import Partner, Project


def findings(project: Project) -> dict[str, Finding]:
    return {finding.code: finding for finding in steps.examine(project).budget.findings}


def changed(project: Project, **changes: Any) -> Project:  # noqa: ANN401
    return Project.model_validate(project.model_dump(exclude_unset=True) | changes)


def with_package(project: Project, number: int, **changes: Any) -> Project:  # noqa: ANN401
    packages = [package.model_dump(exclude_unset=True) for package in project.work_packages]
    packages[number] |= changes
    return changed(project, work_packages=packages)


def with_activity(project: Project, number: int, **changes: Any) -> Project:  # noqa: ANN401
    activities = [activity.model_dump(exclude_unset=True) for activity in project.activities]
    activities[number] |= changes
    return changed(project, activities=activities)


def with_partner(project: Project, number: int, **changes: Any) -> Project:  # noqa: ANN401
    partners = [partner.model_dump(exclude_unset=True) for partner in project.partners]
    partners[number] |= changes
    return changed(project, partners=partners)


def and_partner(project: Project, **fields: Any) -> Project:  # noqa: ANN401
    partner = Partner.model_validate({"id": "P9", "name": "Example organisation 9", "country": "FR"} | fields)
    return project.model_copy(update={"partners": (*project.partners, partner)})


def test_the_examples_have_no_errors(ka220: Project, ka210: Project) -> None:
    assert findings(ka220).keys() - checks.OPEN_QUESTIONS == set()
    assert findings(ka210).keys() - checks.OPEN_QUESTIONS == {"partner-above-half"}


KA220: list[tuple[str, str, Callable[[Project], Project]]] = [
    ("lump-sum-missing", "/lump_sum", lambda p: p.model_copy(update={"lump_sum": None})),
    ("lump-sum-not-on-menu", "/lump_sum", lambda p: changed(p, lump_sum=300_000)),
    ("sum-below-lump-sum", "/work_packages", lambda p: changed(p, lump_sum=400_000, estimated_cost=500_000)),
    ("sum-above-lump-sum", "/work_packages", lambda p: changed(p, lump_sum=120_000)),
    ("estimated-cost-missing", "/estimated_cost", lambda p: p.model_copy(update={"estimated_cost": None})),
    ("estimated-cost-too-low", "/estimated_cost", lambda p: changed(p, estimated_cost=250_000)),
    (
        "partner-costs-not-total",
        "/estimated_cost",
        lambda p: changed(
            p, partners=[{**one.model_dump(exclude_unset=True), "estimated_cost": 1} for one in p.partners]
        ),
    ),
    ("partner-without-share", "/partners/4", and_partner),
    ("work-packages-missing", "/work_packages", lambda p: p.model_copy(update={"work_packages": ()})),
    (
        "activities-outside-work-packages",
        "/activities",
        lambda p: changed(p, activities=[dict(p.work_packages[1].activities[0])]),
    ),
    ("shares-missing", "/work_packages/1/shares", lambda p: with_package(p, 1, amount=47_600, shares={})),
    ("shares-not-amount", "/work_packages/1/shares", lambda p: with_package(p, 1, amount="47600.01")),
    ("share-of-unknown-partner", "/work_packages/1/shares/P7", lambda p: with_package(p, 1, shares={"P7": 47_600})),
    (
        "share-of-associated-partner",
        "/work_packages/1/shares/P9",
        lambda p: with_package(and_partner(p, role="associated"), 1, shares={"P9": 47_600}),
    ),
    (
        "activities-above-work-package",
        "/work_packages/3/activities",
        lambda p: with_package(
            p, 3, activities=[{**p.work_packages[3].activities[0].model_dump(), "amount": "65000.01"}]
        ),
    ),
    ("lead-missing", "/work_packages/2/lead", lambda p: with_package(p, 2, lead=None)),
    ("lead-unknown", "/work_packages/2/lead", lambda p: with_package(p, 2, lead="P7")),
    (
        "lead-associated",
        "/work_packages/2/lead",
        lambda p: with_package(and_partner(p, role="associated"), 2, lead="P9"),
    ),
    ("lead-without-share", "/work_packages/1/lead", lambda p: with_package(p, 1, shares={"P1": 47_600})),
    (
        "participant-unknown",
        "/work_packages/1/activities/0/participants/0",
        lambda p: with_package(
            p, 1, activities=[{**p.work_packages[1].activities[0].model_dump(), "participants": ["X"]}]
        ),
    ),
    ("management-missing", "/work_packages", lambda p: with_package(p, 0, management=False)),
    ("management-not-one", "/work_packages", lambda p: with_package(p, 1, management=True)),
    (
        "many-work-packages",
        "/work_packages",
        lambda p: changed(
            p, work_packages=[*map(dict, p.work_packages), *({"id": f"W{n}", "title": "x"} for n in range(2))]
        ),
    ),
    (
        "too-many-work-packages",
        "/work_packages",
        lambda p: changed(
            p, work_packages=[*map(dict, p.work_packages), *({"id": f"W{n}", "title": "x"} for n in range(8))]
        ),
    ),
    ("coordinator-missing", "/partners", lambda p: with_partner(p, 0, role="partner")),
    ("several-coordinators", "/partners", lambda p: with_partner(p, 1, role="coordinator")),
    ("country-unknown", "/partners/1/country", lambda p: with_partner(p, 1, country="ZZ")),
    ("country-not-eligible", "/partners/0/country", lambda p: with_partner(p, 0, country="AL")),
    ("role-not-foreseen", "/partners/4/role", lambda p: and_partner(p, role="affiliated", of="P1")),
    ("affiliated-of", "/partners/4/role", lambda p: and_partner(p, role="affiliated", of="P8")),
    ("essential-added-value", "/partners/4", lambda p: and_partner(p, country="UA")),
    (
        "too-few-organisations",
        "/partners",
        lambda p: p.model_copy(update={"partners": p.partners[:2]}),
    ),
    ("too-few-countries", "/partners", lambda p: with_partner(with_partner(p, 1, country="PL"), 2, country="PL")),
    ("applicant-age-unknown", "/partners/0/established", lambda p: with_partner(p, 0, established=None)),
    ("applicant-too-young", "/partners/0/established", lambda p: with_partner(p, 0, established=date(2023, 3, 6))),
    ("duration-too-short", "/months", lambda p: changed(p, months=11)),
    ("duration-too-long", "/months", lambda p: changed(p, months=37)),
    ("no-such-round", "/round", lambda p: changed(p, round=3)),
    ("round-is-optional", "/round", lambda p: changed(p, round=2)),
    ("start-outside-window", "/start", lambda p: changed(p, start=date(2026, 1, 1))),
    (
        "activity-outside-project",
        "/work_packages/3/activities/0/end",
        lambda p: with_package(
            p, 3, activities=[{**p.work_packages[3].activities[0].model_dump(), "end": date(2027, 11, 1)}]
        ),
    ),
    (
        "activity-ends-before-start",
        "/work_packages/3/activities/0/end",
        lambda p: with_package(
            p, 3, activities=[{**p.work_packages[3].activities[0].model_dump(), "end": date(2027, 9, 15)}]
        ),
    ),
    ("months-outside-project", "/work_packages/3", lambda p: with_package(p, 3, end_month=25)),
    (
        "venue-needs-reason",
        "/work_packages/3/activities/0/venue_country",
        lambda p: with_package(
            p, 3, activities=[{**p.work_packages[3].activities[0].model_dump(), "venue_country": "BE"}]
        ),
    ),
    (
        "venue-only-for-sharing",
        "/work_packages/3/activities/0/venue_country",
        lambda p: with_package(
            p, 3, activities=[{**p.work_packages[3].activities[0].model_dump(), "venue_country": "SE"}]
        ),
    ),
    (
        "venue-not-allowed",
        "/work_packages/3/activities/0/venue_country",
        lambda p: with_package(
            p, 3, activities=[{**p.work_packages[3].activities[0].model_dump(), "venue_country": "JP"}]
        ),
    ),
    ("duplicate-id", "/partners", lambda p: with_partner(p, 1, id="P1")),
    ("duplicate-organisation", "/partners", lambda p: with_partner(p, 1, oid="E10000001")),
    ("oid-format", "/partners/1/oid", lambda p: with_partner(p, 1, oid="E1000001")),
    ("pic-format", "/partners/1/pic", lambda p: with_partner(p, 1, pic="12345678")),
    ("language-unknown", "/language", lambda p: changed(p, language="fi")),
    ("of-without-affiliation", "/partners/1/role", lambda p: with_partner(p, 1, of="P1")),
    ("reference-format", "/reference", lambda p: changed(p, reference="2025-PL01-KA220-ADU-000123456")),
    ("reference-differs", "/reference", lambda p: changed(p, reference="2024-1-PL01-KA220-ADU-000123456")),
    ("unconfirmed-rule", "/call", lambda p: changed(p, call=2024, start=date(2024, 11, 1))),
]


@pytest.mark.parametrize(("code", "where", "change"), KA220, ids=[code for code, _, _ in KA220])
def test_a_cooperation_partnership_is_told(
    ka220: Project, code: str, where: str, change: Callable[[Project], Project]
) -> None:
    found = findings(change(ka220))
    assert code in found, sorted(found)
    assert found[code].where == where
    assert "{" not in found[code].message


KA210: list[tuple[str, str, Callable[[Project], Project]]] = [
    ("activities-missing", "/activities", lambda p: p.model_copy(update={"activities": ()})),
    ("work-packages-not-foreseen", "/work_packages", lambda p: changed(p, work_packages=[{"id": "WP1", "title": "x"}])),
    ("amount-goes-to-lead", "/activities/1/amount", lambda p: with_activity(p, 1, shares={})),
    ("partner-above-half", "/partners/0", lambda p: p),
    ("shares-not-amount", "/activities/1/shares", lambda p: with_activity(p, 1, shares={"P1": 1})),
    ("country-not-eligible", "/partners/2/country", lambda p: and_partner(p, country="AL")),
    ("role-not-foreseen", "/partners/2/role", lambda p: and_partner(p, role="associated")),
    ("venue-not-allowed", "/activities/1/venue_country", lambda p: with_activity(p, 1, venue_country="SE")),
]


@pytest.mark.parametrize(("code", "where", "change"), KA210, ids=[code for code, _, _ in KA210])
def test_a_small_scale_partnership_is_told(
    ka210: Project, code: str, where: str, change: Callable[[Project], Project]
) -> None:
    found = findings(change(ka210))
    assert code in found, sorted(found)
    assert found[code].where == where


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda p: changed(p, months=12), "duration-too-short"),
        (lambda p: changed(p, months=36), "duration-too-long"),
        (lambda p: with_partner(p, 0, established=date(2023, 3, 5)), "applicant-too-young"),
        (lambda p: changed(p, start=date(2025, 12, 31)), "start-outside-window"),
        (lambda p: changed(p, start=date(2025, 9, 1)), "start-outside-window"),
        (lambda p: and_partner(p, country="AL"), "country-not-eligible"),
        (lambda p: and_partner(p, country="JP", role="associated"), "country-not-eligible"),
        (lambda p: changed(p, reference="2025-1-PL01-KA220-ADU-000123456"), "reference-format"),
        (lambda p: changed(p, reference="2025-1-PL01-KA220-ADU-000123456"), "reference-differs"),
        (lambda p: changed(p, estimated_cost="250000.01"), "estimated-cost-too-low"),
    ],
)
def test_what_just_passes_is_not_told(ka220: Project, change: Callable[[Project], Project], code: str) -> None:
    assert code not in findings(change(ka220))


def test_a_work_package_without_any_amount_is_told(ka220: Project) -> None:
    assert "shares-missing" in findings(with_package(ka220, 1, shares={}))


def test_a_doubt_about_a_role_is_told_where_somebody_has_it(ka220: Project) -> None:
    assert "unconfirmed-rule" in findings(and_partner(ka220, role="associated", country="BY"))
    assert "unconfirmed-rule" not in findings(ka220)


def test_a_wrong_structure_is_told_without_what_follows_from_it(ka210: Project, ka220: Project) -> None:
    wrong = changed(ka210, activities=[], work_packages=[dict(one) for one in ka220.work_packages])
    assert not {"sum-below-lump-sum", "partner-without-share"} & set(findings(wrong))


def test_no_management_is_demanded_of_a_small_scale_partnership(ka210: Project) -> None:
    assert not [code for code in findings(ka210) if "management" in code]


def test_an_european_ngo_reads_what_people_have_to_judge(ka220: Project) -> None:
    found = findings(changed(ka220, action="ERASMUS-EDU-PCOOP-ENGO"))
    assert "European NGO" in found["applicant-condition"].message
    assert found["applicant-condition"].severity is Severity.INFO


def test_a_message_names_what_is_where_and_what_would_be_right(ka220: Project) -> None:
    found = findings(with_package(ka220, 0, shares={"P1": "50000.01"}))["management-above-cap"]
    assert found.message == (
        "Project management has €50,000.01, above 20.00% of the lump sum of €250,000.00; at most €50,000.00 is allowed."
    )
    assert found.source == "Erasmus+ Programme Guide 2025, p. 255"


def test_a_message_can_be_read_in_another_language_s_numbers(ka220: Project) -> None:
    found = findings(changed(ka220, lump_sum=120_000))["sum-above-lump-sum"]
    assert found.values["difference"] == Decimal(130_000)
    assert "130.000,00\u00a0€" in found.say("de")


def test_topic_ids_of_eacea_are_understood_with_their_year(ka210: Project) -> None:
    with_year = findings(changed(ka210, action="ERASMUS-SPORT-2026-SSCP"))
    assert with_year.keys() == findings(changed(ka210, action="ERASMUS-SPORT-SSCP")).keys()


def test_every_kind_of_finding_is_provoked_here() -> None:
    provoked = {code for code, _, _ in (*KA220, *KA210)} | {code for code, _ in (*test_costs.CASES, *test_units.CASES)}
    provoked |= {"management-above-cap", "applicant-condition", "official-table-differs", "award-judged-by-people"}
    provoked |= {"applications-of-an-organisation", "applications-as-applicant", "unit-of-associated-partner"}
    provoked |= {"travel-unit-cost-differs", "sme-owner-unit-cost"}
    assert {kind.code for kind in checks.kinds()} - provoked == set()


def test_in_how_many_applications_an_organisation_is_stays_a_question(ka220: Project, ka210: Project) -> None:
    assert "at most 10 applications of KA220-SCH" in findings(ka220)["applications-of-an-organisation"].message
    assert "applications-as-applicant" not in findings(ka220)
    assert "at most 1 of the applications of" in findings(ka210)["applications-as-applicant"].message
