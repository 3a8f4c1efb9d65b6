from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ka2budget import steps
from ka2budget.advise import Option, advise, scale
from ka2budget.catalogue import rules_for
from ka2budget.checks import OPEN_QUESTIONS
from ka2budget.compare import choices, compare, restate
from ka2budget.errors import NotAllowed
from ka2budget.project import Project, WorkPackage

EXAMPLES = Path(__file__).parents[1] / "examples"
GAMES = steps.read_project(EXAMPLES / "games-sport-event.toml")
MASTERS = steps.read_project(EXAMPLES / "masters-emdm.toml")


def options(project: Project) -> dict[int, Option]:
    examined = steps.examine(project)
    found = advise(examined.project, examined.budget.planned, choices(examined.project, examined.rules))
    return {int(option.lump_sum): option for option in found.options}


def test_a_lump_sum_is_possible_where_the_cost_is_higher(ka220: Project) -> None:
    examined = steps.examine(ka220.model_copy(update={"estimated_cost": Decimal("250000.01")}))
    found = advise(examined.project, examined.budget.planned, choices(examined.project, examined.rules))
    assert {option.lump_sum: option.possible for option in found.options} == {
        30_000: True, 60_000: True, 120_000: True, 250_000: True, 400_000: False,
    }  # fmt: skip
    own = next(option for option in found.options if option.lump_sum == Decimal(250_000))
    assert (own.own_part, own.own_percent, own.changes) == (Decimal("0.01"), Decimal("0.00"), ())
    too_high = found.options[-1]
    assert str(too_high.changes[0]) == "the estimated cost has to grow by at least €150,000.00"


def test_a_lump_sum_of_a_shorter_action_needs_a_shorter_project(ka220: Project) -> None:
    examined = steps.examine(ka220.model_copy(update={"months": 36}))
    found = advise(examined.project, examined.budget.planned, choices(examined.project, examined.rules))
    assert [option.possible for option in found.options] == [False, False, True, True, False]
    assert "the duration has to be 6 to 24 months" in map(str, found.options[0].changes)


def test_without_an_estimated_cost_there_is_no_advice(ka220: Project) -> None:
    choice = ("KA220-ADU", rules_for("KA220-ADU", 2025))
    with pytest.raises(NotAllowed, match="estimated_cost"):
        advise(ka220.model_copy(update={"estimated_cost": None}), Decimal(0), [choice])


@pytest.mark.parametrize("lump_sum", [120_000, 250_000, 400_000])
def test_a_scaled_project_has_no_errors_and_keeps_every_sum(ka220: Project, lump_sum: int) -> None:
    cost = ka220.model_copy(update={"estimated_cost": Decimal(500_000)})
    scaled = scale(cost, rules_for("KA220-ADU", 2025), Decimal(lump_sum))
    assert {finding.code for finding in steps.examine(scaled).budget.findings} - OPEN_QUESTIONS == set()


def test_a_scaled_small_scale_partnership_keeps_every_sum(ka210: Project) -> None:
    scaled = scale(ka210, rules_for("KA210-SCH", 2026), Decimal(30_000))
    assert steps.examine(scaled).errors == ()


def test_only_lump_sums_on_offer_are_scaled_to(ka220: Project) -> None:
    with pytest.raises(
        NotAllowed, match=r"€300,000.00 is not on offer in call 2025; there is €120,000.00, €250,000.00"
    ):
        scale(ka220, rules_for("KA220-ADU", 2025), Decimal(300_000))


