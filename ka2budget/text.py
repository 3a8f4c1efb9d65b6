"""Words, numbers and dates for people, in their language (Babel)."""

import string
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from ka2budget.errors import NoSuchName
from ka2budget.money import cents

LANGUAGES = ("de", "el", "en", "es", "fr", "it", "nl", "pl", "pt", "ro", "tr")
"""The languages in which numbers and dates are written."""

_REGIONS = {"pt": "pt_PT"}  # Babel takes a language without a region for that of the most speakers: here Brazil's

_EUR_IN_ENGLISH = "€{:,.2f}"


def known_language(language: str) -> str:
    """Return the language; raise NoSuchName, which lists those there are."""
    if language not in LANGUAGES:
        raise NoSuchName("language", language, LANGUAGES)
    return language


def euro(amount: Decimal, language: str = "en") -> str:
    """Return an amount in EUR with two decimals and the euro sign, as the language writes it."""
    in_cents = cents(amount)
    if language == "en" and in_cents >= 0:
        return _EUR_IN_ENGLISH.format(in_cents)  # what Babel gives, without the 40 ms that loading it takes
    from babel.numbers import format_currency  # noqa: PLC0415

    return str(format_currency(in_cents, "EUR", locale=_locale(language), format=_currency_pattern(language)))


def percent(share: Decimal, language: str = "en") -> str:
    """Return a percentage such as 20.00 with two decimals and the sign, as the language writes it."""
    in_hundredths = cents(share)
    if language == "en":
        return f"{in_hundredths}%"
    from babel.numbers import format_decimal, get_decimal_symbol  # noqa: PLC0415

    number = format_decimal(in_hundredths, format="#,##0.00", locale=_locale(language))
    return (
        f"%{number}"
        if language == "tr"
        else f"{number}\u00a0%"
        if get_decimal_symbol(_locale(language)) == ","
        else f"{number}%"
    )


def day(value: date, language: str = "en") -> str:
    """Return a date as the language writes it; in English by name of the month, which no reader can mistake."""
    if language == "en":
        return f"{value.day} {value:%B %Y}"
    from babel.dates import format_date  # noqa: PLC0415

    return str(format_date(value, "long", locale=_locale(language)))


def country_name(code: str, language: str = "en") -> str:
    """Return the name of a country (ISO 3166-1 alpha-2), or the code where it has none."""
    return str(_locale(language).territories.get(code, code))


def spell(template: str, values: Mapping[str, Any], language: str = "en") -> str:
    """Fill a template such as ``{amount} is {share:percent}``: Decimal reads as euro, a date as a day."""
    return _Speller(language).vformat(template, (), values)


class _Speller(string.Formatter):
    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - values of any field
        if format_spec == "percent":
            return percent(value, self.language)
        if format_spec == "country":
            return country_name(value, self.language)
        if isinstance(value, Decimal):
            return euro(value, self.language)
        if isinstance(value, datetime):
            return f"{day(value.date(), self.language)} {value:%H:%M}"
        if isinstance(value, date):
            return day(value, self.language)
        if isinstance(value, (tuple, list)):
            return ", ".join(self.format_field(item, format_spec) for item in value)
        return str(value)


@cache
def _locale(language: str) -> Any:  # noqa: ANN401 - babel.Locale, imported late
    from babel import Locale  # noqa: PLC0415

    return Locale.parse(_REGIONS.get(language, language))


def _currency_pattern(language: str) -> str:
    return str(_locale(language).currency_formats["standard"].pattern).split(";")[0]


@cache
def excel_money(language: str) -> str:
    """Return the number format of an amount in EUR for a workbook in that language."""
    from babel.numbers import get_currency_symbol  # noqa: PLC0415

    pattern = _currency_pattern(language).replace("\u00a0", " ").replace("\u200e", "")
    positive = pattern.replace("¤", f'"{get_currency_symbol("EUR", language)}"')
    return f"{positive};-{positive}"


@cache
def excel_date(language: str) -> str:
    """Return the number format of a date for a workbook in that language."""
    if language == "en":
        return "d mmm yyyy"  # as day() does: by name of the month
    pattern = str(_locale(language).date_formats["short"].pattern)
    order = [letter for letter in dict.fromkeys(pattern) if letter in "dMy"]
    separator = next((letter for letter in pattern if letter in "./-"), "/")
    return separator.join({"d": "dd", "M": "mm", "y": "yyyy"}[letter] for letter in order)
