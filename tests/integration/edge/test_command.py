"""The command as its user meets it: one line for what they can mend, never a traceback."""

import http.server
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.config import load_config, load_credentials
from simulators.sensors.onewire import OneWireFolder
from tests.integration.edge.parts import TinyHub, make_certificate
from tests.servers import free_port, wait_until

ANSWER = {
    "agent": "ag-12345678",
    "mqtt": {
        "host": "127.0.0.1",
        "port": 1883,
        "tls": False,
        "username": "ag-12345678",
        "password": "hush",
        "ca": None,
    },
    "command_key": "a2V5",
}


def edge(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge", *map(str, words)]
    root = str(Path(__file__).parents[3])
    env = os.environ | {"PYTHONPATH": root, "GPIOZERO_PIN_FACTORY": "mock"}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)


def complains(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refusal."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("wanamori-edge")
    return done.stderr


class EnrolDesk(http.server.BaseHTTPRequestHandler):
    """Answers as the hub's enrolment does."""

    status, body, headers_too, asked = 200, b"", {}, None

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        type(self).asked = (self.path, json.loads(self.rfile.read(length)))
        self.send_response(self.status)
        for name, value in self.headers_too.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def desk() -> Iterator[type[EnrolDesk]]:
    handler = type("Desk", (EnrolDesk,), {"body": json.dumps(ANSWER).encode()})
    yield from serve(handler, None)


def serve(handler: type[EnrolDesk], context: ssl.SSLContext | None) -> Iterator[type[EnrolDesk]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    scheme = "http"
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    handler.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def tls_desk(tmp_path) -> Iterator[type[EnrolDesk]]:
    """The same behind TLS; its authority is `desk.ca`."""
    pem = make_certificate(tmp_path / "desk.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    for handler in serve(type("Desk", (EnrolDesk,), {"body": json.dumps(ANSWER).encode(), "ca": pem}), context):
        handler.url = handler.url.replace("127.0.0.1", "localhost")
        yield handler


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["enrol", "--help"], ["check", "--help"]])
def test_help_everywhere(words) -> None:
    done = edge(*words)
    assert done.returncode == 0
    assert "usage: wanamori-edge" in done.stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "COMMAND"),
        (["fly"], "fly"),
        (["run"], "--config"),
        (["run", "--config", "/does/not/exist.toml"], "there is no configuration at /does/not/exist.toml"),
        (["run", "--config", "/"], "cannot be read"),
        (["enrol", "--hub", "hub.example.jp", "--code", "x"], "not the address of a hub"),
        (["enrol", "--hub", "http://hub.example.jp:port", "--code", "x"], "not the address of a hub"),
        (["enrol", "--hub", "http://192.0.2.1", "--code", "x"], "use https"),
        (["enrol", "--hub", "http://127.0.0.1:1", "--code", "x"], "cannot be reached"),
        (
            ["enrol", "--hub", "https://127.0.0.1:1", "--code", "x", "--ca", "/does/not/exist.pem"],
            "no file of certificates",
        ),
    ],
)
def test_what_the_user_can_mend_is_one_line(words, why, tmp_path) -> None:
    assert why in complains(edge(*words, cwd=tmp_path))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"[[traps]\n", "is not TOML"),
        (b"\xff\xfe", "cannot be read"),
        (b'heart = "beat"\n', "heart: Extra inputs are not permitted"),
        (b'[[traps]]\ndevice = "trap-1"\npin = []\n', "traps.0.pin"),
        (b'[[traps]]\ndevice = "trap-1"\npin = 17\n', "this agent is not enrolled"),
    ],
)
def test_a_configuration_that_cannot_be_used(tmp_path, text, why) -> None:
    (tmp_path / "edge.toml").write_bytes(text)
    assert why in complains(edge("run", "--config", tmp_path / "edge.toml"))


