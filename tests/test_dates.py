from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ka2budget.dates import after_days, after_months, end_of_period


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2025-03-01", 18, "2026-08-31"),
        ("2024-12-31", 6, "2025-06-30"),
        ("2024-09-01", 18, "2026-02-28"),
        ("2025-11-01", 24, "2027-10-31"),
        ("2024-09-01", 48, "2028-08-31"),
        ("2023-12-31", 24, "2025-12-30"),
        ("2025-09-15", 18, "2027-03-14"),
        ("2026-01-31", 36, "2029-01-30"),
    ],
)
def test_a_period_ends_the_day_before_the_same_day_number_else_on_the_last_of_the_month(
    start: str, months: int, end: str
) -> None:
    assert end_of_period(date.fromisoformat(start), months) == date.fromisoformat(end)


def test_two_months_are_not_sixty_days() -> None:
    assert (after_days(date(2024, 12, 31), 60), after_months(date(2024, 12, 31), 2)) == (
        date(2025, 3, 1),
        date(2025, 2, 28),
    )
    assert (after_days(date(2025, 8, 31), 60), after_months(date(2025, 8, 31), 2)) == (
        date(2025, 10, 30),
        date(2025, 10, 31),
    )


@given(st.dates(date(2014, 1, 1), date(2040, 1, 1)), st.integers(1, 120))
def test_a_period_and_the_next_one_meet_without_gap_where_the_day_exists(start: date, months: int) -> None:
    end, following = end_of_period(start, months), after_months(start, months)
    assert (following - end).days == (1 if following.day == start.day else 0)
