"""The server: an HTTP API for other systems, and pages for people."""

from fastapi import FastAPI

from ka2budget import __version__
from ka2budget.web import pages
from ka2budget.web.pages import budgets, start
from ka2budget.web.settings import Settings

__all__ = ["Settings", "application"]


def application(settings: Settings) -> FastAPI:
    """Return the application that a server runs; ``app.state.settings`` holds what it was told."""
    app = FastAPI(
        title="ka2budget", version=__version__, openapi_url="/api/openapi.json", docs_url=None, redoc_url=None
    )
    app.state.settings = settings
    app.mount("/static", pages.STATIC)
    app.include_router(pages.router)
    app.include_router(start.router)
    app.include_router(budgets.router)
    return app
