"""What a cell means: forgiving in how it is typed, strict in what it says. Each refusal says what would be right."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ka2budget.form.fields import NUMBERS, Field
from ka2budget.form.keys import NO_KEYS, Keys
from ka2budget.form.sheets import Cell
from ka2budget.form.words import country_codes, is_ours
from ka2budget.text import Phrase, Word, phrase

_SHORT = 40  # characters of what was typed, in a sentence about it
_GROUPED = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f'\u2019](?=\d{3}(?:\D|$))")
_NUMBER = re.compile(r"[0-9][0-9.,]*|[.,][0-9]+")
_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})\s*([./-])\s*([0-9]{1,2})\s*[./-]\s*([0-9]{4})\.?")
_CODE = re.compile(r"([A-Za-z]{2})(?:$|[\s:(,\u2013-].*)")
_MONTHS, _GROUP = 12, 3
_FIRST_SERIAL = 10_000  # a smaller number that is not shown as a date is rather a year or a mistake
_LAST_SERIAL = 73_050
_YES = frozenset({"yes", "y", "true", "x", "1", "✓", "✔"})
_NO = frozenset({"no", "n", "false", "0", "-", "\u2013"})


class Doubtful(Exception):  # noqa: N818 - an answer with a remark
    """A value that was understood, though it could have been meant otherwise."""

    def __init__(self, value: Any, remark: Phrase) -> None:  # noqa: ANN401
        super().__init__(str(remark))
        self.value, self.remark = value, remark


def value_of(cell: Cell, field: Field, keys: Keys = NO_KEYS, *, from_1904: bool = False) -> Any:  # noqa: ANN401 - as the model wants it
    """Return what a cell says for a field, or None where it says nothing.

    Raises ValueError with a sentence where it cannot be understood, and Doubtful where it can in two ways.
    """
    if cell.error is not None:
        raise ValueError(phrase("shows {error}; a value is needed", error=cell.error))
    value = cell.value.strip() if isinstance(cell.value, str) else cell.value
    if value is None or value == "":
        return None
    if field.kind in NUMBERS:
        return _number(value, cell, field)
    if field.kind == "date":
        return _date(value, cell, from_1904=from_1904)
    if field.kind == "flag":
        return _flag(value)
    return _text(_typed(value), field, keys)


def number(text: str) -> Decimal:
    """Return the number a text stands for, in whatever country it was typed; raise ValueError where it is in doubt."""
    plain = text.strip().lstrip("'\u2019`").strip().replace("\u2212", "-")
    plain = re.sub(r"^(?:EUR|€)\s*|\s*(?:EUR|€|km)$", "", plain, flags=re.IGNORECASE)
    is_percent = plain.endswith("%")
    plain = _GROUPED.sub("", plain.removesuffix("%").strip())
    sign, plain = (-1, plain[1:]) if plain.startswith("-") else (1, plain.removeprefix("+"))
    if not _NUMBER.fullmatch(plain):
        raise ValueError(phrase("{text} is not a number", text=_short(text)))
    found = sign * Decimal(_with_a_point(plain, text))
    return found / 100 if is_percent else found


def _with_a_point(plain: str, text: str) -> str:
    separators = [letter for letter in plain if letter in ".,"]
    if not separators:
        return plain
    last = separators[-1]
    whole, _, decimals = plain.rpartition(last)
    if len(set(separators)) == 1 and len(separators) == 1:
        if len(decimals) == _GROUP and 1 <= len(whole) <= _GROUP and whole.strip("0"):
            reason = phrase(
                "{text} can mean {one} or {other}; type it as a number, without a separator of thousands",
                text=_short(text), one=f"{whole}{decimals}", other=f"{whole}.{decimals}",
            )  # fmt: skip
            raise ValueError(reason)
        return f"{whole or '0'}.{decimals or '0'}"
    groups = re.split(r"[.,]", whole if len(set(separators)) > 1 else plain)
    if len(set(separators)) > 1 and separators.count(last) > 1:
        groups = [""]
    if not 1 <= len(groups[0]) <= _GROUP or any(len(one) != _GROUP for one in groups[1:]):
        reason = phrase("{text} is not a number; type it without a separator of thousands", text=_short(text))
        raise ValueError(reason)
    return "".join(groups) if len(set(separators)) == 1 else f"{''.join(groups)}.{decimals or '0'}"


def _number(value: str | Decimal | bool, cell: Cell, field: Field) -> int | Decimal:  # noqa: FBT001
    if isinstance(value, bool):
        reason = phrase("holds TRUE or FALSE; a number is needed")
        raise ValueError(reason)  # noqa: TRY004 - a wrong value, whatever its type
    if cell.is_date:
        raise ValueError(phrase("holds a date; a number is needed (a spreadsheet makes a date of 1.9 or 1/9)"))
    found = number(value) if isinstance(value, str) else value
    is_whole = found == found.to_integral_value()
    return int(found) if field.kind == "count" and is_whole and abs(found) < Decimal("1e15") else found


def _date(value: str | Decimal | bool, cell: Cell, *, from_1904: bool) -> date:  # noqa: FBT001
    if isinstance(value, bool):
        reason = phrase("holds TRUE or FALSE; a date is needed, such as 2026-09-01")
        raise ValueError(reason)  # noqa: TRY004 - the same
    if isinstance(value, str):
        return _date_of(value)
    least = 1 if cell.is_date else _FIRST_SERIAL
    if not least <= value < _LAST_SERIAL or (value % 1 and not cell.is_date):
        raise ValueError(phrase("{text} is not a date; write it like 2026-09-01", text=f"{value:f}"))
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - dates without a place
    return (start + timedelta(days=int(value))).date()


def _date_of(text: str) -> date:
    iso, day_first = _ISO.fullmatch(text), _DAY_FIRST.fullmatch(text.lstrip("'"))
    if iso is not None:
        year, month, day = map(int, iso.groups())
    elif day_first is not None:
        day, month, year = int(day_first[1]), int(day_first[3]), int(day_first[4])
        if month > _MONTHS >= day:
            reason = phrase(
                "{text} has no month {month}; the day comes first, or write {date}",
                text=_short(text), month=month, date=f"{year}-{day:02}-{month:02}",
            )  # fmt: skip
            raise ValueError(reason)
    else:
        raise ValueError(phrase("{text} is not a date; write it like 2026-09-01", text=_short(text)))
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError(phrase("{text} is a date that does not exist", text=_short(text))) from None
    if day_first is not None and day_first[2] == "/" and day <= _MONTHS and day != month:
        raise Doubtful(found, phrase("{text} was read day first, as {date}", text=_short(text), date=found.isoformat()))
    return found


def _flag(value: str | Decimal | bool) -> bool:  # noqa: FBT001
    if isinstance(value, bool):
        return value
    word = _typed(value).casefold()
    if word in _YES or is_ours(word, "yes"):
        return True
    if word in _NO or is_ours(word, "no"):
        return False
    raise ValueError(phrase("{text} is neither yes nor no", text=_short(_typed(value))))


def _text(text: str, field: Field, keys: Keys) -> Any:  # noqa: ANN401
    if field.kind == "text":
        return text
    line = " ".join(text.splitlines()) if "\n" in text or "\r" in text else text
    if field.kind == "ids":
        return [one for one in re.split(r"[,;\s]+", line) if one]
    if field.kind == "country":
        return _country(line)
    key = keys.key(field.name, line)
    if key is not None:
        return key
    if field.kind == "heading":
        return re.sub(r"[\s_]+", "-", line.casefold())
    if field.kind == "choice":
        known = {one.casefold(): one for one in field.choices}
        return known.get(line.casefold()) or known.get(line.split()[0].casefold()) or _no_choice(line, field)
    return line


def _no_choice(line: str, field: Field) -> str:
    raise ValueError(phrase("{text} is none of {choices}", text=_short(line), choices=tuple(map(Word, field.choices))))


def _country(line: str) -> str:
    """Return the code of a country by code, by code and name, or by its name in one of our languages."""
    code = _CODE.fullmatch(line)
    if code is not None:
        return code[1].upper()
    return country_codes().get(line.casefold(), line)


def _typed(value: str | Decimal | bool) -> str:  # noqa: FBT001
    """Return what stands in a cell as one would type it: an id that was typed as 1 is a number there."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return f"{value:f}" if isinstance(value, Decimal) else value


def _short(text: str) -> str:
    return repr(text) if len(text) <= _SHORT else f"{text[:_SHORT]!r}..."
