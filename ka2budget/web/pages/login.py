"""The page where somebody shows the token of the server, once for each browser."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ka2budget.web.guard import SESSION, is_token, session_of
from ka2budget.web.pages import page
from ka2budget.web.settings import Settings
from ka2budget.web.speaking import YEAR

router = APIRouter(include_in_schema=False)


@router.get("/login")
async def ask(request: Request) -> Response:
    """Ask for the token; a server without one sends everybody on."""
    return page(request, "login.html", is_wrong=False) if _settings(request).token else RedirectResponse("/", 303)


@router.post("/login")
async def show(request: Request, token: Annotated[str, Form()] = "") -> Response:
    """Let in who knows the token; its browser keeps a mark that only this token makes valid."""
    settings = _settings(request)
    if settings.token is None:
        return RedirectResponse("/", 303)
    if not is_token(token.strip(), settings):
        return page(request, "login.html", 401, is_wrong=True)
    answer = RedirectResponse("/", 303)
    secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    answer.set_cookie(SESSION, session_of(settings), YEAR, httponly=True, samesite="strict", secure=secure)
    return answer


@router.post("/logout")
async def leave() -> Response:
    """Forget who has shown the token."""
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SESSION)
    return answer


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings
