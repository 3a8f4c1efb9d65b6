from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ka2budget.money import cents, cents_at_most, four_decimals, percentages, split, split_in_steps, total, whole

amounts = st.decimals(0, 10_000_000, places=2)
weights = st.lists(amounts, min_size=1, max_size=30)


def test_three_equal_parts_lose_no_cent_and_the_first_gets_the_remainder() -> None:
    third = Decimal("83333.33")
    assert split(Decimal(250_000), [Decimal(1)] * 3) == (third + Decimal("0.01"), third, third)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("0.005", "0.01"), ("1.005", "1.01"), ("2.675", "2.68"), ("4.3545", "4.35"), ("-0.005", "-0.01")],
)
def test_cents_are_rounded_half_up(amount: str, expected: str) -> None:
    assert cents(Decimal(amount)) == Decimal(expected)
    assert cents(Fraction(amount)) == Decimal(expected)


def test_a_highest_amount_is_never_passed() -> None:
    assert cents_at_most(Decimal("66.669")) == Decimal("66.66")
    assert cents_at_most(Fraction(200, 3)) == Decimal("66.66")


@pytest.mark.parametrize(("score", "expected"), [("69.5", 70), ("54.5", 55), ("66.875", 67), ("74.375", 74), ("0", 0)])
def test_scores_are_rounded_half_up(score: str, expected: int) -> None:
    assert whole(Decimal(score)) == expected
    assert whole(Fraction(score)) == expected


def test_rates_are_rounded_half_up() -> None:
    assert [str(four_decimals(Decimal(rate))) for rate in ("79.99995", "80", "66.66664")] == [
        "80.0000",
        "80.0000",
        "66.6666",
    ]


def test_nothing_is_divided_into_nothing() -> None:
    assert split(Decimal(100), []) == ()
    assert percentages([Decimal(0), Decimal(0)]) == (Decimal(0), Decimal(0))
    assert total([]).as_tuple().exponent == -2


def test_weights_of_zero_count_the_same() -> None:
    assert split(Decimal(1), [Decimal(0), Decimal(0)]) == (Decimal("0.50"), Decimal("0.50"))


@given(amounts, weights)
def test_a_split_adds_up_and_is_within_a_cent_of_the_exact_share(amount: Decimal, parts: list[Decimal]) -> None:
    result = split(amount, parts)
    assert sum(result) == amount
    if sum(parts):
        exact = [Fraction(amount) * Fraction(part) / Fraction(sum(parts)) for part in parts]
        assert all(abs(Fraction(one) - other) < Fraction(1, 100) for one, other in zip(result, exact, strict=True))


@given(weights)
def test_percentages_add_up_to_a_hundred(parts: list[Decimal]) -> None:
    assert sum(percentages(parts)) == (100 if any(parts) else 0)


@given(
    st.lists(st.decimals(1, 1_000_000, places=2), min_size=1, max_size=20),
    st.sampled_from([(80, 20), (40, 40, 20), (70, 30)]),
)
def test_steps_add_up_in_rows_and_columns(parts: list[Decimal], percents: tuple[int, ...]) -> None:
    instalments = split(sum(parts, Decimal(0)), [Decimal(one) for one in percents])
    rows = split_in_steps(parts, instalments)
    assert [sum(row) for row in rows] == parts
    assert tuple(map(sum, zip(*rows, strict=True))) == instalments
    assert min(min(row) for row in rows) >= 0
