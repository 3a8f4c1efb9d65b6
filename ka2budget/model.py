"""The common base of all models, and the types of their fields: frozen records that refuse what they do not know."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic_core import core_schema

from ka2budget.money import cents
from ka2budget.text import Phrase, phrase

MOST_EUR = 999_999_999
LAST_YEAR = 2099
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_QUANTITY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_MILLIONTH = Decimal("0.000001")
_SHARE = re.compile(r"0(\.[0-9]{1,6})?|1(\.0{1,6})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"  # control characters, and those that turn text round
_BLANK = r"\s\ufeff"  # engines of patterns differ about the second
LINE_PATTERN = rf"^[^{_UNSEEN}]*[^{_BLANK}{_UNSEEN}][^{_UNSEEN}]*$"
_UNSEEN_IN_TEXT = _UNSEEN.replace(r"\x00-\x1f", r"\x00-\x08\x0b\x0c\x0e-\x1f")
TEXT_PATTERN = rf"^[^{_UNSEEN_IN_TEXT}]*[^{_BLANK}{_UNSEEN_IN_TEXT}][^{_UNSEEN_IN_TEXT}]*$"
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$"
HEADING_PATTERN = r"^[a-z][a-z0-9-]{0,39}$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"
EMAIL_PATTERN = r"^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}$"
_WANTED_AMOUNT = phrase("an amount in EUR from 0 to {most} with at most two decimals", most=MOST_EUR)
_WANTED_QUANTITY = phrase("a number from 0 to {most} with at most six decimals", most=MOST_EUR)
_WANTED_SHARE = phrase("a share from 0 to 1")
_COMMON_CODES = {"EL": "GR", "UK": "GB"}  # the European institutions' codes for Greece and the United Kingdom


class Model(BaseModel):
    """A frozen record; a field it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the JSON Schema of the table, which refuses whatever reading refuses."""
        shown = handler(core)
        for field in handler.resolve_ref_schema(shown).get("properties", {}).values():
            for pattern, inner in field.pop("patternProperties", {}).items():  # it lets any other key pass
                field["propertyNames"] = {"pattern": pattern} | field.get("propertyNames", {})
                field["additionalProperties"] = inner
        return shown


def _number(value: Any, pattern: re.Pattern[str], wanted: Phrase) -> Decimal:  # noqa: ANN401 - whatever the file held
    if isinstance(value, str):
        if not pattern.fullmatch(value):
            raise _bad(repr(value[:30]), wanted)
        return Decimal(value)
    if type(value) is int:
        return Decimal(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise _bad(str(value), wanted)
        return value
    raise _bad(f"a {type(value).__name__}", wanted)


def _bad(value: str, wanted: Phrase) -> ValueError:
    return ValueError(phrase("{value} is not {wanted}", value=value, wanted=wanted))


def _shown(value: object) -> str:
    try:
        return str(value)[:30]
    except ValueError:  # Python does not print the largest numbers
        return "that number"


def _money(value: Any) -> Decimal:  # noqa: ANN401
    amount = _number(value, _AMOUNT, _WANTED_AMOUNT)
    if not 0 <= amount <= MOST_EUR:
        raise _bad(_shown(value), _WANTED_AMOUNT)
    in_cents = cents(amount)
    if in_cents != amount:
        raise _bad(str(value), _WANTED_AMOUNT)
    return abs(in_cents)  # a minus sign before nothing


def _quantity(value: Any) -> Decimal:  # noqa: ANN401
    number = _number(value, _QUANTITY, _WANTED_QUANTITY)
    if not 0 <= number <= MOST_EUR or number != number.quantize(_MILLIONTH):
        raise _bad(str(value)[:30], _WANTED_QUANTITY)
    return number


def _share(value: Any) -> Decimal:  # noqa: ANN401
    share = _number(value, _SHARE, _WANTED_SHARE)
    if not 0 <= share <= 1:
        raise _bad(str(value), _WANTED_SHARE)
    return share


def _day(value: Any) -> date:  # noqa: ANN401
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise ValueError(phrase("{value} is a date that does not exist", value=value)) from None
    if type(value) is not date:
        raise ValueError(phrase("should be a date, written like 2026-09-01"))
    if value.year > LAST_YEAR:
        raise ValueError(phrase("{value} is after the year {year}; is it mistyped?", value=f"{value}", year=LAST_YEAR))
    return value


def _country(value: Any) -> Any:  # noqa: ANN401
    return _COMMON_CODES.get(value, value) if isinstance(value, str) else value


def _plain(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _digits(number: Decimal) -> str:
    return f"{number:f}"


TypeName = Literal["money", "quantity", "share", "date", "line", "text", "id", "heading", "country"]


class FieldType:
    """The validator of a type, given whole: the library has nothing to work out for each field that has it.

    ``shown`` is its JSON Schema, ``answered`` that of what we write where it differs; each with an example.
    """

    def __init__(
        self,
        name: TypeName,
        core: core_schema.CoreSchema,
        shown: dict[str, Any],
        answered: dict[str, Any] | None = None,
    ) -> None:
        self.name, self.core, self.shown, self.answered = name, core, shown, answered or shown

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> core_schema.CoreSchema:
        return self.core

    def __get_pydantic_json_schema__(self, core: object, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _to_the_end(self.shown) if handler.mode == "validation" else dict(self.answered)


def _to_the_end(shown: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema in which no text has a line's end behind it, as ``$`` lets pass in some engines."""
    if "anyOf" in shown:
        return shown | {"anyOf": [_to_the_end(choice) for choice in shown["anyOf"]]}
    if shown.get("type") != "string" or shown["pattern"] == TEXT_PATTERN:
        return dict(shown)
    return shown | {"not": {"pattern": r"^0000|\n" if shown.get("format") == "date" else r"\n"}}


