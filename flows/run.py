"""How the flows run: as tasks inside a run, as plain functions without one, and quietly on the command line."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, ParamSpec, TextIO, TypeVar

import click
from prefect import Flow, Task, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, PREFECT_HOME, temporary_settings

from ka2budget.document import finding_lines
from ka2budget.errors import NoOutput, Refusal, system_reason
from ka2budget.finding import Finding
from ka2budget.language import language_of_environment
from ka2budget.model import Model
from ka2budget.text import LANGUAGES, message, say

_P = ParamSpec("_P")
_R = TypeVar("_R")
_Command = TypeVar("_Command", bound=Callable[..., Any])

DELAYS = [1.0, 4.0]
"""Seconds before each further try; a share on the network that went away is mostly back by then."""

LOG_FILE = "ka2budget-flows.log"
"""What Prefect and its server said during the last run on the command line, in the folder of Prefect."""

LASTING = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
"""Faults of the outside that are still there a few seconds later."""


def in_a_run() -> bool:
    """Return whether a flow is running, so that there is a server to tell things to."""
    return FlowRunContext.get() is not None


def call(work: Task[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Return what a task returns: run by Prefect where a flow is running, else as the plain function it is."""
    return work(*args, **kwargs) if in_a_run() else work.fn(*args, **kwargs)


def log(line: str) -> None:
    """Add a line to the log of the run, where there is one."""
    if in_a_run():
        get_run_logger().info(line)


def may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Return whether a failed task is worth another try: a fault of the disk may pass, a wrong file stays wrong."""
    fault: object = state.data
    if isinstance(fault, Refusal):  # a refusal keeps the fault that led to it
        if fault.may_pass is not None:
            return fault.may_pass
        fault = fault.__cause__ or fault.__context__
    return isinstance(fault, OSError) and not isinstance(fault, LASTING)


def outside(name: str) -> Callable[[Callable[_P, _R]], Task[_P, _R]]:
    """Return the decorator of a task that reads or writes: what may pass is tried again."""
    return task(
        name=name, retries=len(DELAYS), retry_delay_seconds=DELAYS, retry_condition_fn=may_pass, cache_policy=NO_CACHE
    )


def inside(name: str) -> Callable[[Callable[_P, _R]], Task[_P, _R]]:
    """Return the decorator of a task that takes values and returns values."""
    return task(name=name, cache_policy=NO_CACHE)  # to tell whether a result is known takes longer than the work


class Stopped(NamedTuple):
    """What stopped a flow: findings about a file, what the file holds, and the language they are told in."""

    file: str
    content: Model
    findings: tuple[Finding, ...]
    language: str

    def lines(self) -> list[str]:
        """Return one ``file:place: severity: message [code; source]`` per finding."""
        return list(finding_lines(self.file, self.content, self.findings, self.language))


def annex_options(command: _Command) -> _Command:
    """Add the options that all flows which write an annex have."""
    for option in (
        click.option("--agreement", type=click.Path(), help="File with what the signed agreement says."),
        click.option("--today", metavar="DATE", help="Day the file is made on, such as 2026-09-01; else today."),
        click.option("--language", help="Language of all that is told, such as de; else the project's, else en."),
        click.option("-o", "--out", type=click.Path(), required=True, help="Workbook to write (.xlsx)."),
    ):
        command = option(command)
    return command


def answer(
    flow: Flow[..., dict[str, Any]], parameters: Mapping[str, Any], stopped: Callable[[Refusal], Stopped | None]
) -> NoReturn:
    """Run a flow for somebody at a terminal, print its result, and end with the exit code.

    0: written; 1: findings forbid it; 2: a file cannot be read or written, or the request is impossible. ``stopped``
    returns the findings a refusal stands for. What Prefect and its server say goes to a file in Prefect's folder.
    """
    # Python ends without a farewell on this signal, and the embedded server would stay behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    asked = parameters["language"]
    language = asked if asked in LANGUAGES else language_of_environment(os.environ)
    with _quiet(PREFECT_HOME.value() / LOG_FILE, language) as (out, err):
        try:
            code = _run(flow, parameters, stopped, out, err, language)
            out.flush()
        except BrokenPipeError:  # the reader of a pipe had enough
            code = 0
        except OSError as error:
            print(NoOutput(error).say(language), file=err)
            code = 2
    sys.exit(code)


def _run(
    flow: Flow[..., dict[str, Any]],
    parameters: Mapping[str, Any],
    stopped: Callable[[Refusal], Stopped | None],
    out: TextIO,
    err: TextIO,
    language: str,
) -> int:
    # The heartbeat costs a second at the end of each flow; only a server that outlives the run can miss it.
    updates = {} if PREFECT_API_URL.value() else {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    try:
        with temporary_settings(updates):
            result = flow(**parameters)
    except Refusal as refusal:
        if (found := stopped(refusal)) is None:
            print(refusal.say(language), file=err)
            return 2
        print(*found.lines(), sep="\n", file=err)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as fault:  # noqa: BLE001 - whatever Prefect or the network raise: one sentence, the rest in the log
        traceback.print_exc()
        reason = (str(fault) or type(fault).__name__).splitlines()[0]
        more = PREFECT_HOME.value() / LOG_FILE
        template = message("{flow}: error: {reason}; more in {file}")
        print(say(template, language, flow=flow.name, reason=reason, file=more), file=err)
        return 2
    for name, value in result.items():
        if value is not None:
            print(f"{name}: {value}", file=out)
    return 0


@contextmanager
def _quiet(log_file: Path, language: str) -> Iterator[tuple[TextIO, TextIO]]:
    """Give the screen to us alone: the process and its children write to a log file from here to their end."""
    try:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        log_descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    except OSError as error:
        # Without a folder to write in, the embedded server would be started again and again.
        template = message("{file}: error: cannot be written: {reason}; PREFECT_HOME can name another folder")
        click.echo(say(template, language, file=log_file, reason=system_reason(error)), err=True)
        sys.exit(2)
    screen = []
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        screen.append(os.fdopen(os.dup(stream.fileno()), "w", encoding=stream.encoding, errors=stream.errors))
        os.dup2(log_descriptor, stream.fileno())
    out, err = screen
    try:
        yield out, err
    finally:
        for stream in screen:
            with suppress(OSError):
                stream.close()
