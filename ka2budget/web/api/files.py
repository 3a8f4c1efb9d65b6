"""The files that come with a request: project, report and agreement, each as JSON, TOML or an Excel form."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from ka2budget import document, steps
from ka2budget.agreement import Agreement
from ka2budget.errors import Refusal, Several
from ka2budget.project import Project
from ka2budget.registry import kept
from ka2budget.report import Report
from ka2budget.store import Document
from ka2budget.web.problems import Refused

_T = TypeVar("_T")

JSON, TOML, XLSX = (
    "application/json",
    "application/toml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
ENDINGS = {JSON: ".json", TOML: ".toml", XLSX: ".xlsx"}
"""The media types of files and the ending that says the same."""
MULTIPART = "multipart/form-data"
SMALL_BYTES = 20_000
"""Of JSON: a project of a dozen partners, checked in a millisecond."""
SECONDS = 30
"""In which an answer has to be worked out."""


class File(NamedTuple):
    """One file of a request."""

    path: Path
    """Its name, by which errors name it and whose ending says what it is."""
    content: bytes

    @property
    def as_document(self) -> Document:
        """The file as the store keeps it."""
        return kept(self.content, self.path.name)

    def project(self) -> Project:
        """Return the project it holds; raise Unreadable with every problem."""
        return steps.project_of(self._small, self.path)

    def report(self) -> Report:
        """Return the report it holds; raise Unreadable with every problem."""
        return document.read_bytes(self._small, self.path, Report)

    def agreement(self) -> Agreement:
        """Return the agreement it holds; raise Unreadable with every problem."""
        return document.read_bytes(self._small, self.path, Agreement)

    @property
    def _small(self) -> bytes:
        if self.path.suffix != ".xlsx" and len(self.content) > document.MOST_BYTES:
            most = document.MOST_BYTES // 1_000_000
            raise Refused(413, "{file} has more than {most} MB; that is no budget", file=self.path, most=most)
        return self.content


class Files(NamedTuple):
    """The files of a request by the names of their parts."""

    of: dict[str, File]
    fields: dict[str, str]
    """What a multipart request says beside its files."""

    def project(self) -> Project:
        """Return the project; raise Refused where there is none, Unreadable with every problem."""
        return self.need("project").project()

    def agreement(self) -> Agreement | None:
        """Return the agreement, if there is one; raise Unreadable with every problem."""
        return self.of["agreement"].agreement() if "agreement" in self.of else None

    def need(self, name: str) -> File:
        """Return a file; raise Refused where it is missing."""
        if name not in self.of:
            raise Refused(
                422, "The request has no part {name!r}; send it as {kind} with one part for each file",
                name=name, kind=MULTIPART,
            )  # fmt: skip
        return self.of[name]

    @property
    def are_small(self) -> bool:
        """Whether what they hold is read and checked in less time than passing it to another thread is worth."""
        small = sum(len(one.content) for one in self.of.values()) <= SMALL_BYTES
        return small and all(one.path.suffix == ".json" for one in self.of.values())


def both(*reads: Callable[[], Any]) -> list[Any]:
    """Return what several files hold; raise Refusal with every problem of all of them."""
    found, refusals = [], []
    for read in reads:
        try:
            found.append(read())
        except Refused:
            raise
        except Refusal as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0] if len(refusals) == 1 else Several(refusals)
    return found


async def files_of(request: Request, *names: str) -> Files:
    """Return the files of a request: the body is the project, or a multipart body has one part for each.

    Raises Refused for a media type that is not read, and for a part that is none of ``names``.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ENDINGS:
        return Files({names[0]: File(Path(f"{names[0]}{ENDINGS[kind]}"), await request.body())}, {})
    if kind != MULTIPART:
        raise Refused(
            415, "The body is {kind!r}; it may be {known}", kind=kind, known=(*ENDINGS, MULTIPART)
        )  # fmt: skip
    return await _parts(request, names)


async def _parts(request: Request, names: tuple[str, ...]) -> Files:
    found: dict[str, File] = {}
    fields: dict[str, str] = {}
    try:
        async with request.form(max_files=10, max_fields=1_000) as form:
            for name, part in form.multi_items():
                if isinstance(part, str):
                    fields[name] = part
                elif name in names and name not in found:
                    found[name] = File(_named(name, part), await part.read())
                else:
                    raise Refused(
                        422, "{name!r} is not a part of this request; its parts are {known}", name=name, known=names
                    )
    except MultiPartException as error:
        raise Refused(
            400, "The body is not well-formed {kind}: {reason}", kind=MULTIPART, reason=error.message
        ) from None
    return Files(found, fields)


def _named(part: str, file: UploadFile) -> Path:
    """Return the name of an uploaded file: its own where its ending says what it is, else by its media type."""
    own = Path((file.filename or "").replace("\\", "/")).name
    kind = (file.content_type or "").partition(";")[0].strip().lower()
    if Path(own).suffix.lower() in ENDINGS.values() or kind not in ENDINGS:
        return Path(own or part)
    return Path(f"{Path(own).stem or part}{ENDINGS[kind]}")


async def work(function: Callable[..., _T], *arguments: Any) -> _T:  # noqa: ANN401 - those of the function
    """Return what a function works out, beside other requests; raise Refused where that takes too long."""
    try:
        async with asyncio.timeout(SECONDS):
            return await run_in_threadpool(function, *arguments)
    except TimeoutError:
        raise Refused(503, "The answer took longer than {seconds} seconds", seconds=SECONDS) from None