def _checked(check: Callable[[Any], Any], spelled: Callable[[Any], str] | None = None) -> core_schema.CoreSchema:
    """Return the validator that a function is, and how its values are spelled in JSON."""
    serialization = None if spelled is None else _spelled(spelled)
    return core_schema.no_info_plain_validator_function(check, serialization=serialization)


def _spelled(function: Callable[[Any], str]) -> core_schema.SerSchema:
    return core_schema.plain_serializer_function_ser_schema(function, when_used="json")


def _number_or(pattern: str, most: int, example: float) -> dict[str, Any]:
    choices = [{"type": "number", "minimum": 0, "maximum": most}, {"type": "string", "pattern": pattern}]
    return {"anyOf": choices, "examples": [example]}


def _text(pattern: str, example: str, longest: int | None = None) -> dict[str, Any]:
    limit = {} if longest is None else {"maxLength": longest}
    return {"type": "string", **limit, "pattern": pattern, "examples": [example]}


def _words(name: TypeName, pattern: str, example: str, longest: int | None = None) -> FieldType:
    core = core_schema.str_schema(strict=True, pattern=pattern, max_length=longest)
    return FieldType(name, core, _text(pattern, example, longest))


_TWO_DECIMALS = _text(r"^-?[0-9]+\.[0-9]{2}$", "62500.00")
_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"

Money = Annotated[
    Decimal,
    FieldType("money", _checked(_money, _plain), _number_or(rf"^{_AMOUNT.pattern}$", MOST_EUR, 62_500), _TWO_DECIMALS),
]
"""An amount in EUR as people write it: from 0, at most two decimals; in JSON a number or a string."""

Quantity = Annotated[
    Decimal,
    FieldType(
        "quantity",
        _checked(_quantity, _digits),
        _number_or(rf"^{_QUANTITY.pattern}$", MOST_EUR, 12.5),
        _text(_DECIMAL, "12.5"),
    ),
]
"""A number of units, or the cost of one in EUR: from 0, at most six decimals."""

Eur = Annotated[
    Decimal,
    FieldType("money", core_schema.decimal_schema(serialization=_spelled(_plain)), _TWO_DECIMALS),
]
"""An amount in EUR, or a percentage, as we answer it: a string with two decimals."""

Share = Annotated[
    Decimal,
    FieldType(
        "share",
        _checked(_share, _digits),
        _number_or(rf"^({_SHARE.pattern})$", 1, 0.2),
        _text(r"^[01](\.[0-9]+)?$", "0.2"),
    ),
]
"""A share from 0 to 1; 0.2 is twenty per cent."""

Day = Annotated[
    date,
    FieldType(
        "date",
        _checked(_day),
        {
            "type": "string",
            "format": "date",
            "pattern": r"^([01][0-9]|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$",
            "examples": ["2026-09-01"],
        },
    ),
]
"""A calendar date; text of the form 2026-09-01 is taken, a time of day is not."""

Line = Annotated[str, _words("line", LINE_PATTERN, "Example Adult College", 1000)]
"""Text on one line: up to 1 000 characters, no control characters, not only blanks."""

Text = Annotated[
    str, _words("text", TEXT_PATTERN, "Trainers from three countries test the method and describe it.", 2000)
]
"""Text for people, on several lines if need be: up to 2 000 characters, not only blanks."""

Id = Annotated[str, _words("id", ID_PATTERN, "P1")]
"""A short name that other tables refer to, such as P1 or WP2."""

HeadingName = Annotated[str, _words("heading", HEADING_PATTERN, "project-management")]
"""A budget heading by the name the call gives it, such as project-management."""

Country = Annotated[
    str,
    FieldType(
        "country",
        core_schema.no_info_before_validator_function(
            _country, core_schema.str_schema(strict=True, pattern=COUNTRY_PATTERN)
        ),
        _text(COUNTRY_PATTERN, "PL"),
    ),
]
"""A country as ISO 3166-1 alpha-2; EL and UK are understood too."""

Email = Annotated[str, _words("line", EMAIL_PATTERN, "office@example.org", 320)]
"""An e-mail address such as office@example.org."""

Count = Annotated[int, Field(strict=True, ge=0, le=10_000)]
"""A whole number of things, months or days."""

Flag = Annotated[bool, Field(strict=True)]
"""true or false."""
