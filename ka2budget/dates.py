"""Periods as Regulation (EEC, Euratom) 1182/71, article 3, counts them: calendar days, and months by day number."""

from calendar import monthrange
from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
"""Where the days of agreements begin and end."""


def day_of(moment: datetime) -> date:
    """Return the day it is in Brussels at a moment."""
    return moment.astimezone(BRUSSELS).date()


def after_months(start: date, months: int) -> date:
    """Return the same day number so many months later; where the month has no such day, its last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def before_months(end: date, months: int) -> date:
    """Return the same day number so many months earlier; for the last day of a month, the last day of that month."""
    earlier = after_months(end, -months)
    is_last = end.day == monthrange(end.year, end.month)[1]
    return earlier.replace(day=monthrange(earlier.year, earlier.month)[1]) if is_last else earlier


def end_of_period(start: date, months: int) -> date:
    """Return the last day of a period of months that begins on ``start``.

    It is the day before the same day number; where the last month has no such day, the last day of that month.
    """
    later = after_months(start, months)
    return later - timedelta(days=1) if later.day == start.day else later


def after_days(day: date, days: int) -> date:
    """Return the day so many calendar days later; the day of the event is not counted."""
    return day + timedelta(days=days)


def working_day(day: date, holidays: Collection[date] = ()) -> date:
    """Return the day, or where it is a Saturday, a Sunday or a holiday, the next working day (article 3(4))."""
    saturday = 5
    while day.weekday() >= saturday or day in holidays:
        day += timedelta(days=1)
    return day
