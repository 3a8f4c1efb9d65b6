"""A server under load, beside a bare route that validates the same model; run, it serves one of the two."""

import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import uvicorn
from fastapi import FastAPI

from ka2budget import document
from ka2budget.project import Project
from ka2budget.web import Settings, application

ROOT = Path(__file__).parents[1]
CLIENTS = 4


class Load(NamedTuple):
    """How a server answered."""

    per_second: float
    slowest: float
    """Milliseconds within which 99 of 100 requests were answered."""


def bare() -> FastAPI:
    app = FastAPI()

    @app.post("/api/check")
    async def validate(project: Project) -> dict[str, str]:
        return {"action": project.action}

    return app


@contextmanager
def served(name: str, store: Path) -> Iterator[int]:
    """Run one of the servers in a process of its own and give its port."""
    with subprocess.Popen([sys.executable, __file__, name, store], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield int(running.stdout.readline())
        running.kill()


def under_load(port: int, path: str, body: bytes, count: int) -> Load:
    """Return how a server answers so many requests of several clients at once."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    request, took = f"{head}\r\n\r\n".encode() + body, []

    def ask() -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for _ in range(count // CLIENTS):
                begun = time.perf_counter()
                connection.sendall(request)
                assert _answered(connection) == b"200"
                took.append(time.perf_counter() - begun)

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    begun = time.perf_counter()
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    seconds = time.perf_counter() - begun
    assert len(took) == count // CLIENTS * CLIENTS
    return Load(len(took) / seconds, statistics.quantiles(took, n=100)[-1] * 1000)


def _answered(connection: socket.socket) -> bytes:
    """Read one answer and return its status."""
    content = b""
    while b"\r\n\r\n" not in content:
        content += connection.recv(65536)
    head, _, rest = content.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    missing = (int(length[1]) if length else 0) - len(rest)
    while missing > 0:
        missing -= len(connection.recv(65536))
    return head[9:12]


def body() -> bytes:
    project = document.read(ROOT / "examples/mentor-ka220.toml", Project)
    return document.write(project, Path("project.json"))


if __name__ == "__main__":
    listening = socket.socket(proto=socket.IPPROTO_TCP)  # said so that small answers are sent at once
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    print(listening.getsockname()[1], flush=True)
    served_app = application(Settings(sys.argv[2])) if sys.argv[1] == "ours" else bare()
    uvicorn.Server(uvicorn.Config(served_app, log_level="error")).run([listening])
