"""What stands before every request: bounds, the name of the server, foreign sites, the token, headers for browsers."""

import asyncio
import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ka2budget.web.problems import Refused, answer, failed
from ka2budget.web.settings import Settings

MOST_BYTES = 45_000_000
"""Of a body: two workbooks and an agreement, each within the bounds of a file."""
SECONDS = 60
"""In which a body has to have arrived."""
SESSION = "ka2budget_session"
"""Name of the cookie of who has shown the token on a page."""

_SAFE = {"GET", "HEAD", "OPTIONS"}
_OPEN = ("/static/", "/login", "/language")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """The application behind its bounds; a request that is refused never reaches it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, answering = Request(scope), _Answering(send)
        body = _Body(receive, Headers(scope=scope))
        try:
            self._demand_allowed(request)
            body.demand_small()
        except Refused as refusal:
            to_login = refusal.status == 401 and not request.url.path.startswith("/api")  # noqa: PLR2004
            refused = RedirectResponse("/login", 303) if to_login else answer(request, refusal)
            if refusal.status == 401 and not to_login:  # noqa: PLR2004
                refused.headers["WWW-Authenticate"] = "Bearer"
            await refused(scope, receive, answering)
            return
        try:
            await self.app(scope, body, answering)
        except Exception as error:  # noqa: BLE001 - what is left is ours to answer for, in a problem
            answered = failed(request, error)
            if not answering.has_begun:
                await answered(scope, receive, answering)

    def _demand_allowed(self, request: Request) -> None:
        """Raise Refused for a wrong name, a foreign site or a missing token."""
        settings = self.settings
        name = _host(request.headers.get("host", ""))
        if "*" not in settings.hosts and name not in settings.hosts:
            raise Refused(421, "{name!r} is not a name of this server", name=name)
        token = _bearer(request.headers.get("authorization", ""))
        if token is not None and is_token(token, settings):
            return
        if request.method not in _SAFE and _is_foreign(request, settings):
            raise Refused(403, "A page of another site may not change anything here")
        if settings.token is None or request.url.path.startswith(_OPEN):
            return
        if token is not None or not is_session(request.cookies.get(SESSION, ""), settings):
            raise Refused(401, "The request needs the token of the server: Authorization: Bearer TOKEN")


class _Body:
    """What a client sends, within bounds of size and time."""

    def __init__(self, receive: Receive, headers: Headers) -> None:
        self._receive, self._declared = receive, headers.get("content-length", "")
        self._size, self._until, self._is_whole = 0, asyncio.get_running_loop().time() + SECONDS, False

    def demand_small(self) -> None:
        """Raise Refused where more is announced than is taken."""
        if self._declared.isdecimal() and int(self._declared[:20]) > MOST_BYTES:
            raise _too_large()

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise Refused(408, "The body did not arrive within {seconds} seconds", seconds=SECONDS) from None
        self._size += len(message.get("body", b""))
        if self._size > MOST_BYTES:
            raise _too_large()
        self._is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message


def _too_large() -> Refused:
    return Refused(413, "A request has at most {most} MB", most=MOST_BYTES // 1_000_000)


def is_token(given: str, settings: Settings) -> bool:
    """Return whether somebody knows the token; the answer takes the same time for every wrong one."""
    return settings.token is not None and hmac.compare_digest(given.encode(), settings.token.encode())


def session_of(settings: Settings) -> str:
    """Return what the cookie of somebody holds who has shown the token; another token makes it worthless."""
    return hmac.new((settings.token or "").encode(), b"ka2budget session", hashlib.sha256).hexdigest()


def is_session(given: str, settings: Settings) -> bool:
    """Return whether a cookie is that of somebody who has shown the token."""
    return settings.token is not None and hmac.compare_digest(given.encode(), session_of(settings).encode())


def _bearer(header: str) -> str | None:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _host(header: str) -> str:
    """Return the name in a Host header, without its port."""
    name, _, port = header.rpartition(":")
    return (name if port.isdecimal() and name else header).lower()


def _is_foreign(request: Request, settings: Settings) -> bool:
    """Return whether a browser says that a page of another site sends this."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    return origin not in settings.origins and urlsplit(origin).netloc != request.headers.get("host")


class _Answering:
    """What is sent, with the headers that keep browsers from harm."""

    def __init__(self, send: Send) -> None:
        self._send, self.has_begun = send, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)
