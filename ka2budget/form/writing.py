"""A project or a report, or what there is of it, as an Excel form to be filled in: one sheet for each of its tables."""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import NamedTuple

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.utility import quote_sheetname, xl_col_to_name  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget import __version__
from ka2budget.annex.look import OPTIONS, Tone, plain, put, set_page
from ka2budget.annex.paper import ORDINARY_HEIGHT
from ka2budget.budget import Budget
from ka2budget.form import words
from ka2budget.form.card import write_card
from ka2budget.form.choices import Choices, choices, choices_of_report, example, facts, facts_of_report, worded
from ka2budget.form.choosing import FIRST as FIRST_CHOICE
from ka2budget.form.choosing import places, write_choices
from ka2budget.form.flat import Flat, Row, digests, empty, flatten, part_of
from ka2budget.form.listing import FIRST, write_list
from ka2budget.form.matrix import write_matrix
from ka2budget.form.pen import Pen, height
from ka2budget.form.planned import planned, woven
from ka2budget.form.shape import PARTNERS, PROJECT, REPORT, Column, Shape, Table, notes, parent_field, shape
from ka2budget.project import PARTNERS_AT_MOST, Project
from ka2budget.report import Report
from ka2budget.rules import Rules
from ka2budget.text import translate

_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - the same form is the same file, whenever it is written
_ACROSS = 140.0  # characters of one line that are read with ease
_OTHERS = frozenset({PROJECT, "work_packages", "activities"})
"""Tables that the form of one partner shows and does not ask for."""


def project_form(project: Project, rules: Rules, partner: str | None = None, language: str = "en") -> bytes:
    """Return the form of a project, or of one partner's part of it, filled with what is known.

    Raises NoSuchName for a partner there is not, and NotAllowed where a form could not hold the project.
    """
    shown = project if partner is None else part_of(project, partner)
    content = project_content(flatten(shown), rules, language)
    return Form(content._replace(part=partner, made_from=digests(project, partner)), language).write()


def empty_form(code: str, rules: Rules, language: str = "en") -> bytes:
    """Return the form of a call for a whole project, with nothing in it but the action, the call and the round."""
    flat = empty(shape(PROJECT))
    rounds = rules.rounds_of(code)
    flat.rows[PROJECT] = [{"action": code, "call": rules.call, "round": rounds[0].round if rounds else 1}]
    return Form(project_content(flat, rules, language), language).write()


def report_form(
    project: Project, rules: Rules, budget: Budget, report: Report | None = None, language: str = "en", *,
    interim: bool = False,
) -> bytes:  # fmt: skip
    """Return the form of a report on a project: what was planned, and what is declared of it so far.

    An ``interim`` report asks for what was used of the pre-financing, and for nothing that is decided after the final
    one. Raises NotAllowed where a form could not hold the report.
    """
    flat = flatten(report or Report())
    for name, rows in planned(project, rules, budget, language, interim=interim).items():
        flat.rows[name] = woven(rows, flat.rows[name], shape(REPORT).tables[name])
    name = _name(flatten(project).rows[PROJECT][0], rules, language)
    found = facts_of_report(rules, interim=interim), choices_of_report(project, rules, language)
    return Form(Content(shape(REPORT), flat, name, *found, worded(rules, language)), language).write()


class Content(NamedTuple):
    """What a form holds when it goes out."""

    shape: Shape
    flat: Flat
    name: str
    """What it is about, in one line."""
    facts: frozenset[str]
    """What decides which sheets and columns there are."""
    lists: Mapping[str, Choices]
    """What may be chosen."""
    worded: Mapping[str, Choices]
    """The lists in which words stand for keys."""
    part: str | None = None
    """The partner whose part alone it is for."""
    made_from: tuple[str, ...] = ()
    """Digests of what it was made from."""


def project_content(flat: Flat, rules: Rules, language: str) -> Content:
    """Return what the form of a whole project holds."""
    name = _name(flat.rows[PROJECT][0], rules, language)
    return Content(shape(PROJECT), flat, name, facts(rules), choices(rules, language), worded(rules, language))


def _name(head: Row, rules: Rules, language: str) -> str:
    title = head.get("acronym") or head.get("title") or translate(rules.title, language)
    return f"{title} · {head['action']} · {head['call']}"


