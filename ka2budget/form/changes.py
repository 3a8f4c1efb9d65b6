"""What a form changes of a project: every difference with both values and its cell, in words."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from ka2budget.form.fields import fields_of
from ka2budget.form.flat import Row
from ka2budget.form.shape import PROJECT, tables
from ka2budget.form.slots import IS_THERE, Held, ListRow, Slot, Slots, amount_of, key_of, kin_of
from ka2budget.text import Phrase, Word, key_word, message, phrase

ADDED, CHANGED, REMOVED = message("added"), message("changed"), message("removed")
_NOTHING = Word("nothing")
_AMOUNTS = frozenset({"amount", "cost", "unit_cost", "purchase_cost", "estimated_cost", "lump_sum"})
_KEYS = frozenset({"role", "type", "profile", "kind"})
_CENT = Decimal("0.01")


class Change(NamedTuple):
    """One difference between the last version and a form."""

    kind: str
    """added, changed or removed."""
    what: Phrase
    before: Phrase | str
    after: Phrase | str
    where: str
    """The cell of the form; nothing where something was removed."""


def differences(before: Slots, after: Slots, part: str | None) -> dict[Slot, tuple[Held | None, Held | None]]:
    """Return the places in which a form differs from the last version.

    The form of one partner speaks for that partner's own places, and for others only where it holds them.
    """
    found: dict[Slot, tuple[Held | None, Held | None]] = {}
    for slot in {**before, **after}:
        old, new = before.get(slot), after.get(slot)
        if part is not None and slot.owner != part and new is None and not _is_shown(slot, after):
            continue
        if (old is None) != (new is None) or (old is not None and not old.is_as(new)):
            found[slot] = (old, new)
    return found


def told(
    differences_: dict[Slot, tuple[Held | None, Held | None]], cells: dict[str, str], new_rows: Slots
) -> Iterator[Change]:
    """Yield each difference in words; of a row that is new or gone only that."""
    whole = {
        (slot.table, slot.row)
        for slot, (old, new) in differences_.items()
        if slot.name == IS_THERE and (old is None or new is None)
    }
    for slot, (old, new) in differences_.items():
        table = tables()[slot.table]
        if slot.name != IS_THERE and not table.is_matrix and (slot.table, slot.row) in whole:
            continue
        if isinstance((new or old or _EMPTY).value, tuple) and slot.owner is not None and not table.is_matrix:
            yield from _rows(slot, old, new, cells)
            continue
        kind = ADDED if old is None else REMOVED if new is None else CHANGED
        where = cells.get(new.where, "") if new is not None else ""
        yield Change(kind, _what(slot), _value(slot, old, {}), _value(slot, new, new_rows), where)


def label(slot: Slot) -> Phrase:
    """Return what a place is called."""
    return _what(slot)


def shown(slot: Slot, held: Held | None) -> Phrase | str:
    """Return what a place holds, in words."""
    return _value(slot, held, {})


_EMPTY = Held(None, "")


def _is_shown(slot: Slot, after: Slots) -> bool:
    """Return whether the form of one partner shows a place that is not the partner's own."""
    return slot.owner is None and (slot.table == PROJECT or Slot(slot.table, slot.row, IS_THERE) in after)


def _what(slot: Slot) -> Phrase:
    table = tables()[slot.table]
    title = Word(table.words.title)
    if slot.table == PROJECT:
        return phrase("{table}: {place}", table=title, place=Word(_label(slot)))
    if slot.name == IS_THERE and not table.is_matrix:
        return phrase("{table}: {place}", table=title, place=slot.row)
    is_named = "id" in table.model.model_fields and not table.is_matrix
    place = Word(_label(slot)) if is_named else slot.name
    return phrase("{table}: {place}", table=title, place=(slot.row, place) if slot.row else place)


def _label(slot: Slot) -> str:
    columns = tables()[slot.table].columns
    return next((one.label for one in columns if one.field.name == slot.name), slot.name)


def _value(slot: Slot, held: Held | None, new_rows: Slots) -> Phrase | str:
    if held is None:
        return _NOTHING
    if isinstance(held.value, tuple) and held.value and isinstance(held.value[0], ListRow):
        return phrase("{rows}", rows=tuple(_row(slot.table, one.values) for one in held.value))
    if slot.name == IS_THERE and not tables()[slot.table].is_matrix:
        names = (Slot(slot.table, slot.row, one) for one in ("name", "title", "amount"))
        texts = [_text(new_rows[one].value, one.name) for one in names if one in new_rows]
        return phrase("{texts}", texts=tuple(texts)) if texts else Word("there")
    return _text(held.value, slot.name if not tables()[slot.table].is_matrix else "amount")


def _text(value: Any, name: str) -> Phrase | str:  # noqa: ANN401
    """Return a value in words: amounts in EUR, other numbers as they are."""
    if isinstance(value, Decimal):
        is_amount = name in _AMOUNTS and value == value.quantize(_CENT)
        return phrase("{amount}", amount=value) if is_amount else f"{value.normalize():f}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if name in _KEYS:
        return key_word(value)
    return Word("yes") if value is True else str(value)


def _row(table: str, row: Row) -> Phrase:
    """Return a row in words, what it comes to as a product: ``A1, Teachers: 12 x €4,500.00 = €54,000.00``."""
    worked = tables()[table].words.worked
    product = worked.product if worked is not None else ()
    texts = [_text(row[name], name) for name in fields_of(tables()[table].model) if _is_shown_of(name, row, product)]
    amount = amount_of(table, row)
    if not product or amount is None:
        return phrase("{texts}", texts=tuple(texts))
    factors = [_text(row[name], name) for name in product]
    spelled = " x ".join(f"{{factor{number}}}" for number in range(len(factors)))
    values = {f"factor{number}": factor for number, factor in enumerate(factors)}
    return Phrase(f"{{texts}}: {spelled} = {{amount}}", {"texts": tuple(texts), "amount": amount, **values})


def _is_shown_of(name: str, row: Row, product: tuple[str, ...]) -> bool:
    return name in row and name != "partner" and name not in product


def _rows(slot: Slot, old: Held | None, new: Held | None, cells: dict[str, str]) -> Iterator[Change]:
    """Yield what changed in a list: rows that stayed are left out, others joined by what they are for."""
    before: list[ListRow] = list(old.value) if old is not None else []
    after: list[ListRow] = list(new.value) if new is not None else []
    for one in list(after):
        same = next((each for each in before if key_of(each.values) == key_of(one.values)), None)
        if same is not None:
            before.remove(same)
            after.remove(one)
    what = _what(slot)
    for one in after:
        near = next((each for each in before if kin_of(each.values) == kin_of(one.values)), None)
        where = cells.get(one.where, "")
        text = _row(slot.table, one.values)
        if near is None:
            yield Change(ADDED, what, _NOTHING, text, where)
        else:
            before.remove(near)
            yield Change(CHANGED, what, _row(slot.table, near.values), text, where)
    for one in before:
        yield Change(REMOVED, what, _row(slot.table, one.values), _NOTHING, "")
