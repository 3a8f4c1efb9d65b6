"""The rules of a call as statements, path by path, and what changed between two calls, in words people read."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ka2budget.model import FieldType, Model
from ka2budget.money import HUNDRED
from ka2budget.rules import Rules, RulesFile, Sourced
from ka2budget.text import Phrase, Sentence, Word, message, phrase

_MARKS = ("from_km", "from_day", "score_from")
"""What a band is told by, so that the same bands of two calls stand beside one another."""
_LONG = 3
"""Lists from this length on are told by what came and what went."""
_OF_THE_FILE = frozenset({"call", "read_on", "action", "codes"})


class Statement(NamedTuple):
    """One figure or word of the rules, with document and page, and the doubt about it."""

    path: str
    value: Phrase
    source: str | None
    doubt: Sentence | None


class Change(NamedTuple):
    """One thing that two calls say differently; None where one says nothing of it."""

    path: str
    what: Phrase
    before: Phrase | None
    after: Phrase | None
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
        was, now = (one.value if one else None for one in (old, new))
        what = (after if new else before).in_words(path)
        yield Change(path, what, was, _difference(was, now), found.source if found else None)


def _is_note(path: str) -> bool:
    return path.endswith(".note")


def _difference(was: Phrase | None, now: Phrase | None) -> Phrase | None:
    """Return the new value; of a long list only what came and what went."""
    old, new = (() if one is None else one.values["values"] for one in (was, now))
    if len(old) < _LONG or len(new) < _LONG:
        return now
    came, went = ([one for one in some if one not in others] for some, others in ((new, old), (old, new)))
    template = message("the same with {came} and without {went}")
    if not went:
        template = message("the same with {came}")
    elif not came:
        template = message("the same without {went}")
    return phrase(template, came=came, went=went) if came or went else now


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
        words = phrase("{values}", values=tuple(_words(one, kind) for one in values))
        yield Statement(path, words, rules.cite(table.source) if table else None, table.doubt if table else None)


def _mark(value: Model, number: int) -> str:
    """Return what tells a table from the others of its list: where its band begins, else its number."""
    found = (getattr(value, name, None) for name in _MARKS)
    return next((str(one) for one in found if one is not None), str(number))


def _words(value: Any, kind: Any) -> Phrase | str:  # noqa: ANN401
    if isinstance(value, bool):
        return Word("yes") if value else Word("no")
    if isinstance(value, Decimal) and kind == "money":
        return phrase("{amount:short}", amount=value)
    if isinstance(value, Decimal) and kind == "share":
        return phrase("{share:short}", share=phrase("{share:percent}", share=value * HUNDRED))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Word):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _kind(annotation: Any, metadata: Any = ()) -> Any:  # noqa: ANN401
    """Return the name of the type that tells money and shares from other numbers, or None."""
    for one in (*metadata, *getattr(annotation, "__metadata__", ())):
        if isinstance(one, FieldType):
            return one.name
    found = (_kind(argument) for argument in getattr(annotation, "__args__", ()) if argument is not annotation)
    return next((one for one in found if one is not None), None)
