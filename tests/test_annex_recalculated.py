"""LibreOffice recalculates every formula of the annexes and comes to the values that were written."""

import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from test_annex_costs import files as files_of_costs
from test_annex_units import files as files_of_units

from ka2budget import annex, steps
from ka2budget.project import Activity, Partner, Project, Role, WorkPackage

EXAMPLES = Path(__file__).parent.parent / "examples"
TODAY = date(2026, 11, 22)
PAIRS = {"mentor": ("mentor-ka220", "mentor-report"), "letters": ("letters-ka210", "letters-report")}
_OFFICE = shutil.which("soffice") or "soffice"


def budget(project: Project, language: str = "en") -> bytes:
    examined = steps.examine(project)
    shares, dates = steps.share_out(examined), steps.dates_of(examined)
    return annex.budget_annex(*examined, shares, dates, today=TODAY, language=language)


def wide(project: Project) -> Project:
    """Twenty partners and odd cents, with a total above the lump sum."""
    partners = tuple(
        Partner(id=f"P{i}", name=f"Partner {i} " * 20, country="PL", role=Role.COORDINATOR if i == 1 else Role.PARTNER,
                estimated_cost=Decimal(13_000) + i)
        for i in range(1, 21)
    )  # fmt: skip
    packages = tuple(
        WorkPackage(
            id=f"WP{n}",
            title=f"Work package {n}",
            lead="P1",
            shares={partner.id: Decimal("2083.33") + n for partner in partners},
            activities=(Activity(id=f"A{n}", title="Meeting", lead="P2", amount=Decimal("1000.01")),),
        )
        for n in range(1, 7)
    )
    return project.model_copy(update={"partners": partners, "work_packages": packages})


def files() -> dict[str, bytes]:
    made = {}
    for name, (project_file, report_file) in PAIRS.items():
        project = steps.read_project(EXAMPLES / f"{project_file}.toml")
        examined = steps.examine(project)
        settlement = steps.assess(examined, steps.read_report(EXAMPLES / f"{report_file}.toml"))
        made[f"{name}-budget"] = budget(project)
        made[f"{name}-final"] = annex.final_annex(*examined, settlement, today=TODAY)
    mentor = steps.read_project(EXAMPLES / "mentor-ka220.toml")
    made["wide"] = budget(wide(mentor), "de")
    made["nothing"] = budget(mentor.model_copy(update={"work_packages": ()}))
    return made | files_of_costs() | files_of_units()


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("annexes")
    for name, content in files().items():
        # Without the cached values nothing but a calculation can bring the numbers back.
        book = load_workbook(_saved(folder / f"{name}.xlsx", content))
        (folder / "bare").mkdir(exist_ok=True)
        book.save(folder / "bare" / f"{name}.xlsx")
    subprocess.run(
        [
            _OFFICE, f"-env:UserInstallation={(folder / 'home').as_uri()}", "--headless", "--convert-to", "xlsx",
            "--outdir", str(folder / "out"), *map(str, sorted((folder / "bare").glob("*.xlsx"))),
        ],
        check=True, capture_output=True, timeout=300,  # an office that hangs is a failure, not a wait
    )  # fmt: skip
    return folder


def _saved(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "mentor-budget", "mentor-final", "letters-budget", "letters-final", "wide", "nothing",
        "costs-2", "costs-12", "costs-25", "costs-final", "costs-rounding", "costs-real",
        "costs-depreciation", "units-4", "units-25", "units-master", "units-capacity", "units-final",
        "units-final-master",
    ],
)  # fmt: skip
def test_every_formula_gives_the_value_that_was_written(recalculated: Path, name: str) -> None:
    formulas = load_workbook(recalculated / f"{name}.xlsx")
    written = load_workbook(recalculated / f"{name}.xlsx", data_only=True)
    found = load_workbook(recalculated / "out" / f"{name}.xlsx", data_only=True)
    compared = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                compared += 1
                ours, theirs = (book[sheet.title][cell.coordinate].value for book in (written, found))
                place = f"{sheet.title}!{cell.coordinate} {cell.value}"
                assert isinstance(ours, int | float), place
                assert isinstance(theirs, int | float), f"{place}: {theirs!r}"
                if "€" in cell.number_format:
                    assert f"{theirs:.2f}" == f"{ours:.2f}", place
                else:
                    assert theirs == pytest.approx(ours, abs=1e-9, rel=0), place
    assert compared >= (1 if name == "nothing" else 8)
