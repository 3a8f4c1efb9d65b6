"""The store of a server, opened when it is first needed."""

from threading import Lock

from starlette.requests import Request

from ka2budget.store import Store

_ONE = Lock()


def store_of(request: Request) -> Store:
    """Return the store that the server was told of; raise Refusal where it cannot be opened."""
    state = request.app.state
    with _ONE:
        if not hasattr(state, "store"):
            state.store = Store.open(state.settings.store)
    store: Store = state.store
    return store