@given(st.lists(st.integers(1, 10_000_000), min_size=2, max_size=8), st.sampled_from([120_000, 250_000, 400_000]))
def test_management_within_its_cap_stays_within(amounts: list[int], lump_sum: int) -> None:
    management = Decimal(sum(amounts) // 4).scaleb(-2)  # with the others it makes a fifth, rounded down
    packages = [WorkPackage(id="WP1", title="Management", management=True, shares={"P1": management})]
    packages += [
        WorkPackage(id=f"WP{n + 2}", title="Other", shares={"P1": Decimal(amount).scaleb(-2)})
        for n, amount in enumerate(amounts)
    ]
    project = Project.model_construct(work_packages=tuple(packages), activities=())
    scaled = scale(project, rules_for("KA220-ADU", 2025), Decimal(lump_sum)).work_packages
    assert sum(package.allocated for package in scaled) == lump_sum
    assert scaled[0].allocated * 5 <= lump_sum


def test_both_kinds_stand_side_by_side_with_what_each_refuses(ka220: Project) -> None:
    result = compare(ka220, rules_for("KA220-ADU", 2025))
    assert result.actions == ("KA210-ADU", "KA220-ADU")
    assert [finding.code for finding in result.refused["KA210-ADU"]] == ["lump-sum-not-on-menu"]
    assert result.refused["KA220-ADU"] == ()
    rows = {str(row.what): tuple(map(str, row.values)) for row in result.rows}
    assert rows["Months"] == ("6 to 24", "12 to 36")
    assert rows["Management"] == ("no cap", "at most 20.00%")
    assert rows["Award threshold"] == ("60 of 100", "70 of 100")
    assert rows["Extension"] == ("by 6 months at most", "up to 36 months in all")
    assert rows["A weak report would cost"][1].startswith("below 70: €25,000.00, below 55: €100,000.00")


def test_only_doubts_that_mark_a_row_are_told(ka220: Project) -> None:
    result = compare(ka220, rules_for("KA220-ADU", 2025))
    assert [doubt for doubt in result.doubts if "associated partners" in str(doubt)] == []
    assert [str(row.what) for row in result.rows if any("(*)" in str(value) for value in row.values)] == [
        "Final report",
        "A weak report would cost",
    ]
    assert len(result.doubts) == len(result.actions)


def test_where_no_call_asks_for_it_the_cost_may_be_the_lump_sum() -> None:
    rules = rules_for("KA240-SCH", 2026)
    project = Project.model_construct(action="KA240-SCH", months=36, estimated_cost=Decimal(400_000))
    (option,) = advise(project, Decimal(400_000), [("KA240-SCH", rules)]).options
    assert (option.possible, option.own_part, option.changes) == (True, 0, ())


def test_a_small_scale_partnership_lacks_what_the_larger_kind_asks_for(ka210: Project) -> None:
    result = compare(ka210, rules_for("KA210-SCH", 2026))
    refused = {finding.code for finding in result.refused["KA220-SCH"]}
    assert refused >= {"lump-sum-not-on-menu", "management-missing", "too-few-organisations", "too-few-countries"}


def test_a_restated_project_keeps_its_amounts(ka220: Project, ka210: Project) -> None:
    as_activities = restate(ka220, "KA210-ADU", rules_for("KA210-ADU", 2025))
    assert sum(activity.amount for activity in as_activities.activities) == ka220.lump_sum
    assert [one.id for one in as_activities.activities][:4] == ["WP1", "A2.1", "A2.2", "WP2"]
    as_packages = restate(ka210, "KA220-SCH", rules_for("KA220-SCH", 2026))
    assert sum(package.allocated for package in as_packages.work_packages) == ka210.lump_sum


@pytest.mark.parametrize("code", ["KA220-HED", "ERASMUS-YOUTH-PCOOP-ENGO"])
def test_an_action_without_counterpart_is_not_compared(ka220: Project, code: str) -> None:
    with pytest.raises(NotAllowed, match="no counterpart of"):
        compare(ka220.model_copy(update={"action": code}), rules_for(code, 2025))


@pytest.mark.parametrize("year", range(2022, 2027))
def test_every_pair_of_every_call_can_be_compared(ka220: Project, year: int) -> None:
    for code in ("KA220-SCH", "KA220-VET", "KA220-ADU", "KA220-YOU", "ERASMUS-SPORT-SCP"):
        project = ka220.model_copy(update={"action": code, "call": year, "lump_sum": None})
        assert len(compare(project, rules_for(code, year)).rows[0].values) == 2


def test_a_lump_sum_by_type_says_its_variant_and_what_that_demands() -> None:
    found = options(GAMES)
    assert [(one.variant, one.possible) for one in found.values()] == [
        ("local-type-1", True), ("local-type-2", False), ("european-wide", False),
    ]  # fmt: skip
    assert found[200_000].changes == ()
    assert list(map(str, found[300_000].changes)) == [
        "the variant has to be local-type-2 (European local events, type II)",
        "at least 6 organisations from 6 countries have to take part",
        "the planned €200,000.00 have to grow by €100,000.00",
    ]
    assert list(map(str, found[450_000].changes)) == [
        "the variant has to be european-wide (European-wide event)",
        "at least 10 organisations from 10 countries have to take part, associated ones included",
        "at most 1 of them may be coordinator or partner",
        "the planned €200,000.00 have to grow by €250,000.00",
    ]


def test_the_lump_sum_of_another_variant_is_not_there_for_nothing() -> None:
    found = options(GAMES.model_copy(update={"variant": "european-wide"}))
    assert next(map(str, found[200_000].changes)) == (
        "the variant has to be local-type-1 (European local events, type I)"
    )
    assert found[450_000].possible is False
    assert "at most 1 of them may be coordinator or partner" in map(str, found[450_000].changes)


@pytest.mark.parametrize(
    ("lump_sum", "variant"), [(200_000, "local-type-1"), (300_000, "local-type-2"), (450_000, "european-wide")]
)
def test_a_scaled_project_has_the_variant_of_its_lump_sum(lump_sum: int, variant: str) -> None:
    scaled = scale(GAMES, rules_for(GAMES.action, GAMES.call), Decimal(lump_sum))
    assert (scaled.variant, scaled.lump_sum) == (variant, lump_sum)
    of_partners = {"too-few-organisations", "too-few-countries", "too-many-organisations"}
    assert {error.code for error in steps.examine(scaled).errors} <= of_partners


@pytest.mark.parametrize("cost", [0, 59_000, 60_000, 67_400])
def test_advice_and_check_agree_about_the_cost_below_a_fixed_lump_sum(cost: int) -> None:
    project = MASTERS.model_copy(update={"estimated_cost": Decimal(cost)})
    (option,) = options(project).values()
    assert option.possible is not bool(steps.examine(project).errors)
    assert (option.possible, option.own_part, option.changes) == (True, max(cost - 60_000, 0), ())


def test_a_lump_sum_is_possible_where_the_checks_allow_it(ka220: Project) -> None:
    for months in (5, 6, 12, 24, 25, 36, 37):
        project = ka220.model_copy(update={"months": months})
        for option in options(project).values():
            if option.action != project.action:
                continue
            scaled = scale(project, rules_for("KA220-ADU", 2025), option.lump_sum)
            refused = {error.code for error in steps.examine(scaled).errors}
            about = {code for code in refused if code.startswith(("duration-", "estimated-cost-"))}
            assert option.possible is not bool(about)


@pytest.mark.parametrize(("example", "divided"), [("bridges-ka204", "units"), ("marathon-sport-event", "costs")])
def test_a_grant_that_is_worked_out_is_not_advised_on(example: str, divided: str) -> None:
    examined = steps.examine(steps.read_project(EXAMPLES / f"{example}.toml"))
    for ask in (
        lambda: advise(examined.project, examined.budget.planned, choices(examined.project, examined.rules)),
        lambda: scale(examined.project, examined.rules, Decimal(60_000)),
    ):
        with pytest.raises(NotAllowed, match=rf"its grant is worked out from its {divided}$"):
            ask()
