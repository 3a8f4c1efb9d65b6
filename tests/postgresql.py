"""A PostgreSQL of the tests' own: in a temporary folder, on a free port, gone when they end."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from ports import free_port

PASSWORD = "s3cret-word"  # noqa: S105 - of a server that lives as long as the tests
_SECONDS = 60


class Server:
    """A running server, which gives each test a database of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._numbers = count(1)

    def url(self, database: str, password: str = PASSWORD) -> str:
        return f"postgresql://office:{password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the URL of a new database, which is dropped afterwards."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, command: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5) as connection:
            connection.execute(command.encode())


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL there is: Debian's, else the one on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else None if on_path is None else Path(on_path).resolve().parent


@contextmanager
def server() -> Iterator[Server]:
    """Run a server; tests that need one are skipped where it is not installed, and fail where CI is true."""
    found = programs()
    if found is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("PostgreSQL is not installed")
    with TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        as_nobody = {}
        if os.geteuid() == 0:  # as which it does not run
            as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(folder, "nobody", "nogroup")
        options = as_nobody | {"cwd": folder, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}}
        port = free_port()
        password, log = folder / "password", folder / "log"
        password.write_text(PASSWORD, encoding="utf-8")
        password.chmod(0o644)
        make = ["-D", folder / "data", "-U", "office", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"]
        subprocess.run([found / "initdb", *make], check=True, capture_output=True, **options)
        quick = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *quick]
        command = [found / "postgres", "-D", folder / "data", *(word for one in settings for word in ("-c", one))]
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, **options)
        try:
            running = Server(folder, port)
            _wait(running, process, log)
            yield running
        finally:
            process.send_signal(signal.SIGINT)  # it ends at once, whoever is connected
            process.wait(_SECONDS)


def _wait(running: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    last = time.monotonic() + _SECONDS
    while True:
        try:
            running.execute("SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > last:
                pytest.fail(log.read_text(encoding="utf-8", errors="replace"))
            time.sleep(0.05)
        else:
            return
