"""Means to break a piece of work at any of its steps; each try is a forked child, so that it costs milliseconds."""

import asyncio
import itertools
import json
import logging
import os
import resource
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, tzinfo
from email import message_from_bytes, policy
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar, NamedTuple, NoReturn

import psycopg
from aiosmtpd.smtp import SMTP, Envelope
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from ka2budget.errors import Refusal

ROOT = Path(__file__).parents[1]
STEPPED = ("flows", "ka2budget/store", "ka2budget/files.py", "ka2budget/mail.py", "ka2budget/reminding.py")
"""Where every line is a step."""
MOST_VISITS = 2
"""How often a line is a step; after that a loop brings nothing new."""
PATIENCE = 60
"""Seconds after which a try hangs."""

Work = Callable[[], object]


class Outcome(NamedTuple):
    """What became of a piece of work."""

    steps: int
    """How many steps it took; 0 where it was killed."""
    killed: bool
    refusal: str | None
    """The sentence it ended with, if it was refused."""
    broken: str | None
    """What went wrong otherwise: a traceback, an exit code, a child that hangs."""

    @property
    def done(self) -> bool:
        """Whether it came to its end."""
        return not self.killed and self.refusal is None and self.broken is None


class Trap:
    """Counts the steps of a process, and does something at one of them."""

    def __init__(self, at: int = 0, act: Callable[[], None] | None = None, *, lines: bool = True) -> None:
        self.count, self.at, self.act, self.lines = 0, at, act, lines
        self._visits: Counter[tuple[str, int]] = Counter()

    def step(self, *_: object, **__: object) -> None:
        """Take one step."""
        self.count += 1
        if self.count == self.at and self.act is not None:
            self.act()

    def set(self) -> None:
        """Make steps of all statements and commits; with lines, of all words to a mail server, files and lines too."""
        for moment in ("before_cursor_execute", "after_cursor_execute"):
            event.listen(Engine, moment, self.step)
        self._around(DefaultDialect, "do_commit")
        if self.lines:
            for name in ("send", "getreply"):
                self._around(smtplib.SMTP, name)
            for name in ("fsync", "replace"):
                self._around(os, name)
            folders = tuple(str(ROOT / name) for name in STEPPED)
            sys.settrace(lambda frame, *_: self._line if frame.f_code.co_filename.startswith(folders) else None)

    def _line(self, frame: FrameType, what: str, _: object) -> Any:  # noqa: ANN401 - as sys.settrace has it
        if what == "line" and not frame.f_code.co_name.startswith("<"):
            place = frame.f_code.co_filename, frame.f_lineno
            self._visits[place] += 1
            if self._visits[place] <= MOST_VISITS:
                self.step()
        return self._line

    def _around(self, owner: Any, name: str) -> None:  # noqa: ANN401 - a class or a module
        work = getattr(owner, name)

        @wraps(work)
        def stepped(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            self.step()
            result = work(*args, **kwargs)
            self.step()
            return result

        setattr(owner, name, stepped)


def lose_answer(at: int) -> list[int]:
    """Let the answer to one commit of this process be lost; return a list that is empty until then."""
    commit, count, lost = DefaultDialect.do_commit, itertools.count(1), []

    def answerless(dialect: DefaultDialect, connection: Any) -> None:  # noqa: ANN401 - of any driver
        commit(dialect, connection)
        if next(count) == at:
            lost.append(at)
            raise psycopg.OperationalError("the connection was lost")

    DefaultDialect.do_commit = answerless  # type: ignore[method-assign]
    return lost


def kill() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def small_files(limit: int, *, deadly: bool) -> None:
    """Let no file of this process grow beyond so many bytes: writing more fails, or kills in the middle of it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if deadly else signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


class Child:
    """A forked child that does a piece of work; it may stop at a step and let the other side do something."""

    def __init__(self, work: Work, trap: Trap | None = None) -> None:
        self._answers, answer = os.pipe()
        go, self._go = os.pipe()
        self._said, said = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            for theirs in (self._answers, self._go, self._said):
                os.close(theirs)
            if trap is not None and trap.act is None:
                trap.act = lambda: self._pause(answer, go)
            _live(work, trap, answer, said)
        for ours in (answer, go, said):
            os.close(ours)

    @staticmethod
    def _pause(answer: int, go: int) -> None:
        os.write(answer, b"!")
        os.read(go, 1)

    def wait(self, outside: Callable[[], object] = lambda: None) -> Outcome:
        """Return what became of it; ``outside`` is called once while it stands at its step."""
        told = b""
        old = signal.signal(signal.SIGALRM, lambda *_: os.kill(self.pid, signal.SIGKILL))
        signal.alarm(PATIENCE)
        while part := os.read(self._answers, 1 << 16):
            if part == b"!":
                outside()
                with suppress(BrokenPipeError):
                    os.write(self._go, b".")
            else:
                told += part
        os.waitpid(self.pid, 0)
        hung = signal.alarm(0) == 0
        signal.signal(signal.SIGALRM, old)
        said = b""
        while part := os.read(self._said, 1 << 16):
            said += part
        for one in (self._answers, self._go, self._said):
            os.close(one)
        if hung:
            return Outcome(0, killed=False, refusal=None, broken=f"hung for {PATIENCE} seconds")
        if not told:
            return Outcome(0, killed=True, refusal=None, broken=None)
        steps, refusal, broken = json.loads(told)
        text = said.decode(errors="replace")
        if broken is None and "Traceback" in text:
            broken = text
        if broken == "":
            refusal, broken = (text, None) if text.strip() else (None, "exit code 2 without a word")
        return Outcome(steps, killed=False, refusal=refusal, broken=broken)


def _live(work: Work, trap: Trap | None, answer: int, said: int) -> NoReturn:
    """Do the work in a child and tell what became of it."""
    signal.alarm(0)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    refusal = broken = None
    try:
        if trap is not None:
            trap.set()
        work()
    except Refusal as one:
        refusal = str(one)
    except SystemExit as end:
        broken = None if not end.code else "" if end.code == 2 else f"exit code {end.code}"  # "": see what was said
    except BaseException:  # noqa: BLE001 - whatever it is, it is told
        broken = traceback.format_exc()
    sys.settrace(None)
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(answer, json.dumps([0 if trap is None else trap.count, refusal, broken]).encode())
    os._exit(0)


def attempt(work: Work, trap: Trap | None = None, outside: Callable[[], object] = lambda: None) -> Outcome:
    """Do a piece of work in a child and return what became of it."""
    return Child(work, trap).wait(outside)


# Mail.


class Mail(NamedTuple):
    """A message that a server took."""

    recipient: str
    name: str
    """Its Message-ID."""
    text: str


class Server:
    """A mail server in a process of its own; what it took lies in a folder."""

    def __init__(self, live: Callable[[socket.socket, Path], None]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ka2budget-mail-"))
        listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = listener.getsockname()[1]
        self.pid = os.fork()
        if self.pid == 0:
            signal.alarm(0)
            try:
                live(listener, self.folder)
            finally:
                os._exit(1)
        listener.close()

    @property
    def url(self) -> str:
        """The URL by which it is reached."""
        return f"smtp://127.0.0.1:{self.port}"

    def took(self) -> list[Mail]:
        """Return the messages it took."""
        return [Mail(**json.loads(one.read_text())) for one in sorted(self.folder.glob("*.json"))]

    def settle(self) -> None:
        """Wait until it has done what came before."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as one:
            one.noop()
            one.noop()

    def forget(self) -> None:
        """Forget the messages it took."""
        for one in self.folder.glob("*.json"):
            one.unlink()

    def close(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.forget()
        self.folder.rmdir()


def keep(folder: Path, recipient: str, content: bytes) -> None:
    """Keep a message that was taken."""
    message = message_from_bytes(content, policy=policy.default)
    mail = Mail(recipient, str(message["Message-ID"]), message.get_content())
    (folder / f"{time.monotonic_ns():020}.json").write_text(json.dumps(mail._asdict()))


def true_server(listener: socket.socket, folder: Path) -> None:
    """Be a mail server that takes everything."""

    class Handler:
        async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802 - theirs
            keep(folder, envelope.rcpt_tos[0], envelope.original_content or b"")
            return "250 Taken"

    async def live() -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(Handler(), hostname="localhost"), sock=listener
        )
        await server.serve_forever()

    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it tells of clients that speak TLS to it
    asyncio.run(live())


class Grumpy:
    """A mail server that does something wrong once, at a stage of its first connection."""

    STAGES: ClassVar = ("banner", "EHLO", "STAR", "MAIL", "RCPT", "DATA", "body", "end", "QUIT")

    def __init__(self, stage: str, answer: str, *, keeps: bool = False) -> None:
        self.stage, self.answer, self.keeps = stage, answer, keeps
        self.wrong = True

    def __call__(self, listener: socket.socket, folder: Path) -> None:
        """Live as a server: one connection after the other."""
        while True:
            connection, _ = listener.accept()
            connection.settimeout(20)
            with connection, suppress(OSError):
                self._talk(connection, folder)
            self.wrong = False

    def _says(self, connection: socket.socket, stage: str, usual: str) -> bool:
        """Answer; return whether the talk goes on as usual."""
        if not self.wrong or stage != self.stage:
            connection.sendall(usual.encode() + b"\r\n")
            return True
        if self.answer == "silence":
            while connection.recv(1 << 16):
                pass
        if self.answer in {"silence", "close"}:
            raise ConnectionAbortedError
        connection.sendall(self.answer.encode() + b"\r\n")
        return False

    def _talk(self, connection: socket.socket, folder: Path) -> None:
        lines, recipient = connection.makefile("rb"), ""
        self._says(connection, "banner", "220 here")
        for line in lines:
            word = line[:4].decode(errors="replace").upper()
            encrypts = self.wrong and self.stage == "STAR"
            usual = {"EHLO": "250-here\r\n250 STARTTLS" if encrypts else "250 here", "DATA": "354 go on"}
            usual |= {"QUIT": "221 bye", "STAR": "220 go on"}
            fine = self._says(connection, word, usual.get(word, "250 fine"))
            if word == "RCPT":
                recipient = line.split(b"<")[1].split(b">")[0].decode()
            if word == "QUIT":
                return
            if word == "DATA" and fine:
                content = self._body(lines)
                if self.wrong and self.stage == "body":
                    return
                wrong_end = self.wrong and self.stage == "end"
                if not wrong_end or self.keeps:
                    keep(folder, recipient, content)
                self._says(connection, "end", "250 taken")

    def _body(self, lines: Iterable[bytes]) -> bytes:
        content = b""
        for line in lines:
            if line == b".\r\n" or (self.wrong and self.stage == "body"):
                break
            content += line.removeprefix(b".")
        return content


# The clock.


def clock(moment: datetime, zone: str) -> None:
    """Let it be a moment, and this process live in a time zone."""
    os.environ["TZ"] = zone
    time.tzset()

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return moment.astimezone().replace(tzinfo=None) if tz is None else moment.astimezone(tz)

    for name, module in list(sys.modules.items()):
        if name.startswith(("ka2budget", "flows")) and vars(module).get("datetime") is datetime:
            module.datetime = Stopped  # type: ignore[attr-defined]


# PostgreSQL.


def postgres_programs() -> Path | None:
    """Return the folder with the programs of PostgreSQL, if there is one."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name), default=None)


class Postgres:
    """A PostgreSQL server of its own, which can be taken away."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self._folder = tempfile.mkdtemp(prefix="ka2budget-pg-")
        self._user: dict[str, Any] = (
            {"user": "nobody", "group": "nogroup", "extra_groups": []} if not os.getuid() else {}
        )
        if self._user:
            os.chown(self._folder, *_ids("nobody"))
        self.data = f"{self._folder}/data"
        initdb = [programs / "initdb", "-D", self.data, "-U", "office", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=self._folder, **self._user)
        with closing(socket.create_server(("127.0.0.1", 0))) as one:
            self.port = one.getsockname()[1]
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.server = self._started()
        for _ in range(600):
            with suppress(psycopg.OperationalError), self._connected():
                return
            if self.server.poll() is not None:  # the last one has not quite gone
                self.server = self._started()
            time.sleep(0.05)
        raise TimeoutError("PostgreSQL does not start")

    def _started(self) -> subprocess.Popen[bytes]:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self._folder}
        settings |= {"fsync": "off", "shared_buffers": "16MB", "logging_collector": "off"}
        command = [self.programs / "postgres", "-D", self.data]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self._folder, **self._user
        )

    def stop(self, how: signal.Signals) -> None:
        """Stop it: SIGQUIT at once, SIGINT after ending all connections, SIGKILL as a power cut would."""
        self.server.send_signal(how)
        self.server.wait()

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop(signal.SIGINT)
        self.start()

    def terminate(self) -> None:
        """End all connections of others."""
        others = "pid <> pg_backend_pid() AND datname IS NOT NULL"
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")  # noqa: S608

    def ensure(self) -> None:
        """Start it where it does not run."""
        if self.server.poll() is not None:
            self.start()

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://office@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str) -> None:
        """Run statements, each alone."""
        with self._connected() as connection:
            for one in statements:
                connection.execute(one)

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        with closing(psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5)) as connection:
            yield connection

    def fresh(self, database: str, template: str | None = None) -> str:
        """Make a database anew, as a copy of another, and return its URL."""
        copied = f" TEMPLATE {template}" if template else ""
        self.run(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)", f"CREATE DATABASE {database}{copied}")
        return self.url(database)

    def close(self) -> None:
        """End it and remove its files."""
        if self.server.poll() is None:
            self.stop(signal.SIGQUIT)
        subprocess.run(["rm", "-rf", self._folder], check=True)  # noqa: S607 - any rm does


def _ids(user: str) -> tuple[int, int]:
    import pwd  # noqa: PLC0415 - not on Windows

    found = pwd.getpwnam(user)
    return found.pw_uid, found.pw_gid


# Several at once.


def together(works: Sequence[Work]) -> list[Outcome]:
    """Do several pieces of work at the same moment and return what became of each."""
    start = time.monotonic() + 0.03

    def at_once(work: Work) -> Work:
        def begin() -> None:
            time.sleep(max(0, start - time.monotonic()))
            work()

        return begin

    children = [Child(at_once(work)) for work in works]
    return [one.wait() for one in children]
