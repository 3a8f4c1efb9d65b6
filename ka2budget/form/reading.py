"""A filled form -> the tables of a project or report file, the cell of every value, and every problem by its cell."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ka2budget.errors import Problem, Unreadable
from ka2budget.finding import Finding
from ka2budget.form import words
from ka2budget.form.amounts import amounts_of
from ka2budget.form.fields import fields_of
from ka2budget.form.filled import HIDDEN, NOT_READ, PART
from ka2budget.form.keys import keys_of, keys_said
from ka2budget.form.recognise import Found, is_lists, place, recognise, shape_in, text_of, unknown_columns
from ka2budget.form.rows import FilledRow, compare_sums, rows_of
from ka2budget.form.shape import OF_CALL, PARTNERS, PROJECT, REPORT, Shape, Table, parent_field
from ka2budget.form.sheets import Book, read_sheets
from ka2budget.form.taking import BLANK, FAILED, Examples, Taker
from ka2budget.package import Package
from ka2budget.text import LANGUAGES, Word, message, phrase

_NO_FORM = {
    PROJECT: message(
        "the file is not a form: no sheet has the columns of {sheets}; 'ka2budget new CODE --form' writes one,"
        " and an agency's own table is another thing"
    ),
    REPORT: message(
        "the file is not a form: no sheet has the columns of {sheets}; 'ka2budget report PROJECT' writes one,"
        " and an agency's own table is another thing"
    ),
}
EMPTY = phrase("is empty, and has to be filled in")
"""What is said of an empty cell that is needed."""


class Read(NamedTuple):
    """What a form says."""

    shape: Shape
    """What kind of form it is."""
    tables: dict[str, Any]
    """The tables as a file of its kind has them."""
    cells: dict[str, str]
    """The cell of every place, by JSON pointer."""
    problems: tuple[Problem, ...]
    failed: frozenset[str]
    """The places of values that were not understood, by JSON pointer: they are not missing."""
    notices: tuple[Finding, ...]
    part: str | None
    made_from: tuple[str, ...]
    about: dict[str, str]
    """What the form shows of what it was made for, by field."""
    sheets: tuple[str, ...]

    def in_order(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return problems as a reader of the form comes to them: by sheet, row and column; each once."""
        order = {name: number for number, name in enumerate(self.sheets)}

        def place_of(problem: Problem) -> tuple[int, int, int]:
            sheet, _, cell = problem.where.rpartition("!")
            column = cell.rstrip("0123456789")
            row = cell.removeprefix(column)
            return order.get(sheet or problem.where, -1), int(row or 0), len(column) if sheet else 0

        each_once = {(one.where, str(one.message)): one for one in problems}
        return sorted(each_once.values(), key=place_of)


def read_form(package: Package, wanted: str = PROJECT) -> Read:
    """Return what a form says; one that does not tell what kind it is, is read as the ``wanted`` one.

    Raises Unreadable where its sheets cannot be read, or none is a form's.
    """
    book = read_sheets(package)
    return _Reading(book, shape_in(book, wanted), package.path).read()