@pytest.mark.parametrize(
    "text", ["", "{}", '{"agent": "ag-1", "mqtt": {"host": "h", "port": 99999, "username": "u", "password": "hush"}}']
)
def test_credentials_that_cannot_be_used_are_refused_and_never_shown(tmp_path, text) -> None:
    (tmp_path / "edge.toml").write_text('data = "data"\n')
    (tmp_path / "credentials.json").write_text(text)
    line = complains(edge("run", "--config", tmp_path / "edge.toml"))
    assert "enrol again" in line
    assert "hush" not in line


def test_a_folder_that_cannot_be_made(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "edge.toml").write_text('data = "file/below"\n')
    (tmp_path / "credentials.json").write_text(json.dumps(ANSWER))
    assert "cannot be used" in complains(edge("run", "--config", tmp_path / "edge.toml"))


def test_enrolling_writes_credentials_for_their_owner_alone(tmp_path, desk) -> None:
    (tmp_path / "edge.toml").write_text('credentials = "secret/credentials.json"\n')
    done = edge("enrol", "--hub", f"{desk.url}/", "--code", " 7KQ2-M9XT ", "--config", tmp_path / "edge.toml")
    assert done.returncode == 0, done.stderr
    assert desk.asked == ("/api/v1/enrol", {"code": "7KQ2-M9XT"})
    written = tmp_path / "secret" / "credentials.json"
    assert str(written) in done.stdout
    assert "hush" not in done.stdout + done.stderr
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    kept = json.loads(written.read_text())
    assert (kept["agent"], kept["mqtt"]["password"], kept["command_key"]) == ("ag-12345678", "hush", "a2V5")
    assert list(written.parent.iterdir()) == [written]


def test_enrolling_with_a_configuration_writes_where_the_service_can_read_it(tmp_path, desk) -> None:
    (tmp_path / "edge.toml").write_text('data = "data"\n')
    assert edge("enrol", "--hub", desk.url, "--code", "x", "--config", tmp_path / "edge.toml").returncode == 0
    assert load_config(tmp_path / "edge.toml").credentials == tmp_path / "data" / "credentials.json"
    assert load_credentials(tmp_path / "data" / "credentials.json").agent == "ag-12345678"


def test_enrolling_without_a_configuration_writes_here(tmp_path, desk) -> None:
    assert edge("enrol", "--hub", desk.url, "--code", "x", cwd=tmp_path).returncode == 0
    assert (tmp_path / "credentials.json").exists()
    (tmp_path / "edge.toml").write_text('data = "data"\n')
    assert load_config(tmp_path / "edge.toml").credentials == tmp_path / "credentials.json"


