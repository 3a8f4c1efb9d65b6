"""The lump sum from a detailed budget: figures of EACEA's own workbook, and what holds for every budget."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ka2budget.formulas import DetailedBudget, Priced
from ka2budget.money import total
from ka2budget.project import Category, Project

OFFICIAL = json.loads((Path(__file__).parent / "cases/official-budget-table.json").read_text(encoding="utf-8"))
COUNTRIES = ["PL", "DE", "FR", "IT", "ES", "RO", "PT", "SE", "FI", "IE", "AT", "BG"]

Row = tuple[int, int, str, str, str]
"""Beneficiary, work package, category, units, cost of one unit."""


def budget(rows: Sequence[Row], **partners: dict[str, Any]) -> Project:
    packages: dict[int, list[dict[str, Any]]] = {}
    for partner, package, category, units, unit_cost in rows:
        line = {"partner": f"P{partner}", "category": category, "units": units, "unit_cost": unit_cost}
        packages.setdefault(package, []).append(line)
    count = max(row[0] for row in rows)
    return Project.model_validate(
        {
            "action": "X",
            "call": 2025,
            "title": "Example",
            "start": date(2025, 9, 1),
            "months": 36,
            "partners": [
                {"id": f"P{n}", "name": "Example", "country": "PL"} | partners.get(f"P{n}", {})
                for n in range(1, count + 1)
            ],
            "work_packages": [
                {"id": f"WP{n}", "title": "Example", "costs": lines} for n, lines in sorted(packages.items())
            ],
        }
    )


def formula(maximum: str | None = None, rate: str = "0.8", **fields: Any) -> DetailedBudget:  # noqa: ANN401
    known = {"formula": "detailed-budget", "rate": rate, "indirect": "0.07", "without_indirect": ["A5"]}
    return DetailedBudget.model_validate(known | {"max_grant": maximum} | fields)


def grants(priced: Priced) -> dict[str, Decimal]:
    names = dict.fromkeys(name for name, _ in priced.grants)
    return {name: total(amount for (one, _), amount in priced.grants.items() if one == name) for name in names}


FIRST: list[Row] = [
    (1, 1, "A1", "5", "4000"), (1, 1, "A5", "2", "500"), (1, 1, "C1.travel", "4", "275"), (1, 2, "A1", "10", "4000"),
    (1, 2, "B", "1", "5000"), (2, 1, "A1", "3", "2500"), (2, 2, "A1", "12", "2500.50"), (2, 2, "C2", "1", "1999.99"),
]  # fmt: skip


def test_two_beneficiaries_come_out_as_in_the_official_table() -> None:
    priced = formula("100000").price(budget(FIRST))
    assert {cell: (one.direct, one.indirect, one.total) for cell, one in priced.costs.items()} == {
        ("P1", "WP1"): (Decimal("22100.00"), Decimal("1477.00"), Decimal("23577.00")),
        ("P1", "WP2"): (Decimal("45000.00"), Decimal("3150.00"), Decimal("48150.00")),
        ("P2", "WP1"): (Decimal("7500.00"), Decimal("525.00"), Decimal("8025.00")),
        ("P2", "WP2"): (Decimal("32005.99"), Decimal("2240.42"), Decimal("34246.41")),
    }
    assert grants(priced) == {"P1": Decimal("57381.60"), "P2": Decimal("33817.13")}


def test_a_maximum_that_binds_lowers_the_rate_for_all() -> None:
    priced = formula("80000").price(budget(FIRST))
    assert grants(priced) == {"P1": Decimal("50335.44"), "P2": Decimal("29664.56")}
    assert str(priced.rate).startswith("0.701764173728")
    assert priced.grants["P1", "WP1"] == Decimal("16545.49")
    assert priced.grants["P2", "WP2"] == Decimal("24032.90")


def test_twelve_equal_partners_never_pass_the_maximum_as_the_official_table_does() -> None:
    priced = formula("2000").price(budget([(n, 1, "C1.travel", "1", "1000") for n in range(1, 13)]))
    assert {one.total for one in priced.costs.values()} == {Decimal("1070.00")}
    assert priced.grant_of_table == Decimal("2000.04")
    assert total(priced.grants.values()) == Decimal("2000.00")


@pytest.mark.parametrize(
    ("units", "price", "line", "indirect", "together"),
    [
        ("1", "1.005", "1.01", "0.07", "1.08"),
        ("1", "0.5", "0.50", "0.04", "0.54"),
        ("1", "1.5", "1.50", "0.11", "1.61"),
        ("1", "2.675", "2.68", "0.19", "2.87"),
        ("1", "150.5", "150.50", "10.54", "161.04"),
        ("1", "10.05", "10.05", "0.70", "10.75"),
        ("1", "0.075", "0.08", "0.01", "0.09"),
        ("1", "0.07", "0.07", "0.00", "0.07"),
        ("1", "50.5", "50.50", "3.54", "54.04"),
        ("1", "1.115", "1.12", "0.08", "1.20"),
        ("1", "4.35", "4.35", "0.30", "4.65"),
        ("0.5", "3333.33", "1666.67", "116.67", "1783.34"),
        ("0.5", "1234.567", "617.28", "43.21", "660.49"),
    ],
)
def test_lines_and_indirect_costs_are_rounded_half_up(
    units: str, price: str, line: str, indirect: str, together: str
) -> None:
    (cost,) = formula().price(budget([(1, 1, "C1.travel", units, price)])).costs.values()
    assert (cost.direct, cost.indirect, cost.total) == (Decimal(line), Decimal(indirect), Decimal(together))


def test_volunteers_carry_no_indirect_costs_and_support_to_third_parties_does() -> None:
    rows: list[Row] = [
        (1, 1, "A1", "3.5", "4200.37"), (1, 1, "A5", "10", "77.7"), (1, 1, "B", "1", "5000"),
        (1, 2, "C1.travel", "7", "333.33"), (2, 1, "A1", "2", "1999.99"), (2, 3, "D1", "4", "2500"),
        (3, 8, "C2", "1", "1234.56"),
    ]  # fmt: skip
    priced = formula("20000").price(budget(rows))
    assert total(one.direct for one in priced.costs.values()) == Decimal("38046.15")
    assert total(one.indirect for one in priced.costs.values()) == Decimal("2608.84")
    assert grants(priced) == {"P1": Decimal("11980.83"), "P2": Decimal("7369.32"), "P3": Decimal("649.85")}


def test_affiliated_entities_are_rounded_with_their_beneficiary() -> None:
    rows: list[Row] = [(1, 1, "A1", "1", "0.60"), (2, 1, "A1", "1", "0.60")]
    apart = formula(rate="0.5", indirect="0").price(budget([(n, 1, "A1", "1", "0.61") for n in (1, 2)]))
    together = formula(rate="0.5", indirect="0").price(budget(rows, P2={"role": "affiliated", "of": "P1"}))
    assert total(apart.grants.values()) == Decimal("0.62")  # 0.305 is 0.31, twice
    assert grants(together) == {"P1": Decimal("0.30"), "P2": Decimal("0.30")}


def test_the_maximum_can_depend_on_the_duration() -> None:
    price = formula(None, max_grant_by_months={"24": "1000000", "36": "1500000"})
    assert [price.maximum(months) for months in (24, 36, 30)] == [Decimal(1_000_000), Decimal(1_500_000), None]


@pytest.mark.parametrize("case", OFFICIAL, ids=[f"seed {case['seed']}" for case in OFFICIAL])
def test_a_random_budget_agrees_with_the_official_workbook(case: dict[str, Any]) -> None:
    rows = [tuple(row) for row in case["rows"]]
    maximum = None if case["max_grant"] == "0" else case["max_grant"]
    priced = formula(maximum, case["funding_rate"]).price(budget(rows))  # type: ignore[arg-type]
    for name, official in case["beneficiaries"].items():
        own = [one for (partner, _), one in priced.costs.items() if partner == name]
        assert total(one.direct for one in own) == Decimal(official["direct"])
        assert total(one.indirect for one in own) == Decimal(official["indirect"])
        assert abs(grants(priced)[name] - Decimal(official["grant"])) <= (
            Decimal("0.01") if case["above_maximum"] else 0
        )
    if not case["above_maximum"]:
        assert total(priced.grants.values()) == Decimal(case["grant"])


lines = st.tuples(
    st.integers(1, 8), st.integers(1, 5), st.sampled_from([one.value for one in Category]),
    st.decimals(0, 500, places=2).map(str), st.decimals(0, 9_000, places=3).map(str),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(lines, min_size=1, max_size=40), st.sampled_from([None, "1000", "250000.01"]))
def test_rows_and_columns_add_up_and_the_maximum_is_never_passed(rows: list[Row], maximum: str | None) -> None:
    priced = formula(maximum).price(budget(rows))
    cost = total(one.total for one in priced.costs.values())
    grant = total(priced.grants.values())
    assert grant == total(grants(priced).values())
    assert maximum is None or grant <= Decimal(maximum)
    assert abs(grant - min(cost * Decimal("0.8"), Decimal(maximum or "1e12"))) <= Decimal("0.05")
    assert all(amount >= 0 for amount in priced.grants.values())