class Form:
    """One form while it is written."""

    def __init__(self, content: Content, language: str) -> None:
        self.shape, self.flat, self.name, self.facts, lists, self.worded, self.part, self.made_from = content
        self.language = language
        self.tables = [one for one in self.shape.tables.values() if self._is_there(one)]
        self.lists = {name: one for name, one in lists.items() if self._asks_for(name)}
        self.file = BytesIO()
        self.book = Workbook(self.file, OPTIONS)
        self.pen = Pen(self.book, language, self.lists, self._ranges())

    def write(self) -> bytes:
        """Return the workbook."""
        title = translate(self.shape.words.title, self.language)
        self.book.set_properties(
            {"title": f"{title}: {plain(self.name)}"[:255], "author": "ka2budget", "created": _MADE,
             "comments": f"ka2budget {__version__}"}
        )  # fmt: skip
        for table in self.tables:
            sheet = self._sheet(table.words.title, portrait=table.words.portrait)
            if table.name == self.shape.name:
                write_card(self, sheet, table)
            elif table.is_matrix:
                write_matrix(self, sheet, table)
            else:
                write_list(self, sheet, table)
            self.pen.close(sheet)
        sheet = self._sheet(words.LISTS, portrait=False)
        write_choices(self, sheet)
        self.pen.close(sheet)
        self.book.close()
        return self.file.getvalue()

    def rows_of(self, name: str) -> list[Row]:
        """Return what is filled in of a list."""
        return self.flat.rows.get(name, [])

    def has(self, name: str) -> bool:
        """Return whether a table is in the form."""
        return any(one.name == name for one in self.tables)

    def sheet_name(self, name: str) -> str:
        """Return the name of a table's sheet as formulas write it."""
        return str(quote_sheetname(translate(self.shape.tables[name].words.title, self.language)))

    def spare(self, table: Table) -> int:
        """Return how many empty rows a list has below what is filled in."""
        if self.part is None:
            return table.words.spare
        return 0 if table.name in _OTHERS or table.name == PARTNERS else max(table.words.spare // 2, 8)

    def columns(self, table: Table) -> list[Column]:
        """Return the columns a list has in this form: those of the call, and those with values."""
        used = {name for row in self.rows_of(table.name) for name in row}
        return [one for one in table.columns if one.field.name in used or not one.when or self.facts & set(one.when)]

    def _is_there(self, table: Table) -> bool:
        filled = self.flat.amounts.get(table.name) if table.is_matrix else self.rows_of(table.name)
        return (
            bool(filled) or not table.words.when or bool(self.facts & set(table.words.when)) or self._has_lists(table)
        )

    def _has_lists(self, table: Table) -> bool:
        """Return whether a list is needed because others are part of its rows."""
        return any(
            one.parent == table.name and one.is_part_only and self.rows_of(one.name)
            for one in self.shape.tables.values()
        )

    def _asks_for(self, name: str) -> bool:
        """Return whether the form has a field that a list to choose from is for."""
        fields = ((table, column.field) for table in self.tables for column in self.columns(table))
        return any(name in {f"{table.name}.{field.name}", field.name, field.kind} for table, field in fields)

    def _sheet(self, title: str, *, portrait: bool) -> Worksheet:
        name = translate(title, self.language)
        sheet = self.book.add_worksheet(name)
        pages = translate("Page {page} of {pages}", self.language).format(page="&P", pages="&N")
        set_page(sheet, plain(self.name), pages, portrait=portrait, whole=False)
        put(sheet, 0, 0, name, self.pen.look.words("title"))
        put(sheet, 1, 0, plain(self.name), self.pen.look.words("subtitle"))
        return sheet

    def tone(self, table: Table, column: Column | None = None, row: Row | None = None) -> Tone:
        """Return whether a cell is to be filled in or given."""
        name = column.field.name if column is not None else ""
        if self.part is not None and (table.name in _OTHERS or name == "id"):
            return "follows"
        if column is not None and column.is_given:
            return "follows"
        shows_given = any(one.is_given and one.field.name in (row or {}) for one in table.columns)
        return "follows" if name in table.words.fixed and shows_given else "typed"

    def across(self, sheet: Worksheet, row: int, text: str, widths: list[float], what: str = "remark") -> float:
        """Write words across columns, in as many lines as they need; return the height of the row."""
        style = self.pen.look.words(what)
        last = next((last for last in range(len(widths)) if sum(widths[: last + 1]) > _ACROSS), len(widths) - 1)
        if last:
            sheet.merge_range(row, 0, row, last, "", style)
        put(sheet, row, 0, text, style)
        high = height([(text, sum(widths[: last + 1]))])
        sheet.set_row(row, high)
        return high

    def subtitle(self, sheet: Worksheet, widths: list[float]) -> float:
        """Write the name of the project again where it is longer than the sheet is wide; return the row's height."""
        name = plain(self.name)
        return (
            self.across(sheet, 1, name, widths, "long subtitle")
            if len(name) > min(sum(widths), _ACROSS)
            else ORDINARY_HEIGHT
        )

    def card_cell(self, field: str) -> str | None:
        """Return the cell of a field of the project as formulas write it, or None where the form has none."""
        table = self.shape.tables[PROJECT]
        names = [one.field.name for one in self.columns(table)]
        lines = len(self.shape.words.how) + (self.part is not None)
        return f"{self.sheet_name(PROJECT)}!$B${lines + 5 + names.index(field)}" if field in names else None

    def note(self, table: Table, column: Column) -> str:
        """Return what belongs into a column."""
        note = column.note or notes(self.shape.name).get((table.model.__name__, column.field.name), "")
        return self.pen.words(note) if note else self.pen.words(column.label)

    def example(self, table: Table, column: Column) -> str:
        """Return how the example of a column stands in the form, or nothing where it has none."""
        if column.example is None:
            return ""
        return example(column.example, column.field, table.name, self.worded, self.language)

    def _ranges(self) -> dict[str, str]:
        """Return where the choices of each field stand: on the sheet of lists, or the ids on another sheet."""
        found = {}
        lists = quote_sheetname(translate(words.LISTS, self.language))
        for number, (name, one) in zip(places(self.lists), self.lists.items(), strict=True):
            column = xl_col_to_name(number)
            found[name] = f"={lists}!${column}${FIRST_CHOICE + 1}:${column}${FIRST_CHOICE + len(one.choices)}"
        if self.has(PARTNERS):
            partners = f"={self.sheet_name(PARTNERS)}!$A${FIRST + 1}:$A${FIRST + PARTNERS_AT_MOST}"
            found |= dict.fromkeys(("partner", "lead", "of"), partners)
        if self.has("work_packages"):
            name = parent_field(self.shape.tables["costs"])
            found[name] = f"={self.sheet_name('work_packages')}!$A${FIRST + 1}:$A${FIRST + 100}"
        return found
