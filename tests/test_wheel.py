"""The wheel is built, installed into a fresh environment outside the checkout, and does the job there."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT

from ka2budget.catalogue import catalogue
from ka2budget.files import SCHEMAS, TEMPLATES
from ka2budget.text import LANGUAGES

STORE = ROOT / "ka2budget" / "store"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a fresh environment with nothing but the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True)
    found = folder / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([found / "python", "-m", "pip", "install", "--quiet", wheel], check=True)
    return found


def test_the_wheel_carries_rules_schemas_templates_compiled_words_and_flows(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"ka2budget/calls/{entry.file}" for entry in catalogue()} <= names
    assert {f"ka2budget/schemas/{path.name}" for path in SCHEMAS.glob("*.json")} <= names
    assert not [name for name in names if name.startswith(("schemas", "templates"))]
    assert {f"ka2budget/templates/{path.relative_to(TEMPLATES)}" for path in TEMPLATES.rglob("*.toml")} <= names
    for folder in ("messages", "messages/calls"):
        assert {f"ka2budget/{folder}/{language}.mo" for language in LANGUAGES if language != "en"} <= names
    assert {"flows/budget_annex.py", "flows/final_report.py", "ka2budget/py.typed"} <= names
    migrations = {f"ka2budget/store/{path.relative_to(STORE)}" for path in STORE.glob("migrations/**/*.*")}
    assert {name for name in migrations if "__pycache__" not in name} <= names
    assert "ka2budget/store/migrations/versions/0001_grants.py" in names
    assert not [name for name in names if name.startswith("tests") or "node_modules" in name or "conformance" in name]


def test_an_installed_ka2budget_makes_an_annex(programs: Path, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "mentor-ka220.toml", tmp_path)

    def run(*arguments: str) -> str:
        command = [programs / "ka2budget", *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, encoding="utf-8").stdout

    run("annex", "mentor-ka220.toml", "-o", "annex.xlsx")
    assert (tmp_path / "annex.xlsx").read_bytes().startswith(b"PK")
    assert "KA220-ADU" in run("new", "KA220-ADU")
    assert '"Project"' in run("schema", "project")


def test_an_installed_ka2budget_makes_a_store(programs: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        command = [programs / "ka2budget", "grant", *arguments, "--store", str(tmp_path / "grants.sqlite")]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, encoding="utf-8").stdout

    run("register", str(EXAMPLES / "mentor-ka220.toml"), "--reference", "R1")
    assert "R1" in run("list")


def test_an_installation_without_extras_is_light(programs: Path) -> None:
    answer = subprocess.run([programs / "pip", "list", "--format=freeze"], check=True, capture_output=True, text=True)
    there = {line.partition("==")[0].lower() for line in answer.stdout.splitlines()}
    assert not there & {"prefect", "fastapi", "psycopg", "uvicorn", "pandas", "rich"}
    assert len(there) <= 22
