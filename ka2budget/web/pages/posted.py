"""What a form on a page sent: its entries by name, and the files put in."""

from typing import NamedTuple

from starlette.datastructures import UploadFile
from starlette.requests import Request

MOST_FIELDS = 50_000
"""Fields of the largest form: a matrix of 150 partners and 100 work packages has a third of them."""


class Sent(NamedTuple):
    """The content of a form."""

    entries: dict[str, str]
    """Of entries of the same name the last, so that a box can stand behind the value that it has when it is empty."""
    files: dict[str, tuple[str, bytes]]
    """Name and content of each file."""


async def sent(request: Request) -> Sent:
    """Return what the form of a request holds."""
    entries, files = {}, {}
    async with request.form(max_fields=MOST_FIELDS, max_files=1) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = (value.filename or "", await value.read())
            else:
                entries[name] = value
    return Sent(entries, files)
