"""The options that the commands of the register share."""

import getpass
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from ka2budget.files import store_of

_F = TypeVar("_F", bound=Callable[..., Any])

DATE = click.DateTime(["%Y-%m-%d"])
REFERENCE = click.argument("reference")


def store_option(function: _F) -> _F:
    """Add the option that names the store."""
    return click.option(
        "--store",
        default=lambda: store_of(os.environ),
        metavar="PATH|URL",
        help="SQLite file, or URL of a PostgreSQL database; else KA2BUDGET_STORE, else a file of your own.",
    )(function)


def by_option(function: _F) -> _F:
    """Add the option that says who records."""
    return click.option(
        "--by", envvar="KA2BUDGET_BY", default=_login, metavar="NAME", help="Who records it; else your login."
    )(function)


def on_option(function: _F) -> _F:
    """Add the option that chooses the day to look at."""
    return click.option("--on", type=DATE, metavar="DATE", help="The day to look at, such as 2026-09-01; else today.")(
        function
    )


def _login() -> str:
    """Return the login of whoever runs this; the number of the user where the machine has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
