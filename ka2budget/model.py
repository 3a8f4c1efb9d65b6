"""The common base of all models, and the types of their fields: frozen records that refuse what they do not know."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

from ka2budget.money import cents

MOST_EUR = 999_999_999
LAST_YEAR = 2099
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_QUANTITY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_MILLIONTH = Decimal("0.000001")
_SHARE = re.compile(r"[01](\.[0-9]{1,6})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"  # control characters, and those that turn text round
LINE_PATTERN = rf"^[^{_UNSEEN}]*[^\s{_UNSEEN}][^{_UNSEEN}]*$"
_UNSEEN_IN_TEXT = _UNSEEN.replace(r"\x00-\x1f", r"\x00-\x08\x0b\x0c\x0e-\x1f")
TEXT_PATTERN = rf"^[^{_UNSEEN_IN_TEXT}]*[^\s{_UNSEEN_IN_TEXT}][^{_UNSEEN_IN_TEXT}]*$"
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$"
HEADING_PATTERN = r"^[a-z][a-z0-9-]{0,39}$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"
_COMMON_CODES = {"EL": "GR", "UK": "GB"}  # the European institutions' codes for Greece and the United Kingdom


class Model(BaseModel):
    """A frozen record; a field it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def _number(value: Any, pattern: re.Pattern[str], wanted: str) -> Decimal:  # noqa: ANN401 - whatever the file held
    if isinstance(value, str):
        if not pattern.fullmatch(value):
            raise ValueError(f"{value[:30]!r} is not {wanted}")
        return Decimal(value)
    if type(value) is int:
        return Decimal(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not {wanted}")
        return value
    raise ValueError(f"a {type(value).__name__} is not {wanted}")


def _shown(value: object) -> str:
    try:
        return str(value)[:30]
    except ValueError:  # Python does not print the largest numbers
        return "that number"


def _money(value: Any) -> Decimal:  # noqa: ANN401
    wanted = f"an amount in EUR from 0 to {MOST_EUR} with at most two decimals"
    amount = _number(value, _AMOUNT, wanted)
    if not 0 <= amount <= MOST_EUR:
        raise ValueError(f"{_shown(value)} is not {wanted}")
    in_cents = cents(amount)
    if in_cents != amount:
        raise ValueError(f"{value} is not {wanted}")
    return abs(in_cents)  # a minus sign before nothing


def _quantity(value: Any) -> Decimal:  # noqa: ANN401
    wanted = f"a number from 0 to {MOST_EUR} with at most six decimals"
    number = _number(value, _QUANTITY, wanted)
    if not 0 <= number <= MOST_EUR or number != number.quantize(_MILLIONTH):
        raise ValueError(f"{str(value)[:30]} is not {wanted}")
    return number


def _share(value: Any) -> Decimal:  # noqa: ANN401
    wanted = "a share from 0 to 1"
    share = _number(value, _SHARE, wanted)
    if not 0 <= share <= 1:
        raise ValueError(f"{value} is not {wanted}")
    return share


def _day(value: Any) -> date:  # noqa: ANN401
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value} is a date that does not exist") from None
    if type(value) is not date:
        raise ValueError("should be a date, written like 2026-09-01")
    if value.year > LAST_YEAR:
        raise ValueError(f"{value} is after the year {LAST_YEAR}; is it mistyped?")
    return value


def _country(value: Any) -> Any:  # noqa: ANN401
    return _COMMON_CODES.get(value, value) if isinstance(value, str) else value


def _plain(amount: Decimal) -> str:
    return f"{amount:.2f}"


_AMOUNT_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": MOST_EUR},
        {"type": "string", "pattern": rf"^{_AMOUNT.pattern}$"},
    ]
}

Money = Annotated[
    Decimal,
    BeforeValidator(_money),
    WithJsonSchema(_AMOUNT_SCHEMA, mode="validation"),
    PlainSerializer(_plain, when_used="json"),
]
"""An amount in EUR as people write it: from 0, at most two decimals; in JSON a number or a string."""

Quantity = Annotated[
    Decimal,
    BeforeValidator(_quantity),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": MOST_EUR},
                {"type": "string", "pattern": rf"^{_QUANTITY.pattern}$"},
            ]
        },
        mode="validation",
    ),
    PlainSerializer(str, when_used="json"),
]
"""A number of units, or the cost of one in EUR: from 0, at most six decimals."""

Eur = Annotated[
    Decimal,
    PlainSerializer(_plain, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"}),
]
"""An amount in EUR, or a percentage, as we answer it: a string with two decimals."""

Share = Annotated[
    Decimal,
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": rf"^{_SHARE.pattern}$"},
            ]
        }
    ),
    PlainSerializer(str, when_used="json"),
]
"""A share from 0 to 1; 0.2 is twenty per cent."""

Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A calendar date; text of the form 2026-09-01 is taken, a time of day is not."""

Line = Annotated[str, StringConstraints(strict=True, max_length=1000, pattern=LINE_PATTERN)]
"""Text on one line: up to 1 000 characters, no control characters, not only blanks."""

Text = Annotated[str, StringConstraints(strict=True, max_length=2000, pattern=TEXT_PATTERN)]
"""Text for people, on several lines if need be: up to 2 000 characters, not only blanks."""

Id = Annotated[str, StringConstraints(strict=True, pattern=ID_PATTERN)]
"""A short name that other tables refer to, such as P1 or WP2."""

HeadingName = Annotated[str, StringConstraints(strict=True, pattern=HEADING_PATTERN)]
"""A budget heading by the name the call gives it, such as project-management."""

Country = Annotated[str, BeforeValidator(_country), StringConstraints(strict=True, pattern=COUNTRY_PATTERN)]
"""A country as ISO 3166-1 alpha-2; EL and UK are understood too."""

Count = Annotated[int, Field(strict=True, ge=0, le=10_000)]
"""A whole number of things, months or days."""

Flag = Annotated[bool, Field(strict=True)]
"""true or false."""
