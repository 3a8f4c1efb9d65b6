"""The layout of a workbook: sheets, blocks, columns and formulas, as a TOML file may describe it."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, StringConstraints, WithJsonSchema

from ka2budget.annex.formula import Formula, parse, parse_several
from ka2budget.model import Flag, Model, Text

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")]
"""What formulas call a block, a column or a row."""
SheetName = Annotated[str, StringConstraints(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")]
Format = Literal["text", "alert", "money", "price", "units", "percent", "count", "date"]
"""Prices and units show up to six decimals."""
Width = Annotated[
    Decimal | int,
    Field(gt=0, le=120),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 120}),
]
"""Width of a column in characters."""
Expression = Annotated[Formula, PlainValidator(parse, json_schema_input_type=str)]
Expressions = Annotated[
    tuple[Formula, ...], PlainValidator(parse_several, json_schema_input_type=str | tuple[str, ...])
]
"""One formula or a list of them, for rows that are worked out in different ways."""
RESERVED = frozenset({"all", "group", "total"})


class Column(Model):
    """A column of a table, or an entry of a card: a field of the source, or a formula, or both.

    With both, the first formula that gives the field's value exactly stands in the cell, else the value alone.
    """

    label: Text
    """Words above the column, or beside the entry."""
    field: Name | None = None
    """The field of the source that it shows."""
    name: Name | None = None
    """What formulas call it; without it, as the field. Words that a formula uses need one."""
    format: Format = "text"
    """How its values are shown."""
    width: Width | None = None
    """Width in characters."""
    formula: Expressions = ()
    """How its values are worked out."""
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
    """Which kind of block it is."""
    id: Name
    """What formulas call the card."""
    title: Text | None = None
    """Words above the card."""
    source: Name
    """What it shows."""
    widths: tuple[Width, Width, Width] | None = None
    """Of the labels, the values and the remarks."""
    entries: Annotated[tuple[Column, ...], Field(min_length=1)]
    """The entries, below one another."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """A card is a list of one row, turned."""
        return self.entries


class Foot(Model):
    """A row below a table, with formulas in some of its columns."""

    name: Name
    """What formulas call the row."""
    label: Text
    """Words at the beginning of the row."""
    formulas: Annotated[dict[Name, Expression], Field(min_length=1)]
    """The formula of each column that has one."""


class Table(Model):
    """A list with a header, and sums below it where columns ask for them."""

    kind: Literal["table"]
    """Which kind of block it is."""
    id: Name
    """What formulas call the table."""
    title: Text | None = None
    """Words above the table."""
    source: Name
    """The list that it shows."""
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    """The columns, from left to right."""
    total_label: Text = "Total"
    """Words beside the sums."""
    below: tuple[Foot, ...] = ()
    """Rows below the table, after the sums."""
    empty: Text | None = None
    """What is said where the list is empty; without it the table is then left out."""
    by: Name | None = None
    """The field by whose values the list is parted: each has a table of its own below its words."""


class Below(Model):
    """A row below a matrix, in its column of totals, or in each column."""

    name: Name
    """What formulas call the row."""
    label: Text
    """Words at the beginning of the row."""
    formula: Expression
    """How its values are worked out."""
    format: Format = "money"
    """How its values are shown."""
    each: Flag = False
    """Whether it stands in each column, not in that of totals alone."""
    check: Flag = False
    """Whether it has to be 0 and turns red where it is not."""
    needs: Name | None = None
    """The field of the project without which it is left out."""


class Second(Model):
    """A second row of the header: the same words in every column."""

    label: Text
    """Words at the beginning of the row."""
    words: Text
    """Words in every column."""


class Matrix(Model):
    """Amounts by rows and columns, with the totals of both."""

    kind: Literal["matrix"]
    """Which kind of block it is."""
    id: Name
    """What formulas call the matrix."""
    title: Text | None = None
    """Words above the matrix."""
    source: Name
    """The amounts that it shows."""
    turned: Flag = False
    """Whether rows and columns of the source change places."""
    row_label: Text
    """Words above the rows."""
    turned_label: Text | None = None
    """The label of the rows where the source has more columns than rows and is turned for that; without it, never."""
    row_width: Width
    """Width of the column of labels, in characters."""
    column_width: Width
    """Width of the other columns, in characters."""
    second: Second | None = None
    """A second row of the header."""
    format: Format = "money"
    """How its values are shown."""
    total_label: Text = "Total"
    """Words beside the totals."""
    sum_label: Text | None = None
    """Of the column of totals; without it, the same as that of the row."""
    input: Flag = False
    """Whether it shows what the applicant typed."""
    below: tuple[Below, ...] = ()
    """Rows below the matrix."""


class Chart(Model):
    """Bars of one column of a table, beside the words of another."""

    kind: Literal["chart"]
    """Which kind of block it is."""
    id: Name
    """Name of the chart."""
    title: Text
    """Words above the chart."""
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
    """Words at the top of the sheet."""
    each: Name | None = None
    """The list whose rows have such a sheet each, with what belongs to them."""
    portrait: Flag = False
    """Whether it is printed upright."""
    optional: Flag = False
    """Whether it is left out where it would be empty."""
    frozen: Annotated[int, Field(ge=0, le=5)] = 0
    """Columns that stay when one scrolls to the right."""
    blocks: Annotated[tuple[Block, ...], Field(min_length=1)]
    """The blocks, below one another."""


class Layout(Model):
    """The layout of one kind of workbook."""

    title: Text
    """Title of the workbook."""
    sheets: tuple[Sheet, ...]
    """The sheets, in their order."""
    shared: tuple[Text, ...] = ()
    """Files with one sheet each, which follow the layout's own."""

    @property
    def blocks(self) -> dict[str, AnyBlock]:
        """All blocks by what formulas call them."""
        return {block.id: block for sheet in self.sheets for block in sheet.blocks}
