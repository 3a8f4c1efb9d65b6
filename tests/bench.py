"""How fast it is, as ratios within one run: medians of pairs taken in turn. Run it with ``make bench``."""

import io
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import load
import openpyxl
import xlsxwriter
from project_office import PAID, SIGNED, Grant
from pydantic import TypeAdapter
from sqlalchemy import create_engine, insert, select, text
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ka2budget import annex, document, registry, steps
from ka2budget.calculate import calculate
from ka2budget.catalogue import rules_for
from ka2budget.checks import check
from ka2budget.event import Event
from ka2budget.grant import replay
from ka2budget.lifecycle import EventKind
from ka2budget.money import split
from ka2budget.project import Category, Project
from ka2budget.registry import Draft
from ka2budget.store import Store
from ka2budget.store.tables import AGENDA, EVENTS, GRANTS, STANDINGS

TODAY = date(2026, 9, 1)
Events = TypeAdapter(list[Event])


def large_project() -> Project:
    """A Cooperation Partnership of 10 partners, 6 work packages and 60 activities."""
    countries = ["PL", "DE", "FR", "IT", "ES", "RO", "PT", "SE", "FI", "IE"]
    names = [f"P{n + 1}" for n in range(10)]
    amounts = [Decimal(40_000), *split(Decimal(210_000), [Decimal(1)] * 5)]
    packages = [
        {
            "id": f"WP{w + 1}", "title": f"Example work package {w + 1}", "management": w == 0, "lead": names[w],
            "start_month": 1, "end_month": 24,
            "shares": dict(zip(names, split(amount, [Decimal(n + 1) for n in range(10)]), strict=True)),
            "activities": [
                {
                    "id": f"A{w + 1}.{a + 1}", "title": f"Example activity {a + 1}", "lead": names[a], "amount": 500,
                    "start": date(2026, 10, 1 + a), "end": date(2026, 10, 2 + a), "venue_country": countries[a],
                    "venue": "City", "participants": names[:a],
                }
                for a in range(10)
            ],
        }
        for w, amount in enumerate(amounts)
    ]  # fmt: skip
    partners = [{"id": name, "name": f"Example {name}", "country": countries[n]} for n, name in enumerate(names)]
    partners[0] |= {"role": "coordinator", "established": date(2001, 1, 1)}
    return Project.model_validate(
        {
            "action": "KA220-ADU", "call": 2026, "title": "Example: a large partnership", "start": date(2026, 9, 1),
            "months": 24, "lump_sum": 250_000, "estimated_cost": 260_000, "partners": partners,
            "work_packages": packages,
        }
    )  # fmt: skip


def detailed_budget(count: int) -> Project:
    """A detailed budget of 12 partners, 8 work packages and so many lines."""
    countries = ["PL", "DE", "FR", "IT", "ES", "RO", "PT", "SE", "FI", "IE", "AT", "BG"]
    categories = [one.value for one in Category]
    lines = [
        {"partner": f"P{n % 12}", "category": categories[n // 12 % 17], "label": "Example", "units": n % 9 + 1,
         "unit_cost": f"{100 + n}.50"}
        for n in range(count)
    ]  # fmt: skip
    packages = [{"id": f"WP{n}", "title": "Example", "lead": "P0", "costs": lines[n::8]} for n in range(8)]
    partners = [{"id": f"P{n}", "name": "Example", "country": country} for n, country in enumerate(countries)]
    return Project.model_validate(
        {
            "action": "ERASMUS-EDU-PEX-COVE", "call": 2026, "title": "Example", "start": date(2027, 1, 1), "months": 48,
            "partners": partners, "work_packages": packages,
        }
    )  # fmt: skip


def busy_history() -> list[Event]:
    """A grant whose coordinator passed every payment on in many small transfers: 200 events."""
    plan = steps.plan(steps.examine(large_project()))
    happened: list[tuple[date, str, dict[str, Any]]] = [
        (date(2026, 6, 1), "registered", {"plan": plan}),
        (date(2026, 7, 1), "signed", {}),
        (date(2026, 8, 1), "payment-received", {"amount": 200_000}),
    ]
    for n in range(189):
        said = {"partner": f"P{n % 9 + 2}", "amount": "100.01", "bank_reference": f"Example {n}"}
        kind, details = ("note", {}) if n % 7 == 0 else ("transfer", said)
        happened.append((date(2026, 9, 1) + timedelta(days=n), kind, details))
    happened += [
        (date(2027, 6, 1), "interim-report", {"used": 150_000}),
        (date(2027, 7, 1), "interim-accepted", {}),
        (date(2027, 9, 1), "amendment-requested", {}),
        (date(2027, 9, 20), "amendment-signed", {"plan": plan}),
        (date(2028, 10, 1), "final-report", {}),
        (date(2028, 10, 20), "final-returned", {}),
        (date(2028, 11, 1), "final-report", {}),
        (date(2028, 12, 1), "assessed", {"final": 240_000}),
    ]
    recorded = datetime(2029, 1, 1, tzinfo=UTC)
    return [
        Event.model_validate(
            {"number": n, "kind": kind, "happened": day, "recorded": recorded, "by": "Example", "details": details}
        )
        for n, (day, kind, details) in enumerate(happened, 1)
    ]


def load_rules() -> object:
    """Read the rules of one action anew."""
    rules_for.cache_clear()
    return rules_for("ERASMUS-EDU-CBHE-STRAND-1", 2025)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(work: Callable[[], object], yardstick: Callable[[], object], pairs: int) -> tuple[float, float, float]:
    """Return the medians in milliseconds and the median of the ratios, pair by pair, after a warm-up."""
    work(), yardstick()
    both = [(seconds(work), seconds(yardstick)) for _ in range(pairs)]
    ours, theirs = (statistics.median(one) * 1000 for one in zip(*both, strict=True))
    return ours, theirs, statistics.median(a / b for a, b in both)


def program(*arguments: str) -> Callable[[], object]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)


