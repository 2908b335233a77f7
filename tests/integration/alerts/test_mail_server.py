"""The mail channel over TLS and with a sign-in, against a real server with a certificate of its own authority."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default as modern
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import hub.alerts
from hub import clock
from hub.alerts.channels import Refused, Unreached
from hub.alerts.channels.mail import MailChannel, MailServer
from hub.texts import Texts
from tests.servers import free_port
from tests.unit.alerts.test_mail import NOTICE, message_of

SENDER = "罠守 <wanamori@example.jp>"


@pytest.fixture(scope="module")
def texts() -> Texts:
    made = Texts(zone=ZoneInfo("Asia/Tokyo"), town="木更津市")
    made.add_folder("alerts", Path(hub.alerts.__file__).parent / "templates")
    return made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Server:
    """A mail server that wants TLS and a sign-in."""

    def __init__(self, certificate: Path, tls: str) -> None:
        self.port, self.mails, self.connections = free_port(), [], 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        how = {"tls_context": context, "require_starttls": True} if tls == "starttls" else {"ssl_context": context}
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ready_timeout=30,
            authenticator=self.signs_in,
            auth_required=tls == "starttls",  # it does not know that an SSL socket is as good
            auth_require_tls=tls == "starttls",
            **how,
        )

    def signs_in(self, server, session, envelope, mechanism, data):
        return AuthResult(success=data.login == b"hub" and data.password == b"right", handled=False)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # aiosmtpd calls it so
        self.mails.append(message_from_bytes(envelope.content, policy=modern))
        return "250 OK"

    def __enter__(self) -> "Server":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


@pytest.fixture(params=["starttls", "tls"])
def server(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[Server, MailServer]]:
    with Server(certificate, request.param) as running:
        yield running, MailServer("127.0.0.1", running.port, SENDER, "hub", "right", request.param)


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    """The machine trusts the server's authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.usefixtures("trusting")
def test_a_mail_goes_out_over_tls_with_a_sign_in(server, texts):
    running, account = server
    session = MailChannel(account, texts).open_session()
    session.send(message_of(NOTICE))
    session.send(message_of(NOTICE, key="key-13"))
    session.close()
    session.close()
    session.send(message_of(NOTICE, key="key-14"))
    session.close()
    assert [str(mail["Subject"]) for mail in running.mails] == ["罠が作動：矢那 3号"] * 3


@pytest.mark.usefixtures("trusting")
def test_a_wrong_password_is_ours_to_mend(server, texts):
    running, account = server
    session = MailChannel(replace(account, password="wrong"), texts).open_session()
    with pytest.raises(Unreached, match="535"):
        session.send(message_of(NOTICE))
    assert running.mails == []


def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(server, texts):
    running, account = server
    session = MailChannel(account, texts).open_session()
    with pytest.raises(Unreached, match="certificate"):
        session.send(message_of(NOTICE))
    assert running.mails == []


@pytest.mark.usefixtures("trusting")
def test_an_address_that_no_server_takes_is_refused_for_good(server, texts):
    _, account = server
    session = MailChannel(account, texts).open_session()
    with pytest.raises(Refused):
        session.send(message_of(replace(NOTICE, email="佐藤@example.jp")))
    session.close()


def test_a_server_that_cannot_be_found_may_be_there_later(texts):
    session = MailChannel(MailServer("127.0.0.1", free_port(), SENDER), texts).open_session()
    with pytest.raises(Unreached, match="refused"):
        session.send(message_of(NOTICE))
