"""The layout of a workbook: sheets, blocks, columns and formulas, as a TOML file may describe it."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, StringConstraints

from ka2budget.annex.formula import Formula, parse, parse_several
from ka2budget.model import Flag, Model, Text

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")]
"""What formulas call a block, a column or a row."""
SheetName = Annotated[str, StringConstraints(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")]
Format = Literal["text", "alert", "money", "price", "units", "percent", "count", "date"]
"""Prices and units show up to six decimals."""
Width = Annotated[Decimal | int, Field(gt=0, le=120)]
"""Width of a column in characters."""
Expression = Annotated[Formula, PlainValidator(parse)]
Expressions = Annotated[tuple[Formula, ...], PlainValidator(parse_several)]
"""One formula or a list of them, for rows that are worked out in different ways."""
RESERVED = frozenset({"all", "group", "total"})


class Column(Model):
    """A column of a table, or an entry of a card: a field of the source, or a formula, or both.

    With both, the first formula that gives the field's value exactly stands in the cell, else the value alone.
    """

    label: Text
    field: Name | None = None
    name: Name | None = None
    """What formulas call it; without it, as the field. Words that a formula uses need one."""
    format: Format = "text"
    width: Width | None = None
    formula: Expressions = ()
    input: Flag = False
    """Whether it shows what the applicant typed."""
    total: Flag = False
    """Whether its sum stands below it."""
    signed: Flag = False
    """Whether it has amounts above and below 0, so that their sum has to be rounded."""
    check: Flag = False
    """Whether it has to be 0 and turns red where it is not."""
    optional: Flag = False
    """Whether it is left out where it would be empty."""
    remark: Name | None = None
    """For an entry of a card: the field shown beside it."""

    @property
    def key(self) -> str:
        """What formulas call it."""
        return self.name or self.field or ""

    @property
    def is_plain(self) -> bool:
        """Whether it shows words alone, which no formula can use."""
        return not self.formula and self.name is None and self.format in {"text", "alert"}


class Card(Model):
    """Labels with one value each, below one another."""

    kind: Literal["card"]
    id: Name
    title: Text | None = None
    source: Name
    widths: tuple[Width, Width, Width] | None = None
    """Of the labels, the values and the remarks."""
    entries: Annotated[tuple[Column, ...], Field(min_length=1)]

    @property
    def columns(self) -> tuple[Column, ...]:
        """A card is a list of one row, turned."""
        return self.entries


class Foot(Model):
    """A row below a table, with formulas in some of its columns."""

    name: Name
    label: Text
    formulas: Annotated[dict[Name, Expression], Field(min_length=1)]


class Table(Model):
    """A list with a header, and sums below it where columns ask for them."""

    kind: Literal["table"]
    id: Name
    title: Text | None = None
    source: Name
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    total_label: Text = "Total"
    below: tuple[Foot, ...] = ()
    empty: Text | None = None
    """What is said where the list is empty; without it the table is then left out."""
    by: Name | None = None
    """The field by whose values the list is parted: each has a table of its own below its words."""


class Below(Model):
    """A row below a matrix, in its column of totals, or in each column."""

    name: Name
    label: Text
    formula: Expression
    format: Format = "money"
    each: Flag = False
    check: Flag = False
    needs: Name | None = None
    """The field of the project without which it is left out."""


class Second(Model):
    """A second row of the header: the same words in every column."""

    label: Text
    words: Text


class Matrix(Model):
    """Amounts by rows and columns, with the totals of both."""

    kind: Literal["matrix"]
    id: Name
    title: Text | None = None
    source: Name
    turned: Flag = False
    """Whether rows and columns of the source change places."""
    row_label: Text
    turned_label: Text | None = None
    """The label of the rows where the source has more columns than rows and is turned for that; without it, never."""
    row_width: Width
    column_width: Width
    second: Second | None = None
    format: Format = "money"
    total_label: Text = "Total"
    sum_label: Text | None = None
    """Of the column of totals; without it, the same as that of the row."""
    input: Flag = False
    below: tuple[Below, ...] = ()


class Chart(Model):
    """Bars of one column of a table, beside the words of another."""

    kind: Literal["chart"]
    id: Name
    title: Text
    source: Name
    """The list whose rows are shown."""
    of: Name
    """The table that shows the list, on any sheet."""
    labels: Name
    """The field of the words."""
    values: Name
    """The column of the amounts."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """A chart has no cells of its own."""
        return ()


AnyBlock = Card | Table | Matrix | Chart
Block = Annotated[AnyBlock, Field(discriminator="kind")]


class Sheet(Model):
    """A sheet with its blocks below one another."""

    name: SheetName
    """Where ``each`` is said, with its fields in braces, such as ``{id}``; so too the title."""
    title: Text
    each: Name | None = None
    """The list whose rows have such a sheet each, with what belongs to them."""
    portrait: Flag = False
    optional: Flag = False
    """Whether it is left out where it would be empty."""
    frozen: Annotated[int, Field(ge=0, le=5)] = 0
    """Columns that stay when one scrolls to the right."""
    blocks: Annotated[tuple[Block, ...], Field(min_length=1)]


class Layout(Model):
    """The layout of one kind of workbook."""

    title: Text
    sheets: tuple[Sheet, ...]
    shared: tuple[Text, ...] = ()
    """Files with one sheet each, which follow the layout's own."""

    @property
    def blocks(self) -> dict[str, AnyBlock]:
        """All blocks by what formulas call them."""
        return {block.id: block for sheet in self.sheets for block in sheet.blocks}
