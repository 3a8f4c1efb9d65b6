"""What the server is told when it starts."""

from typing import NamedTuple


class Settings(NamedTuple):
    """How a server runs: where its grants and drafts are kept, and who may use it."""

    store: str
    """Path or URL of the store."""
    token: str | None = None
    """What a client has to know; None where only this machine is served."""
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    """Names by which the server may be called; a page of a stranger that points its own name at us is refused."""
    origins: tuple[str, ...] = ()
    """Origins of other sites whose scripts may call the API (CORS)."""
