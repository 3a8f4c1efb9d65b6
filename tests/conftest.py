"""What many tests need: the example projects, and the command line run in this process."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from postgresql import Server, server

from ka2budget import cli, steps
from ka2budget.cli import answer
from ka2budget.project import Project
from ka2budget.store import Store

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``ka2budget ARGS`` and return exit code, standard output and standard error."""

    def run_it(*args: object) -> Answer:
        monkeypatch.setattr("sys.argv", ["ka2budget", *map(str, args)])
        monkeypatch.setattr(answer, "_chosen", "")
        answer.speak(None)  # a process answers one command; here the language of the one before would stay
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        gc.enable()
        out, err = capfd.readouterr()
        return Answer(int(end.value.code or 0), out, err)

    return run_it


@pytest.fixture
def ka220() -> Project:
    return steps.read_project(EXAMPLES / "mentor-ka220.toml")


@pytest.fixture
def ka210() -> Project:
    return steps.read_project(EXAMPLES / "letters-ka210.toml")


@pytest.fixture
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test run where the README's commands run."""
    monkeypatch.chdir(ROOT)
    os.environ.setdefault("COLUMNS", "120")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A real PostgreSQL, for as long as the tests run."""
    with server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The path or URL of an empty store, once of each database there is."""
    if request.param == "sqlite":
        yield str(tmp_path / "data" / "grants.sqlite")
    else:
        with request.getfixturevalue("postgresql").database() as url:
            yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, once in each database there is."""
    opened = Store.open(store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")  # its client's threads draw random numbers, which disturbs hypothesis in other modules
def prefect_server() -> Iterator[str]:
    """The address of a server of Prefect, for as long as the tests of a module run."""
    from runs import server as server_of_prefect  # noqa: PLC0415 - Prefect is loaded where it is asked for

    with server_of_prefect() as address:
        yield address
