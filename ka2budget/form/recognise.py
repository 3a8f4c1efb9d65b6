"""Which sheet holds which table, and where its columns are: by the labels, whatever the sheet is called by now."""

import difflib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from ka2budget.errors import Problem
from ka2budget.form import words
from ka2budget.form.shape import SHAPES, Shape, Table, shape
from ka2budget.form.sheets import Book, Cell, Sheet, letters
from ka2budget.text import LANGUAGES, Word, phrase, translate

_HEADER_WITHIN = 15  # rows
_CARD_WITHIN = 80
_LEAST_OF_A_HEADER, _LEAST_OF_A_CARD = 2, 3
_NAMED = 3  # so many columns weigh the name of a sheet, and the title on it
_SIMILAR = 0.6


class Found(NamedTuple):
    """One sheet that holds a table."""

    sheet: Sheet
    table: Table
    header: int
    """Row of the labels; of a card 0."""
    columns: dict[str, int]
    """The column of each field, and of what is given beside; of a card the row of each."""
    corner: int
    """Column of the ids of an amounts sheet; of a card the column of the entries."""
    worked: int | None
    """The column that is worked out, where it is there."""
    unknown: tuple[tuple[int, int], ...]
    """Row and column of labels that are none of the form's."""
    languages: tuple[str, ...]
    """The languages that were needed to read the labels."""


def place(sheet: Sheet, row: int, column: int) -> str:
    """Return the name of a cell, such as ``Partners!C7``."""
    return f"{sheet.name}!{letters(column)}{row}"


def text_of(cell: Cell | None) -> str:
    """Return the text of a label."""
    value = cell.value if cell is not None else None
    return f"{value:f}" if isinstance(value, Decimal) else value if isinstance(value, str) else ""


def shape_in(book: Book, wanted: str) -> Shape:
    """Return what kind of form a workbook is, by the sheet of the whole; the wanted one where that is not there."""
    for languages in (("en",), LANGUAGES):
        cards = [
            (len(found.columns), name)
            for name in sorted(SHAPES, key=lambda one: one != wanted)
            for sheet in book.sheets
            if (found := _card(sheet, shape(name), languages)) is not None
        ]
        if cards:
            return shape(max(cards, key=lambda one: one[0])[1])
    return shape(wanted)


def recognise(sheet: Sheet, of: Shape) -> Found | None:
    """Return what a sheet of a form holds, or None where it is none of the form's."""
    english = _best(sheet, of, ("en",))
    if english is not None and not english.unknown:
        return english
    others = _best(sheet, of, LANGUAGES)
    if others is None or (english is not None and len(english.unknown) <= len(others.unknown)):
        return english
    return others


def is_lists(sheet: Sheet, languages: tuple[str, ...] = ()) -> bool:
    """Return whether a sheet is the form's own list of what may be chosen, in English or one of some languages."""
    return words.is_ours(text_of(sheet.rows.get(1, {}).get(1)), words.LISTS, languages)


def unknown_columns(found: Found) -> Iterator[Problem]:
    """Yield a problem for each label that is none of the form's, with the one that was perhaps meant."""
    for row, column in found.unknown:
        label = text_of(found.sheet.rows[row][column])
        known = {words.plain(one.label): one.label for one in found.table.columns}
        near = difflib.get_close_matches(words.plain(label), known, 1, _SIMILAR)
        said = label[:60]
        reason = (
            phrase("{label!r} is no label of this sheet; did you mean {other}?", label=said, other=Word(known[near[0]]))
            if near
            else phrase(
                "{label!r} is no label of this sheet; take it out, or move it to a sheet of its own", label=said
            )
        )
        yield Problem(place(found.sheet, row, column), reason)


@cache
def labels(of: str, name: str, languages: tuple[str, ...]) -> dict[str, str]:
    """Return the fields of a table of a form by their labels as they are compared, what is given beside included."""
    table = shape(of).tables[name]
    found = {words.plain(one.field.name): one.field.name for one in table.columns}
    for language in languages:
        found |= {words.plain(translate(one.label, language)): one.field.name for one in table.columns}
    return found


