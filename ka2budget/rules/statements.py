"""The rules of a call as statements, path by path, and what changed between two calls, in words people read."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ka2budget.model import FieldType, Model
from ka2budget.money import HUNDRED
from ka2budget.rules import Rules, RulesFile, Sourced
from ka2budget.text import euro, in_words, percent

_MARKS = ("from_km", "from_day", "score_from")
"""What a band is told by, so that the same bands of two calls stand beside one another."""
_OF_THE_FILE = frozenset({"call", "read_on", "action", "codes"})


class Statement(NamedTuple):
    """One figure or word of the rules, with document and page, and the doubt about it."""

    path: str
    value: str
    source: str | None
    doubt: str | None


class Change(NamedTuple):
    """One thing that two calls say differently; empty where one says nothing of it."""

    path: str
    what: str
    before: str
    after: str
    source: str | None
    """Document and page of the later call, else of the earlier."""


def stated(rules: Rules) -> Iterator[Statement]:
    """Yield everything the rules of a call say, path by path."""
    for name, field in RulesFile.model_fields.items():
        value = getattr(rules, name)
        if value is not None:
            yield from _stated(rules, value, name, None, _kind(field.annotation, field.metadata))


def changes(before: Rules, after: Rules) -> Iterator[Change]:
    """Yield what two calls say differently, notes last."""
    earlier, later = ({one.path: one for one in stated(rules)} for rules in (before, after))
    paths = dict.fromkeys([*later, *earlier])
    for path in sorted(paths, key=_is_note):
        old, new = earlier.get(path), later.get(path)
        if path in _OF_THE_FILE or (old and old.value) == (new and new.value):
            continue
        found = new or old
        was, now = (one.value if one else "" for one in (old, new))
        yield Change(path, in_words(path), was, _difference(was, now), found.source if found else None)


def _is_note(path: str) -> bool:
    return path.endswith(".note")


def _difference(was: str, now: str) -> str:
    """Return the new value; of a long list only what came and what went."""
    old, new = was.split(", "), now.split(", ")
    if len(old) < 3 or len(new) < 3 or " " in was.replace(", ", ""):  # noqa: PLR2004 - a list of words
        return now
    came, went = [one for one in new if one not in old], [one for one in old if one not in new]
    parts = [f"with {', '.join(came)}"] * bool(came) + [f"without {', '.join(went)}"] * bool(went)
    return "the same " + " and ".join(parts) if parts else now


def _stated(
    rules: Rules,
    value: Any,  # noqa: ANN401 - any part of the rules
    path: str,
    table: Sourced | None,
    kind: Any,  # noqa: ANN401 - what tells money from shares
) -> Iterator[Statement]:
    if isinstance(value, Model):
        inside = value if isinstance(value, Sourced) else table
        for name, field in type(value).model_fields.items():
            inner = getattr(value, name)
            if inner is not None and inner is not False and name not in {"source", "doubt", "formula", *_MARKS}:
                yield from _stated(rules, inner, f"{path}.{name}", inside, _kind(field.annotation, field.metadata))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _stated(rules, inner, f"{path}.{name}", table, kind)
    elif isinstance(value, tuple) and value and isinstance(value[0], Model):
        for number, inner in enumerate(value, 1):
            yield from _stated(rules, inner, f"{path}.{_mark(inner, number)}", table, kind)
    elif value not in ((), {}):
        values = value if isinstance(value, tuple) else (value,)
        words = ", ".join(_words(one, kind) for one in values)
        yield Statement(path, words, rules.cite(table.source) if table else None, table.doubt if table else None)


def _mark(value: Model, number: int) -> str:
    """Return what tells a table from the others of its list: where its band begins, else its number."""
    found = (getattr(value, name, None) for name in _MARKS)
    return next((str(one) for one in found if one is not None), str(number))


def _words(value: Any, kind: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal) and kind == "money":
        return euro(value).removesuffix(".00")
    if isinstance(value, Decimal) and kind == "share":
        return percent(value * HUNDRED).replace(".00%", "%")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _kind(annotation: Any, metadata: Any = ()) -> Any:  # noqa: ANN401
    """Return the name of the type that tells money and shares from other numbers, or None."""
    for one in (*metadata, *getattr(annotation, "__metadata__", ())):
        if isinstance(one, FieldType):
            return one.name
    found = (_kind(argument) for argument in getattr(annotation, "__args__", ()) if argument is not annotation)
    return next((one for one in found if one is not None), None)
