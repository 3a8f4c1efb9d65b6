"""Mail servers that have to prove who they are, and reminders of which nobody knows whether they went out."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from conftest import Answer, Run
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ports import free_port
from project_office import MENTOR, Grant

from ka2budget.mail import NotTrusted, Post, Unanswered, post_of, send
from ka2budget.reminders import Letter
from ka2budget.reminding import claim_reminders, letters, send_letter
from ka2budget.store import Store
from ka2budget.store.outbox import alone, waiting

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
LETTER = Letter("0123", "anna@example.org", "A date of your Erasmus+ grant", "Late:\n")
AGREEMENT = 'contacts = ["anna@example.org", "ben@example.org"]\n'


class Box(Handler):
    """Counts what a mail server takes."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def handle_message(self, _message: object) -> None:
        self.taken += 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that it gave itself, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture(params=["smtp", "smtps"])
def server(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[Post, Box]]:
    """A mail server with that certificate, which offers encryption or begins with it."""
    context, box = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), Box()
    context.load_cert_chain(certificate)
    at_once = request.param == "smtps"
    controller = Controller(
        box, hostname="127.0.0.1", port=free_port(),
        **({"ssl_context": context} if at_once else {"tls_context": context, "require_starttls": True}),
    )  # fmt: skip
    controller.start()
    try:
        yield post_of(f"{request.param}://127.0.0.1:{controller.port}", "office@example.org"), box
    finally:
        controller.stop()


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(server: tuple[Post, Box]) -> None:
    post, box = server
    with pytest.raises(NotTrusted) as refused:
        send(post, LETTER, NOON, lambda: pytest.fail("it was handed over"))
    reason = "its certificate is not trusted: self-signed certificate"
    assert str(refused.value) == f"127.0.0.1:{post.port} did not take the message: {reason}"
    assert not refused.value.may_pass
    assert box.taken == 0


def test_a_server_whose_certificate_is_known_gets_the_message(
    server: tuple[Post, Box], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    post, box = server
    send(post, LETTER, NOON, lambda: None)
    assert box.taken == 1


# What nobody knows.


Cli = Callable[..., Answer]


@pytest.fixture
def cli(run: Run, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return lambda *args: run("grant", "reminders", *args, "--store", store_url)


@pytest.fixture
def broken_off(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with two messages that a mail server got whole and never answered."""
    agreement = tmp_path / "agreement.toml"
    agreement.write_text(AGREEMENT)
    Grant(store, MENTOR, "R1", agreement=agreement).lived(("signed", "2025-10-01"))
    claim_reminders(store, NOON.date(), NOON)

    def silent(post: Post, letter: Letter, _now: datetime, handing_over: Callable[[], None]) -> None:
        handing_over()
        raise Unanswered(post, letter.recipient)

    monkeypatch.setattr("ka2budget.reminding.send", silent)
    for letter, _ in letters(store, NOON.date(), NOON):
        with pytest.raises(Unanswered):
            send_letter(store, Post("mail.example.org", 25, "office@example.org"), letter, lambda: NOON)
    assert not waiting(store)
    return store


def messages(answer: Answer) -> dict[str, str]:
    """Return the messages of a list, by who was to get them."""
    rows = [line.split() for line in answer.out.splitlines()[2:]]
    return {row[3]: row[0] for row in rows}


@pytest.mark.usefixtures("store")
def test_where_all_is_known_there_is_nothing_to_say(cli: Cli) -> None:
    assert cli() == Answer(0, "There are no reminders that may not have gone out.\n", "")
    none = cli("0123", "--sent")
    assert (none.code, none.out) == (2, "")
    assert none.err == "There are no reminders that may not have gone out.\n"


def test_what_may_not_have_gone_out_is_listed(broken_off: Store, cli: Cli) -> None:
    answer = cli()
    assert answer.code == 0
    assert answer.out.split("\n")[0].split("  ")[0] == "Message"
    assert set(messages(answer)) == {"anna@example.org", "ben@example.org"}
    assert "2026-08-20 12:00" in answer.out
    assert not waiting(broken_off)
    assert '"reference": "R1"' in cli("--json").out


def test_one_message_went_out_and_the_other_goes_out_again(broken_off: Store, cli: Cli) -> None:
    known = messages(cli())
    assert cli(known["anna@example.org"], "--sent").out.endswith("reminders are noted as sent.\n")
    assert list(messages(cli())) == ["ben@example.org"]
    again = cli(known["ben@example.org"], "--again")
    assert again.out.endswith("reminders go out again with the next run of the flow 'reminders'.\n")
    assert cli().out == "There are no reminders that may not have gone out.\n"
    assert {one.recipient for found in waiting(broken_off).values() for one in found} == {"ben@example.org"}
    assert [letter.recipient for letter, _ in letters(broken_off, date(2026, 8, 21), NOON)] == ["ben@example.org"]


def test_all_at_once(broken_off: Store, cli: Cli) -> None:
    assert cli("--again").code == 0
    assert len(waiting(broken_off)) == 2
    assert '"settled": 0' in cli("--sent", "--json").out
    assert len(waiting(broken_off)) == 2


def test_what_cannot_be_said_is_refused_and_changes_nothing(broken_off: Store, cli: Cli) -> None:
    known = messages(cli())["anna@example.org"]
    for wrong in (["--sent", "--again"], [known], ["ffff", "--sent"], [known, "ffff", "--again"], ["", "--sent"]):
        answer = cli(*wrong)
        assert (answer.code, answer.out) == (2, ""), wrong
    assert known in cli("ffff", "--sent").err
    with alone(broken_off):
        assert "are being sent by another process" in cli("--sent").err
    assert len(messages(cli())) == 2
    assert not waiting(broken_off)


def test_the_list_is_in_the_language_asked_for(broken_off: Store, cli: Cli) -> None:
    with closing(broken_off):
        assert "Datum" in cli("--language", "de").out
