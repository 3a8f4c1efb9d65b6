"""The store of a server, opened when somebody first asks for it: an API that only calculates needs none."""

from threading import Lock

from starlette.requests import Request

from ka2budget.store import Store


class Stores:
    """Gives the one store of an application to all its requests."""

    def __init__(self, url: str) -> None:
        self._url, self._lock = url, Lock()
        self._store: Store | None = None

    def open(self) -> Store:
        """Return the store, made anew where there is none yet; raise Unreachable or Outdated."""
        with self._lock:
            if self._store is None:
                self._store = Store.open(self._url)
            return self._store

    def close(self) -> None:
        """Give back all connections."""
        with self._lock:
            if self._store is not None:
                self._store.close()
            self._store = None


def store_of(request: Request) -> Store:
    """Return the store of the application that answers a request; raise Unreachable or Outdated."""
    stores: Stores = request.app.state.stores
    return stores.open()
