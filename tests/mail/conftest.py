"""A mail server that says what it is told to, on loopback."""

import socket
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.config import Settings

ADDRESS = "127.0.0.1"


@dataclass
class Sink:
    """Takes mail, or refuses it: answers are set by recipient, for the text, and for signing in."""

    taken: list[Any] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    to_text: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.refuses.get(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.to_text:
            return self.to_text.pop(0)
        self.taken.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=default)))
        return "250 Taken"

    @property
    def mails(self):
        return [mail for _to, mail in self.taken]

    @property
    def texts(self):
        # The server asks for all of this at each connection, and hangs where that fails.
        bodies = [mail.get_body(("plain",)).get_content() for mail in self.mails]
        return [body.replace("\r\n", "\n").rstrip("\n") for body in bodies]

    @property
    def recipients(self):
        return sorted(address for to, _mail in self.taken for address in to)


def free_port():
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]


def start(sink, port, **options):
    controller = Controller(sink, hostname=ADDRESS, port=port, **options)
    controller.start()
    return controller


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def name_server(app, monkeypatch):
    """Have the environment name this mail server."""

    def name(url):
        settings = app.config["SETTINGS"]
        changed = Settings(secret_key=settings.secret_key, instance=settings.instance, smtp_url=url)
        monkeypatch.setitem(app.config, "SETTINGS", changed)

    return name


@pytest.fixture
def sink(port, name_server):
    """A mail server that is up, and named."""
    sink = Sink()
    controller = start(sink, port)
    name_server(f"smtp://{ADDRESS}:{port}")
    yield sink
    controller.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for loopback that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


class SignsIn:
    """Knows one account."""

    def __call__(self, server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"holdfast", b"hush hush"), handled=False)
