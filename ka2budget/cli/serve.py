"""The command that serves pages and the HTTP API."""

import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ka2budget.cli.answer import language_option, tell
from ka2budget.cli.commands import command
from ka2budget.cli.grant.options import store_option
from ka2budget.errors import NotAllowed, system_reason
from ka2budget.package import read_bounded

if TYPE_CHECKING:
    from ka2budget.web import Settings

SHORTEST_TOKEN = 16
_MOST_BYTES = 10_000
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - named so that it is refused without a token


@command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0 for a free one.")
@click.option("--token", envvar="KA2BUDGET_TOKEN", metavar="TEXT", help="What clients have to know.")
@click.option("--token-file", type=click.Path(path_type=Path), help="File that holds the token.")
@click.option("--name", "names", multiple=True, metavar="HOST", help="Name the server is called by; once for each.")
@click.option("--origin", "origins", multiple=True, metavar="URL", help="Site whose scripts may call the API (CORS).")
@store_option
@language_option
def serve(
    host: str,
    port: int,
    token: str | None,
    token_file: Path | None,
    names: tuple[str, ...],
    origins: tuple[str, ...],
    store: str,
) -> None:
    """Serve web pages and the HTTP API, to this machine alone unless told otherwise.

    An address that other machines reach needs a token, and the name by which they call it.
    """
    try:
        import uvicorn

        from ka2budget.web import application
    except ImportError as error:
        raise NotAllowed('The server needs more packages: pip install "ka2budget[web]"') from error
    settings = _settings(host, _token(token, token_file), names, origins, store)
    listening = _listening(host, port)
    address, number = listening.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    tell("Pages: http://{address}:{port}/  API: http://{address}:{port}/api/openapi.json", address=shown, port=number)
    tell("Ctrl+C ends it.")
    config = uvicorn.Config(application(settings), log_level="warning", server_header=False, timeout_keep_alive=10)
    uvicorn.Server(config).run([listening])


def _settings(host: str, token: str | None, names: tuple[str, ...], origins: tuple[str, ...], store: str) -> "Settings":
    from ka2budget.web import Settings

    if token is None and not _is_loopback(host):
        raise NotAllowed(
            "{host} can be reached from other machines, which needs a token: --token-file FILE, or KA2BUDGET_TOKEN",
            host=host,
        )
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise NotAllowed("The token has {count} characters; it needs {least}", count=len(token), least=SHORTEST_TOKEN)
    if host in _EVERYWHERE and not names:
        raise NotAllowed("Say with --name by which name or address other machines call the server")
    known = dict.fromkeys((*Settings._field_defaults["hosts"], host.lower(), *map(str.lower, names)))
    return Settings(store, token, tuple(known), origins)


def _token(token: str | None, file: Path | None) -> str | None:
    if file is None:
        return token
    said = read_bounded(file, _MOST_BYTES).decode(errors="replace").strip()
    if not said:
        raise NotAllowed("{file}: error: holds no token", file=file)
    return said


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket on an address; raise NotAllowed where it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        if os.name == "posix":  # elsewhere it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        raise NotAllowed(
            "Nobody can listen on {host}, port {port}: {reason}", host=host, port=port, reason=system_reason(error)
        ) from None
    return listening
