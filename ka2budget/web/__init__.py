"""The server: an HTTP API for other systems, and pages for people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from ka2budget import __version__
from ka2budget.web import api, pages, problems
from ka2budget.web.guard import Guard
from ka2budget.web.pages import budgets, grants, login, rules, start
from ka2budget.web.settings import Settings
from ka2budget.web.stores import Stores

__all__ = ["Settings", "application"]


def application(settings: Settings) -> FastAPI:
    """Return the application that a server runs; ``app.state.settings`` holds what it was told."""
    stores = Stores(settings.store)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        stores.close()

    app = FastAPI(
        title="ka2budget",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings, app.state.stores = settings, stores
    problems.install(app)
    api.describe(app)
    for router in api.ROUTERS:
        app.include_router(router, prefix="/api")
    app.mount("/static", pages.STATIC)
    for part in (pages, login, start, budgets, grants, rules):
        app.include_router(part.router)
    app.add_middleware(Guard, settings=settings)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=["ETag", "Content-Disposition"],
        )
    return app
