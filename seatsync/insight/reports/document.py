"""A report as a value: tables of cells with a type, and the plots made of them. Renderers know nothing else of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in a currency such as `EUR`. No named tuple, because a tuple is a list of texts in a cell."""

    amount: Decimal
    currency: str


Cell: TypeAlias = str | int | Decimal | Money | tuple[str, ...] | None
"""The content of a cell. None is unknown and shown as `?`; "" is nothing."""

Kind: TypeAlias = Literal["text", "count", "day", "month", "number", "money", "percent", "list"]


class Column(NamedTuple):
    """A column: its name in documents, its heading, and the type of its cells.

    Days and months are ISO text. A cell of any type may be None or "".
    """

    key: str
    title: str
    kind: Kind = "text"


class Table(NamedTuple):
    """A table. Each row has a cell for every column, and so have `totals`; `note` is a sentence below it.

    `totals` are shown as a last row, in which the first cell names it. A table of very many rows is not `in_text`: it
    is in documents and, folded, on pages.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...] | None = None
    note: str = ""
    in_text: bool = True

    def column(self, key: str) -> int:
        """Return the position of a column. Raises ValueError if there is none."""
        return [column.key for column in self.columns].index(key)


class Plot(NamedTuple):
    """A plot of a table of the report.

    `x` and `y` are keys of columns: `bars` and `lines` show every column of `y` along `x`; bars are horizontal if `x`
    is text. With `series`, the values of `y` are shown on top of each other, in a colour for each value of that column.
    `timeline` shows a bar for each value of `x`, from the day in the first column of `y` to the day in the second.
    With `currency`, rows with amounts in another one are left out.
    """

    kind: Literal["bars", "lines", "timeline"]
    title: str
    description: str
    table: str
    x: str
    y: tuple[str, ...]
    series: str | None = None
    currency: str | None = None


class Report(NamedTuple):
    """A report on an account as of a day, as seen by `actor` (an address; None: the owner).

    `name` is that of the command. `of` is the kind of thing that `account` names. `summary` are sentences at the
    top, `notes` what the reader has to know about what is unknown or not shown.
    """

    name: str
    title: str
    account: str
    day: str
    actor: str | None
    summary: tuple[str, ...]
    tables: tuple[Table, ...]
    plots: tuple[Plot, ...] = ()
    notes: tuple[str, ...] = ()
    of: Literal["account", "fleet"] = "account"

    def table(self, key: str) -> Table:
        """Return a table by its key. Raises KeyError if there is none."""
        return {table.key: table for table in self.tables}[key]