def write_cells(sheet: Worksheet, cells: list[Any], styles: dict[int, Format]) -> None:
    for row, column, value, style, cached in cells:
        if value is None:
            sheet.write_blank(row, column, None, styles[style])
        elif isinstance(value, str) and value.startswith("="):
            sheet.write_formula(row, column, value, styles[style], cached)
        elif isinstance(value, (int, float)):
            sheet.write_number(row, column, value, styles[style])
        else:
            sheet.write_string(row, column, str(value), styles[style])


def furnish(
    book: xlsxwriter.Workbook, sheet: Worksheet,
    widths: list[tuple[str, float]], heights: list[tuple[int, float]], rules: list[str], charts: list[tuple[str, str]],
) -> None:  # fmt: skip
    for name, width in widths:
        sheet.set_column(f"{name}:{name}", width)
    for row, height in heights:
        sheet.set_row(row, height)
    for place in rules:
        sheet.data_validation(place, {"validate": "decimal", "criteria": ">=", "value": 0})
    for categories, amounts in charts:
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"categories": f"={categories}", "values": f"={amounts}", "fill": {"color": "#1F4E79"}})
        sheet.insert_chart(0, 0, chart)
    sheet.protect()


def same_cells(workbook: bytes) -> Callable[[], bytes]:
    """Return a function that writes a workbook's cells, sizes, rules, charts and locks straight with the library."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    values = openpyxl.load_workbook(io.BytesIO(workbook), data_only=True)
    looks = {one._style.__hash__(): look(one) for sheet in book for row in sheet for one in row}  # noqa: SLF001
    sheets = []
    for sheet in book:
        there = (one for row in sheet for one in row if one.value is not None or one.has_style)
        cells = [
            (one.row - 1, one.column - 1, one.value, one._style.__hash__(), values[sheet.title][one.coordinate].value)  # noqa: SLF001
            for one in there
        ]
        widths = [(name, one.width) for name, one in sheet.column_dimensions.items()]
        heights = [(row - 1, one.height) for row, one in sheet.row_dimensions.items() if one.height]
        rules = [str(one.sqref) for one in sheet.data_validations.dataValidation]
        charts = [(one.series[0].cat.strRef.f, one.series[0].val.numRef.f) for one in sheet._charts]  # noqa: SLF001
        sheets.append((sheet.title, cells, widths, heights, rules, charts))

    def write() -> bytes:
        content = io.BytesIO()
        straight = xlsxwriter.Workbook(content, {"in_memory": True})
        styles = {name: straight.add_format(properties) for name, properties in looks.items()}
        for title, cells, *furniture in sheets:
            sheet = straight.add_worksheet(title)
            write_cells(sheet, cells, styles)
            furnish(straight, sheet, *furniture)
        straight.close()
        return content.getvalue()

    return write


def look(cell: Any) -> dict[str, Any]:  # noqa: ANN401 - any cell of openpyxl
    """Return the format of a cell as XlsxWriter names it."""
    properties = {
        "font_name": cell.font.name, "font_size": cell.font.sz, "bold": bool(cell.font.b), "italic": bool(cell.font.i),
        "num_format": cell.number_format, "text_wrap": bool(cell.alignment.wrap_text),
        "align": cell.alignment.horizontal,
        "valign": cell.alignment.vertical, "border": 1 if cell.border.left.style else 0,
    }  # fmt: skip
    if cell.fill.fill_type == "solid":
        properties["bg_color"] = f"#{cell.fill.fgColor.rgb[2:]}"
    return {name: value for name, value in properties.items() if value not in {None, False}}


def memory_growth(work: Callable[[], object], rounds: int) -> float:
    """Return by how much the process grew, in MB, from the hundredth round to the last."""
    before = 0
    for number in range(rounds):
        work()
        if number == 100:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def workbooks(folder: Path) -> Iterator[tuple[str, float, float, float, float]]:
    """Measure the annex of a detailed budget of 12 partners, 8 work packages and 480 lines, and the form of it."""
    project = detailed_budget(480)
    examined = steps.examine(project)
    shares, dates = steps.share_out(examined), steps.dates_of(examined)

    def make_annex() -> bytes:
        return annex.budget_annex(*examined, shares, dates, today=TODAY)

    straight = same_cells(make_annex())
    yield "annex of 12 x 8, 480 lines / the same cells", 1.5, *ratio(make_annex, straight, 15)
    table, soffice = os.environ.get("KA2BUDGET_OFFICIAL_TABLE"), shutil.which("soffice")
    if table and soffice:
        command = [soffice, "--headless", "--convert-to", "xlsx", "--outdir", str(folder), table]
        recalculate = partial(subprocess.run, command, check=True, capture_output=True)
        yield "the same / LibreOffice on the official table", 0.05, *ratio(make_annex, recalculate, 3)
    form = folder / "form.xlsx"
    form.write_bytes(document.write(project, form))
    content = form.read_bytes()
    cells = sum(1 for sheet in openpyxl.load_workbook(form) for row in sheet for one in row if one.value is not None)
    read = partial(document.read, form, Project)
    yield (
        f"reading a form of {cells} cells / opening it", 2.0,
        *ratio(read, lambda: openpyxl.load_workbook(io.BytesIO(content)), 10),
    )  # fmt: skip


def many_grants(path: Path, count: int) -> Store:
    """Return a store with so many grants, the rows of one copied, from the thousandth on to days of their own."""
    store = Store.open(str(path))
    Grant(store, reference="R").lived(SIGNED, PAID)
    with store.writing() as connection:
        for table in (GRANTS, EVENTS, STANDINGS, AGENDA):
            moved = {"reference": "'R' || i", "date": "date(date, ((i >= 1000) * (i * 7 % 1000 - 500)) || ' days')"}
            names = ", ".join(f'"{one.name}"' for one in table.columns)
            values = ", ".join(moved.get(one.name, f'"{one.name}"') for one in table.columns)
            connection.execute(
                text(
                    f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1}) "  # noqa: S608
                    f"INSERT INTO {table.name} ({names}) SELECT {values} FROM n, {table.name} WHERE reference = 'R'"
                )
            )
    return store


def stores(folder: Path) -> Iterator[tuple[str, float, float, float, float]]:
    """Measure what is due of 10 000 grants, and recording a small event."""
    store = many_grants(folder / "grants.sqlite", 10_000)
    until = TODAY + timedelta(days=30)
    found = len(registry.agenda(store, until))
    same = select(AGENDA, STANDINGS.c.title).join(STANDINGS, STANDINGS.c.reference == AGENDA.c.reference)
    plain = create_engine(f"sqlite:///{folder / 'grants.sqlite'}")

    def read_rows() -> object:
        with plain.connect() as connection:
            return connection.execute(same.where(AGENDA.c.date <= until).order_by(AGENDA.c.date)).all()

    def due() -> object:
        return registry.agenda(store, until)

    yield f"{found} dates of 10 000 grants / the same rows", 2.0, *ratio(due, read_rows, 15)

    numbers = iter(range(1, 1000))

    def record() -> object:
        reference = f"R{next(numbers)}"
        return registry.record(store, reference, Draft(EventKind.NOTE, TODAY, "Example", why="Called"), TODAY)

    others = iter(range(1000, 2000))
    row = {"number": 4, "kind": "note", "happened": TODAY, "recorded": datetime.now(UTC), "by": "Example",
           "why": "Called", "details": "{}"}  # fmt: skip

    def insert_row() -> None:
        with store.writing() as connection:
            connection.execute(insert(EVENTS), row | {"reference": f"R{next(others)}"})

    yield "recording an event / inserting its row", 3.0, *ratio(record, insert_row, 200)


def serving(folder: Path) -> Iterator[tuple[str, float, float, float, float]]:
    """Put a server under load beside a bare route that validates the same project; print how many requests it takes."""
    content, rounds = load.body(), []
    with load.served("ours", folder / "api.sqlite") as ours, load.served("bare", folder / "api.sqlite") as bare:
        for number in range(8):
            pair = [load.under_load(port, "/api/check", content, 800) for port in (ours, bare)]
            rounds += [pair] if number else []  # the first one warms up
    for name, found in zip(("ours", "bare route"), zip(*rounds, strict=True), strict=True):
        per_second, slowest = (statistics.median(one) for one in zip(*found, strict=True))
        print(f"{name}: {per_second:.0f} requests a second, 99 of 100 within {slowest:.1f} ms, {load.CLIENTS} clients")
    times = [(1000 / one.per_second, 1000 / other.per_second) for one, other in rounds]
    both = (statistics.median(one) for one in zip(*times, strict=True))
    yield "check over HTTP / a bare route", 2.0, *both, statistics.median(one / other for one, other in times)


def main() -> None:
    """Print what is promised, what was measured, and whether it holds."""
    project = large_project()
    rules = rules_for(project.action, project.call)
    tables = project.model_dump(exclude_unset=True)
    examined = steps.examine(project)
    assert not examined.errors
    shares, dates = steps.share_out(examined), steps.dates_of(examined)

    def make_annex() -> bytes:
        return annex.budget_annex(*examined, shares, dates, today=TODAY)

    def check_and_calculate() -> Any:  # noqa: ANN401
        return check(project, rules, calculate(project, rules))

    costly = detailed_budget(1500)
    costly_rules, costly_tables = rules_for(costly.action, costly.call), costly.model_dump(exclude_unset=True)

    def check_and_calculate_costs() -> Any:  # noqa: ANN401
        return check(costly, costly_rules, calculate(costly, costly_rules))

    events = busy_history()
    assert len(events) == 200
    kept = Events.dump_json(events)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "large.toml"
        path.write_bytes(document.write(project, path))
        rows = [
            (
                "check, whole process / import pydantic",
                3.0,
                *ratio(program("-m", "ka2budget", "check", str(path)), program("-c", "import pydantic"), 15),
            ),
            (
                "check and calculate / pydantic's validation",
                3.0,
                *ratio(check_and_calculate, lambda: Project.model_validate(tables), 200),
            ),
            (
                "1 500 cost lines / pydantic's validation",
                5.0,
                *ratio(check_and_calculate_costs, lambda: Project.model_validate(costly_tables), 20),
            ),
            ("annex / the same cells straight", 1.5, *ratio(make_annex, same_cells(make_annex()), 25)),
            (
                "replay of 200 events / reading them as JSON",
                1.5,
                *ratio(lambda: replay(events, TODAY.replace(year=2029)), lambda: Events.validate_json(kept), 200),
            ),
            *workbooks(Path(folder)),
            *stores(Path(folder)),
            *serving(Path(folder)),
        ]
    print(f"{'':45} {'ours':>9} {'theirs':>9} {'ratio':>6} {'limit':>6}")
    for what, limit, ours, theirs, found in rows:
        verdict = "holds" if found <= limit else "FAILS"
        print(f"{what:45} {ours:6.2f} ms {theirs:6.2f} ms {found:6.2f} {limit:6.2f} {verdict}")
    print(f"loading the rules of one action: {min(seconds(load_rules) for _ in range(20)) * 1000:.1f} ms, limit 20 ms")
    print(f"memory growth over 1 000 annexes: {memory_growth(make_annex, 1000):.1f} MB")


if __name__ == "__main__":
    main()
