"""Runs of flows as tests have them: a folder for Prefect of their own, what a run left, the command line."""

# ruff: noqa: E402 - Prefect reads its settings when it is imported, so they have to stand before

import atexit
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="ka2budget-prefect-")  # before Prefect reads its settings
atexit.register(shutil.rmtree, os.environ["PREFECT_HOME"], ignore_errors=True)

import flows  # noqa: F401 - it says more settings

ROOT = Path(__file__).parents[1]

from prefect import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness


@contextmanager
def server() -> Iterator[str]:
    """Give the address of a server that runs until the block ends."""
    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield PREFECT_API_URL.value()


def tables(state: State[Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the tables a run left, by key."""
    return {key: json.loads(data) for key, (_, data) in _artifacts(state).items()}


def titles(state: State[Any]) -> dict[str, str]:
    """Return the titles of the tables a run left, by key."""
    return {key: title for key, (title, _) in _artifacts(state).items()}


def links(state: State[Any]) -> dict[str, str]:
    """Return the links a run left, as the server shows them, by key."""
    return {key: data for key, (_, data) in _artifacts(state, "markdown").items()}


def _artifacts(state: State[Any], kind: str = "table") -> dict[str, tuple[str, str]]:
    run_ids = ArtifactFilterFlowRunId(any_=[state.state_details.flow_run_id])
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ArtifactFilter(flow_run_id=run_ids))
    return {str(one.key): (str(one.description), str(one.data)) for one in found if one.type == kind}


def told(state: State[Any]) -> list[str]:
    """Return the lines in the log of a run, once they have arrived."""
    run_ids = LogFilterFlowRunId(any_=[state.state_details.flow_run_id])
    with get_client(sync_client=True) as client:

        def lines() -> list[str]:
            found = client.read_logs(LogFilter(flow_run_id=run_ids))
            is_over = any(one.task_run_id is None and one.message.startswith("Finished in state") for one in found)
            return [one.message for one in found] if is_over else []

        return wait_for(lines, 20) or []


def changed(file: str, copy: Path, before: str, after: str) -> str:
    """Return a copy of a file in which one text stands in place of another."""
    text = Path(file).read_text(encoding="utf-8")
    assert before in text
    copy.write_text(text.replace(before, after), encoding="utf-8")
    return str(copy)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's folder with no settings of Prefect but those given."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=clean(**environment), capture_output=True, text=True, check=False
    )


def clean(**environment: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")} | environment


def wait_for(condition: Any, seconds: float) -> Any:  # noqa: ANN401
    """Return what the condition returns as soon as that is something; None where it never is."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.3)
    return None