def _best(sheet: Sheet, of: Shape, languages: tuple[str, ...]) -> Found | None:
    best, most = None, 0
    for table in of.tables.values():
        if table.name == of.name:
            found = _card(sheet, of, languages)
        elif table.is_matrix:
            found = _matrix(sheet, table, languages)
        else:
            found = _table(sheet, table, labels(of.name, table.name, languages), languages)
        if found is None:
            continue
        score = 2 * len(found.columns) - len(found.unknown) + _named(found, languages)
        if table.is_matrix:
            score += 100  # nothing else has its words in the corner
        if score > most:
            best, most = found, score
    return best


def _named(found: Found, languages: tuple[str, ...]) -> int:
    titles = {words.plain(translate(found.table.words.title, one)) for one in languages}
    above = (cell for row in range(1, found.header) for cell in found.sheet.rows.get(row, {}).values())
    on_it = any(words.plain(text_of(cell)) in titles for cell in above)
    return _NAMED * ((words.plain(found.sheet.name) in titles) + on_it)


def _table(sheet: Sheet, table: Table, known: Mapping[str, str], languages: tuple[str, ...]) -> Found | None:
    beside = (
        {words.plain(translate(table.words.worked.label, one)) for one in languages} if table.words.worked else set()
    )
    best: tuple[int, int] = (0, 0)
    for row in range(1, _HEADER_WITHIN + 1):
        found = {known.get(words.plain(text_of(cell))) for cell in sheet.rows.get(row, {}).values()} - {None}
        best = max(best, (len(found), -row))
    count, header = best[0], -best[1]
    needed = sum(one.field.required for one in table.columns)
    if count < _LEAST_OF_A_HEADER or 2 * count < needed:
        return None
    columns: dict[str, int] = {}
    unknown, worked = [], None
    for column, cell in sorted(sheet.rows[header].items()):
        label = words.plain(text_of(cell))
        field = known.get(label)
        if field is not None and field not in columns:
            columns[field] = column
        elif label in beside:
            worked = column
        elif label:
            unknown.append((header, column))
    return Found(sheet, table, header, columns, 0, worked, tuple(unknown), languages)


def _matrix(sheet: Sheet, table: Table, languages: tuple[str, ...]) -> Found | None:
    corner = table.words.corner or ""
    ways = {words.plain(translate(corner, one)) for one in languages}
    for row in range(1, _HEADER_WITHIN + 1):
        for column, cell in sheet.rows.get(row, {}).items():
            if words.plain(text_of(cell)) in ways:
                return Found(sheet, table, row, {}, column, None, (), languages)
    return None


def _card(sheet: Sheet, of: Shape, languages: tuple[str, ...]) -> Found | None:
    known = labels(of.name, of.name, languages)
    places: dict[int, dict[str, int]] = {}
    entry = None
    for row in range(1, _CARD_WITHIN + 1):
        for column, cell in sheet.rows.get(row, {}).items():
            text = text_of(cell)
            field = known.get(words.plain(text)) if text else None
            if field is not None:
                places.setdefault(column, {}).setdefault(field, row)
            elif (
                text
                and entry is None
                and any(words.plain(text) == words.plain(translate(words.ENTRY, one)) for one in languages)
            ):
                entry = column
    column, columns = max(places.items(), key=lambda one: len(one[1]), default=(0, {}))
    if len(columns) < _LEAST_OF_A_CARD:
        return None
    corner = entry if entry is not None and entry != column else column + 1
    about = [words.plain(translate(one, language)) for one in _ABOUT for language in languages]
    first = min(columns.values())
    unknown = tuple(
        (row, column)
        for row in sorted(sheet.rows)
        if row > first and column in sheet.rows[row] and corner in sheet.rows[row]
        if row not in columns.values() and words.plain(text_of(sheet.rows[row][column])) not in about
    )
    return Found(sheet, of.tables[of.name], 0, columns, corner, None, unknown, languages)


_ABOUT = (words.VERSION, words.PART, words.MADE_FROM)
