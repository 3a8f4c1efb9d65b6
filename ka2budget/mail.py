"""How a message goes out by SMTP, so that a process killed at any moment neither loses it nor sends it twice."""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from ka2budget.errors import NotAllowed, Refusal
from ka2budget.reminders import Letter
from ka2budget.text import Phrase, phrase

_SECONDS = 30
_FINE, _GO_ON, _REFUSED = 2, 354, (4, 5)
_SEVEN_BITS = SMTP.clone(cte_type="7bit")
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class Post(NamedTuple):
    """A mail server, and who the messages are from."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    encrypted: bool = False
    """Whether the connection is encrypted from its first byte; else as soon as the server offers it."""

    def __repr__(self) -> str:
        return f"Post({self.host}:{self.port}, {self.sender})"


class NotSent(Refusal):
    """A mail server that did not take a message; the message waits."""

    may_pass = True

    def __init__(self, post: Post, reason: Phrase | str) -> None:
        super().__init__(
            "{host}:{port} did not take the message: {reason}", host=post.host, port=post.port, reason=reason
        )


class NotTrusted(NotSent):
    """A mail server that somebody else may stand in for; the message waits."""

    may_pass = False

    def __init__(self, post: Post, error: ssl.SSLCertVerificationError) -> None:
        super().__init__(post, phrase("its certificate is not trusted: {reason}", reason=error.verify_message))


class Unanswered(Refusal):
    """A mail server that got a message whole and did not answer; it may have taken it, so it is not sent again."""

    may_pass = False

    def __init__(self, post: Post, recipient: str) -> None:
        super().__init__(
            "{host}:{port} got the message to {recipient} and did not answer; it may not have gone out",
            host=post.host, port=post.port, recipient=recipient,
        )  # fmt: skip


def post_of(url: str, sender: str) -> Post:
    """Return the mail server of a URL such as ``smtp://user:password@mail.example.org:587`` or ``smtps://...``."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise NotAllowed("A mail server is named by a URL such as smtp://user:password@mail.example.org:587")
    encrypted = parts.scheme == "smtps"
    user, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
    return Post(parts.hostname, parts.port or (465 if encrypted else 587), sender, user, password, encrypted)


def send(post: Post, letter: Letter, now: datetime, handing_over: Callable[[], None]) -> None:
    """Send a message; ``handing_over`` is called when all of it is with the server but the end of it.

    Raises NotSent where the server did not take it, Unanswered where it broke off after that.
    """
    content = _message(post, letter, now).as_bytes().rstrip(b"\r\n")
    body = re.sub(rb"(?m)^\.", b"..", content)  # a lone point would end the message
    try:
        with _connected(post) as server:
            _begin(server, post, letter.recipient)
            server.send(body + b"\r\n")
            handing_over()
            _end(server, post, letter.recipient)
            with suppress(smtplib.SMTPException, OSError):  # whatever becomes of that, the server has the message
                server.putcmd("quit")
    except ssl.SSLCertVerificationError as error:
        raise NotTrusted(post, error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(post, _reason(error)) from error


def _message(post: Post, letter: Letter, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=_SEVEN_BITS)
    message["From"], message["To"], message["Subject"] = post.sender, letter.recipient, letter.subject
    message["Date"], message["Message-ID"] = format_datetime(now), f"<{letter.message}@ka2budget>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


@contextmanager
def _connected(post: Post) -> Iterator[smtplib.SMTP]:
    trusting = ssl.create_default_context()
    with closing(
        smtplib.SMTP_SSL(post.host, post.port, timeout=_SECONDS, context=trusting)
        if post.encrypted
        else smtplib.SMTP(post.host, post.port, timeout=_SECONDS)
    ) as server:
        server.ehlo_or_helo_if_needed()
        if not post.encrypted and server.has_extn("starttls"):
            server.starttls(context=trusting)
            server.ehlo()
        elif not post.encrypted and post.password is not None and post.host not in _LOCAL:
            raise NotSent(post, phrase("it offers no encryption, and the password is not sent without"))
        if post.user is not None:
            server.login(post.user, post.password or "")
        yield server


def _begin(server: smtplib.SMTP, post: Post, recipient: str) -> None:
    for code, said in (server.mail(post.sender), server.rcpt(recipient)):
        if code // 100 != _FINE:
            raise NotSent(post, f"{code} {said.decode(errors='replace')}")
    server.putcmd("data")
    code, said = server.getreply()
    if code != _GO_ON:
        raise NotSent(post, f"{code} {said.decode(errors='replace')}")


def _end(server: smtplib.SMTP, post: Post, recipient: str) -> None:
    try:
        server.send(b".\r\n")
        code, said = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise Unanswered(post, recipient) from error
    if code // 100 in _REFUSED:
        raise NotSent(post, f"{code} {said.decode(errors='replace')}")
    if code // 100 != _FINE:
        raise Unanswered(post, recipient)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    return str(error) or type(error).__name__
