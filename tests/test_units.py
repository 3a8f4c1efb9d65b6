"""Unit contributions: every formula on both sides of its borders, every check, and the final grant."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ka2budget import steps
from ka2budget.agreement import Agreement
from ka2budget.catalogue import rules_for
from ka2budget.checks import units as unit_checks
from ka2budget.explain import explain
from ka2budget.finding import Finding
from ka2budget.formulas import NeedsUnit, PerDay, PerDayOfStay, PerDistance, PerMonthOfStay, Setting, StudentMonths
from ka2budget.pricing import price_units
from ka2budget.project import Partner, Project, Role, Unit
from ka2budget.report import Report

P1 = Partner(id="P1", name="Example 1", country="DE", role=Role.COORDINATOR)
SETTING = Setting(P1, 24, {})


def unit(heading: str = "heading", **keys: Any) -> Unit:  # noqa: ANN401
    return Unit.model_validate({"heading": heading, "partner": "P1"} | keys)


def project(action: str, call: int, countries: str = "DE PL ES", **changes: Any) -> Project:  # noqa: ANN401
    """A project of organisations from those countries, the first of them the coordinator."""
    kind = "higher-education" if "EMJM" in action else "school"
    partners = [
        {"id": f"P{number}", "name": f"Example {number}", "country": country, "type": kind}
        for number, country in enumerate(countries.split(), 1)
    ]
    partners[0] |= {"role": "coordinator"}
    return Project.model_validate(
        {"action": action, "call": call, "title": "Example", "start": date(call, 9, 1), "months": 24,
         "partners": partners, "units": [{"heading": "project-management", "partner": "P1"}]} | changes
    )  # fmt: skip


def amounts(found: steps.Examined) -> dict[str, Decimal]:
    return {name: part.amount for name, part in found.budget.headings.items()}


def findings(found: Project) -> dict[str, Finding]:
    return {finding.code: finding for finding in steps.examine(found).budget.findings}


def charged(price: Any, one: Unit) -> list[tuple[str, str, str]]:  # noqa: ANN401
    return [(str(c.quantity), str(c.rate), str(c.amount)) for c in price.charges(one, SETTING)]


BANDS = PerDistance.model_validate(
    {
        "formula": "per-distance",
        "bands": [
            {"from_km": 10, "rate": 28, "green": 56},
            {"from_km": 100, "rate": 211, "green": 285},
            {"from_km": 500, "rate": 309, "green": 417},
            {"from_km": 2000, "rate": 395, "green": 535},
            {"from_km": 3000, "rate": 580, "green": 785},
            {"from_km": 4000, "rate": 1188},
            {"from_km": 8000, "rate": 1735},
        ],
    }
)


@pytest.mark.parametrize(
    ("km", "standard", "green"),
    [
        ("0", 0, 0), ("9", 0, 0), ("9.9", 0, 0), ("10", 28, 56), ("99", 28, 56), ("99.5", 28, 56), ("100", 211, 285),
        ("499", 211, 285), ("499.9", 211, 285), ("500", 309, 417), ("1999", 309, 417), ("1999.999999", 309, 417),
        ("2000", 395, 535), ("2999", 395, 535), ("3000", 580, 785), ("3999", 580, 785), ("4000", 1188, 1188),
        ("7999", 1188, 1188), ("8000", 1735, 1735), ("20000", 1735, 1735),
    ],
)  # fmt: skip
def test_a_distance_is_in_exactly_one_band_decimals_included(km: str, standard: int, green: int) -> None:
    assert BANDS.rate(Decimal(km)) == standard
    assert BANDS.rate(Decimal(km), green=True) == green


@given(st.decimals(0, 20_000, places=3))
def test_every_distance_has_one_rate_and_no_longer_way_costs_less(km: Decimal) -> None:
    assert BANDS.rate(km) <= BANDS.rate(km + 1)
    assert BANDS.rate(km) in {0, *(band.rate for band in BANDS.bands)}


STAY = PerDayOfStay.model_validate(
    {
        "formula": "per-day-of-stay",
        "last_day": 365,
        "groups": [
            {
                "rates": {
                    "staff": [
                        {"from_day": 1, "rate": 106},
                        {"from_day": 15, "rate": 74},
                        {"from_day": 61, "rate": 53},
                    ]
                }
            }
        ],
    }
)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, [("1", "106.00", "106.00")]),
        (14, [("14", "106.00", "1484.00")]),
        (15, [("14", "106.00", "1484.00"), ("1", "74.00", "74.00")]),
        (20, [("14", "106.00", "1484.00"), ("6", "74.00", "444.00")]),
        (60, [("14", "106.00", "1484.00"), ("46", "74.00", "3404.00")]),
        (61, [("14", "106.00", "1484.00"), ("46", "74.00", "3404.00"), ("1", "53.00", "53.00")]),
    ],
)
def test_a_stay_falls_into_stages_from_day_15_and_from_day_61(days: int, expected: list[tuple[str, str, str]]) -> None:
    assert charged(STAY, unit(kind="staff", participants=1, days=days)) == expected


def test_a_month_of_stay_is_thirty_days() -> None:
    price = PerMonthOfStay.model_validate(
        {"formula": "per-month-of-stay", "rates": {"FI": 125}, "least_months": 2, "most_months": 12}
    )
    one = unit(participants=2, months=3, days=7, country="FI")
    assert charged(price, one) == [("6", "125.00", "750.00"), ("14", "125.00", "58.33")]
    assert [bad.key for bad in price.unpriced(unit(participants=1, months=3, days=30, country="SE"), SETTING)] == [
        "country",
        "days",
    ]
    for months, days in ((1, 29), (12, 1), (13, 0)):
        assert any(price.unpriced(unit(participants=1, months=months, days=days, country="FI"), SETTING))


def test_days_of_work_are_whole_or_half_where_half_ones_count() -> None:
    groups = [{"countries": ["DE"], "rates": {"teacher": 257}}, {"rates": {"teacher": 88}}]
    half = PerDay.model_validate({"formula": "per-day", "step": "0.5", "groups": groups})
    full = PerDay.model_validate({"formula": "per-day", "groups": groups})
    assert charged(half, unit(profile="teacher", days="2.5")) == [("2.5", "257.00", "642.50")]
    assert [bad.known for bad in full.unpriced(unit(profile="teacher", days="2.5"), SETTING)] == [("multiples of 1",)]
    assert [bad.value for bad in half.unpriced(unit(profile="teacher", days="2.25"), SETTING)] == ["2.25"]
    elsewhere = Setting(P1.model_copy(update={"country": "TR"}), 24, {})
    assert [charge.rate for charge in half.charges(unit(profile="teacher", days=1), elsewhere)] == [88]


@pytest.mark.parametrize(
    ("cost", "paid"), [("2999.99", 0), ("3000", 3000), ("4499.99", 3000), ("4500", 4500), ("99999", 60_000)]
)
def test_needs_are_paid_by_the_unit_equal_to_the_cost_or_next_below(cost: str, paid: int) -> None:
    price = NeedsUnit.model_validate({"formula": "needs-unit", "amounts": [3000, 4500, 60_000]})
    assert sum(charge.amount for charge in price.charges(unit(cost=cost), SETTING)) == paid


STUDENTS = {"formula": "student-months", "rate": 750, "students": 100, "most_months": 24}


@pytest.mark.parametrize(
    ("intakes", "most"),
    [
        (((60, 24), (60, 24)), 1_800_000),
        (((0, 24), (200, 12)), 900_000),  # nobody's months lengthen those of others
        (((100, 12), (60, 24)), 1_440 * 750 + 480 * 750),  # those who stay longest count first
        (((10, 24),), 180_000),
    ],
)
def test_students_above_the_limit_do_not_count(intakes: tuple[tuple[int, int], ...], most: int) -> None:
    price = StudentMonths.model_validate(STUDENTS)
    found = [unit(students=students, months=months) for students, months in intakes]
    (cap,) = price.caps(found, 74)
    assert (cap.members, cap.most) == (tuple(range(len(intakes))), most)


def test_a_programme_is_not_longer_than_the_call_has_it() -> None:
    price = StudentMonths.model_validate(STUDENTS)
    (bad,) = price.unpriced(unit(students=1, months=25), SETTING)
    assert (bad.key, bad.value, bad.known) == ("months", "25", ("up to 24",))


def test_scholarships_are_paid_for_the_real_days() -> None:
    scholarships = rules_for("ERASMUS-EDU-PEX-EMJM-MOB", 2026).headings["scholarships"].price
    assert isinstance(scholarships, StudentMonths)
    one = unit(students=2, months=20, days=10)
    assert charged(scholarships, one) == [("40", "1400.00", "56000.00"), ("20", "1400.00", "933.33")]
    assert any(scholarships.unpriced(unit(students=1, months=24, days=1), SETTING))
    assert not any(scholarships.unpriced(one, SETTING))


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"participants": 0, "cost": 1000, "distance_km": 2100}, "participants"),
        ({"participants": 2, "cost": 0, "distance_km": 2100}, "cost"),
        ({"participants": 2, "cost": 900, "distance_km": 3}, "distance_km"),
    ],
)
def test_expensive_travel_is_a_journey_with_a_cost_and_a_unit(keys: dict[str, int], key: str) -> None:
    plan = project("KA204", 2018, units=[{"heading": "expensive-travel", "partner": "P1"} | keys])
    examined = steps.examine(plan)
    assert amounts(examined) == {}
    assert f"/units/0/{key}" in {one.where for one in examined.budget.findings if one.code == "unit-without-rate"}


@pytest.mark.parametrize(("days", "paid"), [(59, 0), (60, 15 * 0 + 14 * 110 + 46 * 77)])
def test_a_long_stay_begins_with_two_months(days: int, paid: int) -> None:
    stay = {"heading": "long-term-staff", "partner": "P1", "kind": "staff", "participants": 1, "country": "PT"}
    assert sum(amounts(steps.examine(project("KA201", 2018, units=[stay | {"days": days}]))).values()) == paid


def test_the_ceiling_of_a_kind_is_told_as_such() -> None:
    guests = [
        {"heading": "multiplier-events", "partner": "P1", "kind": kind, "participants": count}
        for kind, count in (("local", 100), ("virtual", 1_777))
    ]
    outputs = {"heading": "intellectual-outputs", "partner": "P1", "profile": "teacher", "days": 10}
    examined = steps.examine(project("KA204", 2018, units=[outputs, *guests]))
    (told,) = [one.message for one in examined.budget.findings if one.code == "heading-above-ceiling"]
    assert told == (
        "Multiplier events (virtual) comes to €26,655.00; call 2018 pays at most €5,000.00, the rest is not paid."
    )


def test_a_heading_with_nothing_does_not_carry_another() -> None:
    units = [
        {"heading": "intellectual-outputs", "partner": "P1", "profile": "teacher", "days": 0},
        {"heading": "multiplier-events", "partner": "P1", "kind": "local", "participants": 20},
    ]
    assert "heading-only-with" in {
        one.code for one in steps.examine(project("KA204", 2018, units=units)).budget.findings
    }


@pytest.mark.parametrize(
    ("months", "countries", "expected"),
    [(24, "DE PL ES FR IT", 36_000), (24, " ".join(["DE"] * 12), 66_000), (36, " ".join(["DE"] * 10), 99_000)],
)
def test_management_is_held_to_its_maximum_per_month(months: int, countries: str, expected: int) -> None:
    names = [f"P{number + 1}" for number in range(len(countries.split()))]
    units = [{"heading": "project-management", "partner": name} for name in names]
    found = steps.examine(project("KA204", 2018, countries, months=months, units=units))
    assert amounts(found) == {"project-management": expected}
    assert sum(one.grant for one in found.budget.partners.values()) == expected


@pytest.mark.parametrize(("real", "paid"), [("392", "275.00"), ("393", "314.40"), ("392.86", "314.29")])
def test_expensive_travel_is_paid_in_part_where_the_unit_covers_less_than_seventy_per_cent(
    real: str, paid: str
) -> None:
    one = {"heading": "expensive-travel", "partner": "P1", "participants": 1, "distance_km": 700, "cost": real}
    assert amounts(steps.examine(project("KA204", 2018, units=[one]))) == {"expensive-travel": Decimal(paid)}


def test_a_ceiling_cuts_all_in_proportion_and_is_explained() -> None:
    local = {"heading": "multiplier-events", "partner": "P1", "kind": "local", "participants": 250}
    abroad = {"heading": "multiplier-events", "partner": "P2", "kind": "international", "participants": 40}
    found = steps.examine(project("KA204", 2018, units=[local, abroad]))
    assert amounts(found) == {"multiplier-events": 30_000}
    assert {name: one.grant for name, one in found.budget.partners.items()} == {
        "P1": Decimal("22727.27"),
        "P2": Decimal("7272.73"),
        "P3": 0,
    }
    (one,) = explain(*found, "multiplier-events")
    assert [term.amount for term in one.terms] == [25_000, 8_000, -3_000]


def test_the_grant_is_cut_to_its_maximum_and_every_sum_still_agrees() -> None:
    units = [
        {"heading": "intellectual-outputs", "partner": name, "profile": "teacher", "days": 700} for name in ("P1", "P2")
    ]
    found = steps.examine(project("KA204", 2018, months=12, units=units))
    budget = found.budget
    assert sum(line.amount for line in budget.lines) == 700 * (214 + 74)
    assert budget.grant == 150_000 == sum(budget.headings["intellectual-outputs"].partners.values())
    assert "grant-above-maximum" in findings(found.project)
    explained = {one.what: one for one in explain(*found)}
    assert explained["intellectual-outputs"].terms[-1].amount == 150_000 - 201_600
    assert str(explained["grant-maximum"].note) == "€12,500.00 x 12 months"
    for one in explained.values():
        assert not one.terms or sum(term.amount for term in one.terms) == one.amount


def test_a_school_exchange_has_its_maximum_by_school_and_year() -> None:
    units = [{"heading": "individual-support", "partner": "P1", "kind": "learner", "participants": 900, "days": 14}]
    found = steps.examine(project("KA229", 2018, "DE PL ES FR IT RO", months=12, units=units))
    assert found.budget.grant == 99_000


def test_a_flat_rate_follows_the_other_headings() -> None:
    costs = [{"heading": "project-costs", "partner": name, "amount": "1000.01"} for name in ("P1", "P2")]
    found = steps.examine(project("CAPACITY-BUILDING-YOUTH", 2018, "DE PL RS", units=[], real_costs=costs))
    assert amounts(found) == {"project-costs": Decimal("1600.02"), "indirect-costs": Decimal("112.00")}
    assert [line.amount for line in found.budget.lines if line.heading == "indirect-costs"] == [56, 56]
    assert (found.budget.total_cost, found.budget.partners["P1"].cost) == (Decimal("2140.02"), Decimal("1070.01"))


def test_the_cost_of_real_costs_is_known_and_that_of_units_is_not() -> None:
    costs = [{"heading": "project-costs", "partner": "P1", "amount": 1000}]
    pilot = steps.examine(project("EUROPEAN-UNIVERSITIES", 2019, months=36, units=[], real_costs=costs)).budget
    assert (pilot.total_cost, pilot.partners["P1"].own_part) == (1000, 200)
    assert steps.examine(project("KA204", 2018)).budget.total_cost is None


MANY = {"heading": "transnational-meetings", "partner": "P1", "participants": 81, "distance_km": 700}
CASES: list[tuple[str, Callable[[], Project]]] = [
    ("units-missing", lambda: project("KA204", 2018, units=[])),
    ("units-not-foreseen", lambda: project("KA220-ADU", 2025)),
    ("heading-unknown", lambda: project("KA229", 2018, units=[MANY])),
    (
        "heading-worked-out",
        lambda: project("CAPACITY-BUILDING-YOUTH", 2018, units=[{"heading": "indirect-costs", "partner": "P1"}]),
    ),
    ("real-cost-as-unit", lambda: project("KA204", 2018, units=[{"heading": "special-needs", "partner": "P1"}])),
    (
        "unit-as-real-cost",
        lambda: project("KA204", 2018, real_costs=[{"heading": "travel", "partner": "P1", "amount": 1}]),
    ),
    ("unit-of-unknown-partner", lambda: project("KA204", 2018, units=[MANY | {"partner": "P9"}])),
    (
        "heading-not-for-partner",
        lambda: project("CBHE-JOINT-PROJECTS", 2018, units=[],
                        real_costs=[{"heading": "equipment", "partner": "P1", "amount": 1}]),
    ),
    ("unit-incomplete", lambda: project("KA204", 2018, units=[{"heading": "travel", "partner": "P1"}])),
    ("unit-key-unused", lambda: project("KA204", 2018, units=[MANY | {"profile": "teacher"}])),
    (
        "unit-without-rate",
        lambda: project(
            "KA204", 2018,
            units=[{"heading": "intellectual-outputs", "partner": "P1", "profile": "boss", "days": 1}],
        ),
    ),
    (
        "unit-months-above-project",
        lambda: project("KA204", 2018, units=[{"heading": "project-management", "partner": "P1", "months": 25}]),
    ),
    (
        "heading-not-for-action",
        lambda: project("KA204", 2018, units=[{"heading": "long-term-pupils", "partner": "P1"}]),
    ),
    (
        "students-not-among",
        lambda: project("ERASMUS-EDU-PEX-EMJM-MOB", 2025, months=74,
                        units=[{"heading": "scholarships", "partner": "P1", "students": 1, "months": 24}]),
    ),
    ("unit-twice", lambda: project("KA204", 2018, units=[{"heading": "project-management", "partner": "P1"}] * 2)),
    ("distance-not-paid", lambda: project("KA204", 2018, units=[MANY | {"distance_km": "99.9"}])),
    (
        "needs-below-lowest-unit",
        lambda: project("ERASMUS-EDU-PEX-EMJM-MOB", 2025, months=74,
                        units=[{"heading": "individual-needs", "partner": "P1", "cost": "2999.99"}]),
    ),
    (
        "travel-not-expensive",
        lambda: project("KA204", 2018, units=[
            {"heading": "expensive-travel", "partner": "P1", "participants": 1, "distance_km": 700, "cost": 392}
        ]),
    ),
    (
        "heading-above-ceiling",
        lambda: project("KA204", 2018, units=[
            {"heading": "multiplier-events", "partner": "P1", "kind": "virtual", "participants": 334}
        ]),
    ),
    ("participants-above-limit", lambda: project("KA204", 2014, units=[MANY])),
    (
        "heading-only-with",
        lambda: project("KA204", 2018, units=[
            {"heading": "multiplier-events", "partner": "P1", "kind": "local", "participants": 1}
        ]),
    ),
    ("grant-below-minimum-of-units", lambda: project("KA220-ADU", 2021)),
    (
        "grant-above-maximum",
        lambda: project("KA204", 2018, months=12, units=[
            {"heading": "intellectual-outputs", "partner": "P1", "profile": "teacher", "days": 999}
        ]),
    ),
    ("judged-by-people", lambda: project("KA204", 2018)),
    ("figure-unknown", lambda: project("KA204", 2018)),
    (
        "parts-not-foreseen",
        lambda: project("KA204", 2018, work_packages=[{"id": "WP1", "title": "Example", "lead": "P1"}]),
    ),
    ("too-many-organisations", lambda: project("KA229", 2018, "DE PL ES FR IT RO AT")),
    ("variant-missing", lambda: project("ERASMUS-SPORT-SNCESE", 2025, months=12, units=[])),
    ("variant-not-foreseen", lambda: project("KA204", 2018, variant="local")),
    ("variant-unknown", lambda: project("ERASMUS-SPORT-SNCESE", 2026, variant="local")),
    (
        "lump-sum-of-another-variant",
        lambda: project("ERASMUS-SPORT-SNCESE", 2026, variant="local-type-1", lump_sum=450_000),
    ),
    ("maximum-not-known", lambda: project("ERASMUS-EDU-EUR-UNIV", 2023, months=48, units=[])),
]  # fmt: skip


@pytest.mark.parametrize(("code", "make"), CASES, ids=[code for code, _ in CASES])
def test_a_budget_of_units_is_told(code: str, make: Callable[[], Project]) -> None:
    assert code in findings(make())


def test_an_associated_partner_claims_nothing() -> None:
    one = project("KA204", 2018, units=[MANY | {"partner": "P3"}])
    partners = (*one.partners[:2], one.partners[2].model_copy(update={"role": Role.ASSOCIATED}))
    assert "unit-of-associated-partner" in findings(one.model_copy(update={"partners": partners}))


def test_a_budget_of_units_that_keeps_every_rule_has_no_error_of_units() -> None:
    found = findings(project("KA204", 2018, units=[MANY | {"participants": 79}]))
    told = {kind.code for kind in vars(unit_checks).values() if hasattr(kind, "code")}
    assert told & set(found) == set()
    assert "participants-above-limit" not in findings(project("KA204", 2014, units=[MANY | {"participants": 80}]))


def test_a_doubt_about_a_heading_is_told_to_who_uses_it() -> None:
    doubts = [
        one.message for one in steps.examine(project("KA204", 2018)).budget.findings if "headings." in one.message
    ]
    assert doubts == []
    used = project("KA204", 2018, units=[MANY | {"heading": "travel"}])
    assert any("headings.travel" in one.message for one in steps.examine(used).budget.findings)


def awarded(**achieved: int) -> tuple[steps.Examined, Report]:
    """A project with 10 000 of special needs, 5 750 of meetings, 4 280 of outputs; and what was achieved of it."""
    costs = {"special-needs": 10_000}
    units = {"transnational-meetings": 10, "intellectual-outputs": 20}
    examined = steps.examine(project("KA204", 2018, **_declared(units | costs)))
    return examined, Report.model_validate({"assessment": {"score": 50}} | _declared(units | costs | achieved))


def _declared(numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "units": [
            {"heading": "transnational-meetings", "partner": "P1", "distance_km": 700}
            | {"participants": numbers["transnational-meetings"]},
            {"heading": "intellectual-outputs", "partner": "P2", "profile": "teacher"}
            | {"days": numbers["intellectual-outputs"]},
        ],
        "real_costs": [{"heading": "special-needs", "partner": "P1", "amount": numbers["special-needs"]}],
    }


def settled(**achieved: int) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    examined, report = awarded(**{name.replace("_", "-"): number for name, number in achieved.items()})
    result = steps.assess(examined, report)
    assert result.final_grant == sum(one.accepted for one in result.headings.values())
    assert result.final_grant == sum(one.final for one in result.partners.values())
    return {name: (one.achieved, one.transferred, one.eligible) for name, one in result.headings.items()}


def test_money_moves_between_headings_up_to_a_fifth_of_both() -> None:
    found = settled(transnational_meetings=5, intellectual_outputs=40)
    assert found["transnational-meetings"] == (2875, -296, 2875)
    assert found["intellectual-outputs"] == (2960, 296, 1776)


def test_no_more_moves_than_what_other_headings_may_lose() -> None:
    found = settled(transnational_meetings=10, intellectual_outputs=19, special_needs=20_000)
    assert found["special-needs"] == (20_000, 74, 10_074)
    assert found["intellectual-outputs"] == (1406, -74, 1406)


def test_nothing_moves_into_a_heading_that_was_awarded_nothing() -> None:
    examined, report = awarded()
    travel = unit("travel", participants=1, distance_km=700)
    result = steps.assess(examined, report.model_copy(update={"units": (*report.units[:1], travel)}))
    assert result.headings["travel"].eligible == 0
    assert "heading-above-award" in {finding.code for finding in result.findings}


def test_the_headings_of_one_category_give_freely_to_one_another() -> None:
    plan = [
        {"heading": "travel", "partner": "P1", "participants": 10, "distance_km": 700},
        {"heading": "individual-support", "partner": "P1", "kind": "learner", "participants": 10, "days": 7},
    ]
    done = [plan[0] | {"participants": 4}, plan[1] | {"days": 12}]
    examined = steps.examine(project("KA204", 2018, units=plan))
    result = steps.assess(examined, Report.model_validate({"assessment": {"score": 50}, "units": done}))
    travel, support = result.headings["travel"], result.headings["individual-support"]
    assert (travel.awarded, travel.achieved, travel.transferred) == (2750, 1100, -1650)
    assert (support.awarded, support.achieved, support.transferred) == (4060, 6960, 1650)
    assert result.final_grant == 2750 + 4060


@pytest.mark.parametrize(("policy", "final"), [(None, "8499.00"), ("eligible", "8499.00"), ("grant", "11332.00")])
def test_a_weak_report_cuts_what_is_eligible_or_the_grant_as_the_agreement_says(policy: Any, final: str) -> None:  # noqa: ANN401
    examined, report = awarded(**{"transnational-meetings": 0, "intellectual-outputs": 18})
    weak = report.model_copy(update={"assessment": report.assessment.model_copy(update={"score": 49})})
    result = steps.assess(examined, weak, Agreement(reduces=policy))
    assert result.headings["special-needs"].eligible == 10_000
    assert (result.level, result.reduces) == ("project", policy or "eligible")
    assert result.final_grant == Decimal(final)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"units": [], "real_costs": []}, "units-not-reported"),
        ({"units": [{"heading": "nonsense", "partner": "P1"}]}, "heading-unknown"),
        ({"units": [{"heading": "travel", "partner": "P1"}]}, "unit-incomplete"),
        ({"work_packages": [{"id": "WP1"}]}, "report-unknown-part"),
        ({"assessment": {}}, "score-missing"),
    ],
)
def test_a_report_of_units_that_says_too_little_is_not_settled(changes: dict[str, Any], code: str) -> None:
    examined, report = awarded()
    wrong = Report.model_validate(report.model_dump(exclude_unset=True) | changes)
    result = steps.assess(examined, wrong)
    assert result.final_grant is None
    assert code in {finding.code for finding in result.findings}


def test_units_in_the_report_of_a_lump_sum_are_left_out(ka220: Project) -> None:
    report = Report.model_validate({"units": [MANY], "work_packages": [{"id": "WP2", "score": 80}]})
    codes = {finding.code for finding in steps.assess(steps.examine(ka220), report).findings}
    assert "reported-units-unused" in codes


numbers = st.integers(0, 60)


@given(numbers, numbers, numbers, numbers, st.integers(0, 100))
def test_no_cent_is_lost_between_headings_and_partners(
    meetings: int, days: int, more: int, needs: int, score: int
) -> None:
    plan = {"transnational-meetings": 30, "intellectual-outputs": 30, "special-needs": 3000}
    done = {"transnational-meetings": meetings, "intellectual-outputs": days, "special-needs": needs * 100}
    examined = steps.examine(project("KA204", 2018, **_declared(plan)))
    declared = _declared(done)
    declared["units"].append(
        {"heading": "transnational-meetings", "partner": "P3", "participants": more, "distance_km": 1}
    )
    result = steps.assess(examined, Report.model_validate({"assessment": {"score": score}} | declared))
    headings = result.headings.values()
    assert (
        result.final_grant
        == sum(one.accepted for one in headings)
        == sum(one.final for one in result.partners.values())
    )
    assert sum(one.transferred for one in headings) == 0
    assert all(0 <= one.accepted <= one.eligible <= one.achieved for one in headings)
    assert result.final_grant is not None
    assert result.final_grant <= examined.budget.grant


def test_an_erasmus_mundus_master_comes_to_its_official_maximum() -> None:
    units = [
        {"heading": "institutional-costs", "partner": "P1", "students": 120, "months": 24},
        {"heading": "scholarships", "partner": "P1", "students": 60, "months": 24},
        *({"heading": "individual-needs", "partner": "P1", "cost": 60_000} for _ in range(3)),
    ]
    found = steps.examine(project("ERASMUS-EDU-PEX-EMJM-MOB", 2025, months=74, units=units))
    assert amounts(found) == {
        "institutional-costs": 1_800_000,
        "scholarships": 1_680_000,
        "individual-needs": 120_000,
    }
    assert found.budget.grant == 3_600_000


def test_units_are_priced_without_a_project_file_too() -> None:
    rules, plan = rules_for("KA204", 2018), project("KA204", 2018)
    priced = price_units(plan, rules, [unit("transnational-meetings", participants=6, distance_km=1999)], [])
    assert priced.grants["transnational-meetings"] == {"P1": 3450}


def test_what_an_application_may_ask_for_does_not_bind_the_report() -> None:
    plan = [
        {"heading": "scholarships", "partner": "P1", "students": 10, "months": 24},
        *({"heading": "individual-needs", "partner": "P1", "cost": 60_000} for _ in range(2)),
        {"heading": "institutional-costs", "partner": "P1", "students": 10, "months": 24},
    ]
    examined = steps.examine(project("ERASMUS-EDU-PEX-EMJM-MOB", 2025, months=74, units=plan))
    assert examined.budget.grant == 336_000 + 120_000 + 180_000
    done = [plan[0] | {"students": 9}, *plan[1:], {"heading": "individual-needs", "partner": "P1", "cost": 35_500}]
    result = steps.assess(examined, Report.model_validate({"units": done}))
    needs = result.headings["individual-needs"]
    assert (needs.achieved, needs.transferred, needs.eligible) == (155_500, 33_600, 153_600)
    assert result.final_grant == 302_400 + 153_600 + 180_000


def test_a_report_is_told_what_a_ceiling_takes_off() -> None:
    examined, report = awarded()
    events = unit("multiplier-events", kind="local", participants=301)
    result = steps.assess(examined, report.model_copy(update={"units": (*report.units, events)}))
    assert "heading-above-ceiling" in {finding.code for finding in result.findings}
