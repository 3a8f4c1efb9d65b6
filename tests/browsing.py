"""What the tests in a browser share: the server as a program of its own, and the browser."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, sync_playwright
from ports import free_port

CHROMIUM = shutil.which("chromium")
ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
SERVER = """
import sys, uvicorn
from ka2budget.web import Settings, application
web = application(Settings(sys.argv[1], sys.argv[3] or None))
uvicorn.run(web, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
"""

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true", reason="the program chromium is not here"
)


class Server:
    """The server in a process of its own, which can be ended and started again."""

    def __init__(self, store: Path, token: str = "") -> None:
        self.store, self.port, self.token = store, free_port(), token
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SERVER, str(self.store), str(self.port), self.token])
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(URLError, ConnectionError), urlopen(f"{self.url}/static/icon.svg", timeout=5):  # noqa: S310 - our own
                return
            time.sleep(0.05)
        pytest.fail("the server does not answer")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser for a while."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        yield running
        running.close()