@pytest.mark.parametrize(
    ("status", "body", "headers", "why"),
    [
        (404, {"title": "Not found", "detail": "There is no such code."}, {}, "There is no such code."),
        (409, {"title": "Used"}, {}, "Used"),
        (422, "no problem", {}, "does not take this code"),
        (429, {}, {"Retry-After": "60"}, "wait 60 s"),
        (503, {"detail": "The broker does not answer."}, {}, "The broker does not answer."),
        (200, {"hello": "world"}, {}, "not as a hub does"),
        (200, "<html>", {}, "not as a hub does"),
        (200, ANSWER | {"agent": "../../etc"}, {}, "not as a hub does"),
    ],
)
def test_a_hub_that_refuses_says_why_and_nothing_is_written(tmp_path, desk, status, body, headers, why) -> None:
    desk.status, desk.headers_too = status, headers
    desk.body = (body if isinstance(body, str) else json.dumps(body)).encode()
    assert why in complains(edge("enrol", "--hub", desk.url, "--code", "x", cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_code_is_not_spent_when_its_answer_could_not_be_kept(tmp_path, desk) -> None:
    (tmp_path / "file").write_text("")
    line = complains(edge("enrol", "--hub", desk.url, "--code", "x", "--credentials", tmp_path / "file" / "c.json"))
    assert "could not be written" in line
    assert desk.asked is None


def test_a_hub_is_trusted_only_by_its_authority(tmp_path, tls_desk) -> None:
    target = tmp_path / "c.json"
    line = complains(edge("enrol", "--hub", tls_desk.url, "--code", "x", "--credentials", target))
    assert "not trusted" in line
    assert tls_desk.asked is None
    done = edge("enrol", "--hub", tls_desk.url, "--code", "x", "--credentials", target, "--ca", tls_desk.ca)
    assert done.returncode == 0, done.stderr
    assert target.exists()


def test_check_reads_each_sensor_once(tmp_path) -> None:
    OneWireFolder(tmp_path / "w1").show("28-00000000000a", 21.5)
    (tmp_path / "edge.toml").write_text(
        'data = "data"\n[home_assistant]\nhost = "house"\nusername = "u"\npassword = "hush"\n'
        '[[traps]]\ndevice = "trap-1"\npin = 17\n[[stations]]\ndevice = "field-1"\n'
        '[[stations.sensors]]\nkind = "one_wire"\npath = "' + str(tmp_path / "w1") + '"\n'
    )
    done = edge("check", "--config", tmp_path / "edge.toml")
    assert done.returncode == 0, done.stderr
    assert "soil_temperature 21.5" in done.stdout
    assert "line: open" in done.stdout
    assert "not enrolled" in done.stdout
    assert "Home Assistant at house:1883: shown" in done.stdout
    assert "hush" not in done.stdout + done.stderr
    OneWireFolder(tmp_path / "w1").unplug("28-00000000000a")
    done = edge("check", "--config", tmp_path / "edge.toml")
    assert done.returncode == 2
    assert "0 thermometers" in done.stdout
    assert edge("check", "--config", tmp_path / "edge.toml", "--no-sensors").returncode == 0


def test_run_tells_systemd_and_stops_on_sigterm_with_everything_on_disk(tmp_path, killable, hub: TinyHub) -> None:
    OneWireFolder(tmp_path / "w1").show("28-00000000000a", 21.5)
    (tmp_path / "edge.toml").write_text(
        'data = "data"\n[link]\nretry_first_s = 0.1\n'
        '[[stations]]\ndevice = "field-1"\nevery_s = 0.1\nsend_every_s = 3600\n'
        '[[stations.sensors]]\nkind = "one_wire"\npath = "' + str(tmp_path / "w1") + '"\n'
    )
    answer = ANSWER | {"mqtt": ANSWER["mqtt"] | {"port": killable.port}}
    (tmp_path / "credentials.json").write_text(json.dumps(answer))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "notify"))
        door.settimeout(60)
        agent = subprocess.Popen(
            [sys.executable, "-m", "edge", "run", "--config", str(tmp_path / "edge.toml")],
            cwd=Path(__file__).parents[3],
            env=os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert [door.recv(100) for _ in range(2)] == [b"READY=1", b"WATCHDOG=1"]
        wait_until(lambda: hub.of("readings"), "nothing comes")
        agent.send_signal(signal.SIGTERM)
        _, said = agent.communicate(timeout=30)
        assert door.recv(100) == b"STOPPING=1"
    assert agent.returncode == 0, said
    assert "Traceback" not in said
    wait_until(lambda: hub.of("status", "-")[-1]["data"]["state"] == "offline", "no goodbye")


def test_a_broker_that_is_not_there_is_said_once_and_a_stop_is_quick(tmp_path) -> None:
    (tmp_path / "edge.toml").write_text('data = "data"\n[link]\nretry_first_s = 0.05\nretry_most_s = 0.05\n')
    answer = ANSWER | {"mqtt": ANSWER["mqtt"] | {"port": free_port()}}
    (tmp_path / "credentials.json").write_text(json.dumps(answer))
    agent = subprocess.Popen(
        [sys.executable, "-m", "edge", "run", "--config", str(tmp_path / "edge.toml")],
        cwd=Path(__file__).parents[3], stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert agent.stderr is not None
    said = [agent.stderr.readline()]
    while "no connection" not in said[-1]:
        said.append(agent.stderr.readline())
    agent.send_signal(signal.SIGINT)
    assert agent.wait(30) == 0
    assert "no connection" not in agent.stderr.read()
    agent.stderr.close()