class _Reading:
    """One form, read sheet by sheet."""

    def __init__(self, book: Book, shape: Shape, path: Path) -> None:
        self.book, self.shape, self.path = book, shape, path
        self.taker = Taker(from_1904=book.from_1904)
        self.taker.problems += book.problems
        self.cells: dict[str, str] = {}
        self.failed: set[str] = set()
        self.part: str | None = None
        self.made_from: tuple[str, ...] = ()
        self.about: dict[str, str] = {}
        self.content: dict[str, Any] = {}
        self.parents: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {}
        """For each list the pointer and the table of every row that has an id."""
        self.silent: dict[str, dict[str, FilledRow]] = {}
        """For each list the rows by id that say nothing of their own; what is part of one makes it speak."""

    def read(self) -> Read:
        """Read all sheets: the whole, the lists, what is part of their rows, and the amounts by partner."""
        found = self._recognised()
        for name, table in self._in_order():
            if name in found:
                self.taker.problems += unknown_columns(found[name])
                if name == self.shape.name:
                    self._card(found[name])
                elif table.is_matrix:
                    self._matrix(found[name])
                elif table.is_map:
                    self._map(found[name])
                else:
                    self._list(found[name])
        notices = self.taker.every_notice()
        if self.part is not None:
            notices = (PART.at(f"/{PARTNERS}", partner=self.part), *notices)
        return Read(
            self.shape, self.content, self.cells, tuple(self.taker.problems), frozenset(self.failed), notices,
            self.part, self.made_from, self.about, tuple(sheet.name for sheet in self.book.sheets),
        )  # fmt: skip

    def _recognised(self) -> dict[str, Found]:
        found: dict[str, Found] = {}
        for sheet in self.book.sheets:
            if not sheet.rows or is_lists(sheet):
                continue
            one = recognise(sheet, self.shape)
            if one is None:
                if not is_lists(sheet, LANGUAGES):
                    self.taker.notices.append(NOT_READ.at(sheet.name, sheet=sheet.name))
            elif one.table.name in found:
                other = found[one.table.name].sheet.name
                reason = phrase("holds the same table as the sheet {other!r}; take one of them out", other=other)
                self.taker.problem(sheet.name, reason)
            else:
                found[one.table.name] = one
                if sheet.is_hidden:
                    self.taker.notices.append(HIDDEN.at(sheet.name, sheet=sheet.name))
        if not found:
            sheets = tuple(Word(table.words.title) for table in self.shape.tables.values())
            raise Unreadable(self.path, [Problem("/", phrase(_NO_FORM[self.shape.name], sheets=sheets))])
        for name in self.shape.words.needed:
            table = self.shape.tables[name]
            if name not in found:
                self.taker.problem(table.words.title, phrase("there is no such sheet, and none with its labels"))
                fields = [name] if name != self.shape.name else [one.name for one in fields_of(table.model).values()]
                self.failed |= {f"/{one}" for one in fields}
        is_english = all(one.languages == ("en",) for one in found.values())
        return found if is_english else {name: one._replace(languages=LANGUAGES) for name, one in found.items()}

    def _card(self, found: Found) -> None:
        sheet, table = found.sheet, found.table
        for column in table.columns:
            name = column.field.name
            if name not in found.columns:
                continue
            row = found.columns[name]
            cell = sheet.rows[row].get(found.corner, BLANK)
            if column.is_given:
                self.about[name] = text_of(cell)
            else:
                where = place(sheet, row, found.corner)
                value = self.taker.value(cell, column.field, where, Examples(found, column, self.taker.keys))
                self._put(name.split("."), value, where)
            if name == "call":
                self.taker.keys = keys_of(self.content.get("action"), self.content.get("call"))
            elif name == OF_CALL:
                self.taker.keys = keys_said(text_of(cell))
        for cells in sheet.rows.values():
            for number, entry in cells.items():
                text, beside = text_of(entry), text_of(cells.get(found.corner))
                if number != found.corner and beside and words.is_ours(text, words.PART, found.languages):
                    self.part = beside.split()[0]
                elif number != found.corner and beside and words.is_ours(text, words.MADE_FROM, found.languages):
                    self.made_from = tuple(beside.split())

    def _put(self, path: Sequence[str], value: Any, where: str) -> None:  # noqa: ANN401
        """Take in one value that is no part of a list; ``path`` leads to it."""
        pointer = "/" + "/".join(path)
        self.cells[pointer] = where
        if value is FAILED:
            self.failed.add(pointer)
        elif value is not None:
            home = self.content
            for name in path[:-1]:
                home = home.setdefault(name, {})
            home[path[-1]] = value

    def _map(self, found: Found) -> None:
        """Take in numbers by key."""
        path = found.table.name.split(".")
        self.cells["/" + "/".join(path)] = found.sheet.name
        seen: dict[str, str] = {}
        for row in rows_of(found, self.taker, self.part):
            name, where = row.values.get("key"), row.places.get("key", row.first)
            if not row.is_filled:
                continue
            for field in ("key", "number"):
                if field not in row.values and field not in row.failed:
                    self.taker.problem(row.places.get(field, row.first), EMPTY)
            if name in seen:
                reason = phrase("the ID {name!r} is used already in {cell}", name=name, cell=seen[name])
                self.taker.problem(where, reason)
            elif name is not None and "number" in row.values:
                seen[name] = where
                self._put([*path, name], row.values["number"], row.places["number"])

    def _list(self, found: Found) -> None:
        table = found.table
        missing = [one for one in table.columns if one.field.required and one.field.name not in found.columns]
        everything = list(rows_of(found, self.taker, self.part))
        rows = [row for row in everything if row.is_filled]
        silent = (row for row in everything if not row.is_filled and "id" in row.values)
        self.silent[table.name] = {row.values["id"]: row for row in silent}
        if table.name == PARTNERS and not rows:
            self.taker.problem(found.sheet.name, phrase("no organisation is entered yet"))
            self.failed.add(f"/{PARTNERS}")
        self.cells[f"/{table.name}"] = found.sheet.name
        self.parents[table.name] = {}
        compare_sums(found, self.taker, rows)
        for column in missing if rows else ():
            where = f"{found.sheet.name}!{found.header}:{found.header}"
            self.taker.problem(where, phrase("the column {label} is missing", label=Word(column.label)))
        for row in rows:
            target = self._target(table, row)
            if target is not None:
                pointer = self._take(table, row, *target)
                self.failed |= {f"{pointer}/{column.field.name}" for column in missing}

    def _take(self, table: Table, row: FilledRow, pointer: str, items: list[Any]) -> str:
        """Add a row to the list it belongs to; return its own pointer."""
        pointer = f"{pointer}/{len(items)}"
        item = {name: value for name, value in row.values.items() if name != parent_field(table)}
        items.append(item)
        self.cells[pointer] = row.first
        self.cells |= {f"{pointer}/{name}": where for name, where in row.places.items()}
        self.failed |= {f"{pointer}/{name}" for name in row.failed}
        self._remember(table, pointer, item, row)
        return pointer

    def _remember(self, table: Table, pointer: str, item: dict[str, Any], row: FilledRow) -> None:
        name = item.get("id")
        if not isinstance(name, str):
            return
        known = self.parents[table.name]
        if name in known:
            other = self.cells[f"{known[name][0]}/id"]
            reason = phrase("the ID {name!r} is used already in {cell}", name=name, cell=other)
            self.taker.problem(row.places["id"], reason)
        else:
            known[name] = (pointer, item)

    def _target(self, table: Table, row: FilledRow) -> tuple[str, list[Any]] | None:
        """Return the list a row belongs to, with its pointer."""
        if table.parent is None:
            return f"/{table.name}", self.content.setdefault(table.name, [])
        field = parent_field(table)
        name = row.values.get(field)
        if name is None and not table.is_part_only:
            return f"/{table.name}", self.content.setdefault(table.name, [])
        parent_table = self.shape.tables[table.parent]
        title = parent_table.words.title
        if name is None:
            if field in row.places and field not in row.failed:
                reason = phrase("is empty; it has to name a row of the sheet {sheet}", sheet=Word(title))
                self.taker.problem(row.places[field], reason)
            return None
        silent = self.silent.get(table.parent, {}).pop(name, None)
        if silent is not None and name not in self.parents.get(table.parent, {}):
            self._take(parent_table, silent, f"/{table.parent}", self.content.setdefault(table.parent, []))
        parent = self.parents.get(table.parent, {}).get(name)
        if parent is None:
            reason = phrase("there is no {name!r} on the sheet {sheet}", name=name, sheet=Word(title))
            self.taker.problem(row.places[field], reason)
            return None
        self.cells.setdefault(f"{parent[0]}/{table.name}", row.first.rpartition("!")[0])
        return f"{parent[0]}/{table.name}", parent[1].setdefault(table.name, [])

    def _matrix(self, found: Found) -> None:
        table = found.table
        title = self.shape.tables[table.parent or ""].words.title
        known = self.parents.get(table.parent or "", {})
        field = table.name.rpartition(".")[2]
        for part, partner, value, where in amounts_of(found, self.taker):
            if part not in known:
                reason = phrase("there is no {name!r} on the sheet {sheet}", name=part, sheet=Word(title))
                self.taker.problem(where, reason)
                continue
            pointer, item = known[part]
            own = f"{pointer}/{field}/{partner}"
            if own in self.cells:
                reason = phrase(
                    "{partner} has an amount of {part} already in {cell}",
                    partner=partner,
                    part=part,
                    cell=self.cells[own],
                )
                self.taker.problem(where, reason)
                continue
            item.setdefault(field, {})[partner] = value
            self.cells[own] = where
            self.cells.setdefault(f"{pointer}/{field}", found.sheet.name)

    def _in_order(self) -> Iterator[tuple[str, Table]]:
        """Yield the tables so that those others are part of come first."""
        found = self.shape.tables
        yield from ((name, table) for name, table in found.items() if not table.is_matrix and table.parent is None)
        yield from ((name, table) for name, table in found.items() if not table.is_matrix and table.parent is not None)
        yield from ((name, table) for name, table in found.items() if table.is_matrix)
