"""Prefect flows: one file per thing that happens to a grant; no arithmetic, and no rule of the programme.

This file prepares the server that Prefect starts inside a run where no other is asked for. It has to run before
Prefect is imported, because Prefect reads its settings then; whatever the environment says already stays as it is.
"""

import os
import sys
import warnings
from collections.abc import MutableMapping
from pathlib import Path

ALWAYS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}
"""Settings of every run: nothing is told to Prefect's makers."""

EMBEDDED = {
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # a first start takes longer than the usual 20
    # These four fail aloud when the server stops with the run, and nobody can ask a stopped server for their records.
    "PREFECT_SERVER_SERVICES_EVENT_LOGGER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
}
"""Settings of a run that brings its own server."""


def prepare(environment: MutableMapping[str, str]) -> None:
    """Add our settings to an environment: those of the embedded server too where no ``PREFECT_API_URL`` is set."""
    embedded = not environment.get("PREFECT_API_URL")
    for name, value in (ALWAYS | EMBEDDED if embedded else ALWAYS).items():
        environment.setdefault(name, value)
    if embedded:
        folder = environment.setdefault("PREFECT_HOME", str(home(environment)))
        try:
            Path(folder).expanduser().mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:  # the run says so in its own words
            warnings.filterwarnings("ignore", "Failed to create the Prefect home")


def home(environment: MutableMapping[str, str]) -> Path:
    """Return the folder of the embedded server: our own, so that another Prefect is neither read nor changed."""
    if sys.platform == "win32":
        state = Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        state = Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return state / "ka2budget" / "prefect"


if "prefect" not in sys.modules:  # too late otherwise: Prefect has read its settings, and its children read ours
    prepare(os.environ)
