"""The simulated vehicle's sockets: several stations, lost and doubled messages, silence, orders, its command."""

import contextlib
import json
import socket
import subprocess
import sys
from functools import partial
from selectors import EVENT_READ, DefaultSelector

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from simulators.errors import PortTaken, Unsuitable
from simulators.vehicle.control import answer, ordering
from simulators.vehicle.links import Links
from simulators.vehicle.options import Endpoint, Options, specs
from simulators.vehicle.run import Vehicles
from tests.servers import free_port, wait_until

HOME = "35.376,139.921,12"


class Station:
    """A ground station of a few lines, over TCP or UDP."""

    def __init__(self, endpoint, kind=socket.SOCK_STREAM):
        self.sock = socket.socket(socket.AF_INET, kind)
        self.sock.settimeout(10)
        self.sock.connect((endpoint.host, endpoint.port))
        self.mav = mavlink.MAVLink(self, srcSystem=255, srcComponent=190)
        self.mav.robust_parsing = True
        self.heard = []

    def write(self, frame):
        self.sock.send(frame)

    def hear(self, name):
        """The next message of that kind."""
        while True:
            for number, message in enumerate(self.heard):
                if message.get_type() == name:
                    del self.heard[: number + 1]
                    return message
            data = self.sock.recv(65536)
            assert data, "the link is closed"
            self.heard += self.mav.parse_buffer(data) or []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


@pytest.fixture
def fly():
    flying = []

    def start(*, speedup=1.0, **options):
        vehicles = Vehicles(specs(Options(**{"listen": ["tcp:127.0.0.1:0"], "home": [HOME], **options})), speedup)
        vehicles.start()
        flying.append(vehicles)
        return vehicles

    yield start
    for vehicles in flying:
        vehicles.stop()


def test_stations_one_beside_another_and_one_after_another(fly):
    vehicles = fly(speedup=10)
    with Station(vehicles.endpoints[0]) as first, Station(vehicles.endpoints[0]) as second:
        assert first.hear("HEARTBEAT").get_srcSystem() == 1
        second.hear("HEARTBEAT")
        first.mav.param_request_read_send(1, 1, b"RTL_ALT", -1)
        assert first.hear("PARAM_VALUE").param_value == 1500
        second.mav.param_set_send(1, 1, b"RTL_ALT", 2000, 9)
        assert (first.hear("PARAM_VALUE").param_value, second.hear("PARAM_VALUE").param_value) == (2000, 2000)
    with Station(vehicles.endpoints[0]) as third:
        third.hear("HEARTBEAT")
        third.mav.param_request_read_send(1, 1, b"RTL_ALT", -1)
        assert third.hear("PARAM_VALUE").param_value == 2000
    wait_until(lambda: vehicles.status()["links"] == 0, "the links are gone")


def test_several_vehicles_in_one_process_each_with_its_number(fly):
    vehicles = fly(count=3, speedup=10)
    for number, endpoint in enumerate(vehicles.endpoints, 1):
        with Station(endpoint) as station:
            assert station.hear("HEARTBEAT").get_srcSystem() == number
    assert set(vehicles.order("status")) == {1, 2, 3}
    assert list(vehicles.order("2 battery 50")) == [2]
    assert [round(vehicles.status(number)["battery_percent"]) for number in (1, 2, 3)] == [100, 50, 100]
    with pytest.raises(Unsuitable):
        vehicles.order("9 status")


def test_udp_both_ways(fly):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(10)
        vehicles = fly(listen=["udpin:127.0.0.1:0", f"udpout:127.0.0.1:{listening.getsockname()[1]}"], speedup=10)
        frame, vehicle = listening.recvfrom(2048)
        assert mavlink.MAVLink(None).parse_buffer(frame)[0].get_srcSystem() == 2
        listening.sendto(
            mavlink.MAVLink(None, srcSystem=255)
            .param_request_read_encode(2, 1, b"RTL_ALT", -1)
            .pack(mavlink.MAVLink(None, srcSystem=255)),
            vehicle,
        )
        parser = mavlink.MAVLink(None)
        wait_until(lambda: parser.parse_buffer(listening.recv(2048))[0].get_type() == "PARAM_VALUE", "an answer")
    with Station(vehicles.endpoints[0], socket.SOCK_DGRAM) as station:
        station.mav.heartbeat_send(6, 8, 0, 0, 0)
        assert station.hear("HEARTBEAT").get_srcSystem() == 1


def test_lost_and_doubled_messages(fly):
    vehicles = fly(speedup=10, loss=0.3, duplicate=0.2)
    wait_until(lambda: vehicles.status()["elapsed_s"] > 2, "it has booted")
    with Station(vehicles.endpoints[0]) as station:
        for _ in range(200):
            station.mav.param_request_read_send(1, 1, b"RTL_ALT", -1)
        for _ in range(30):  # one of them comes through
            station.mav.param_request_read_send(1, 1, b"RTL_SPEED", -1)
        got = []
        while not got or got[-1].param_id != "RTL_SPEED":
            got.append(station.hear("PARAM_VALUE"))
        sequence = [message.get_seq() for message in got]
    assert 80 < len(got) < 190, "about 200 x 0.7 x 1.2 x 0.7 x 1.2"
    assert len(set(sequence)) < len(sequence), "some came twice"


def test_a_mission_goes_up_and_comes_back_though_a_tenth_is_lost(fly):
    """As QGroundControl does it: whatever has no answer is said again."""
    vehicles = fly(speedup=10, loss=0.1, duplicate=0.1)
    wait_until(lambda: vehicles.status()["elapsed_s"] > 6, "it has a position")
    rows = [(16, 0, 0)] + [(22, 0, 30)] + [(16, number, 30) for number in range(1, 12)]
    with Station(vehicles.endpoints[0]) as station:
        station.sock.settimeout(0.15)

        def insist(say, *names):
            for _ in range(100):
                say()
                with contextlib.suppress(TimeoutError):
                    while True:
                        data = station.sock.recv(65536)
                        for message in station.mav.parse_buffer(data) or []:
                            if message.get_type() in names:
                                return message
            raise AssertionError(f"no {names}")

        def item(seq):
            command, step, z = rows[seq]
            x, y = 353760000 + 1000 * step, 1399210000
            station.mav.mission_item_int_send(1, 1, seq, 3, command, 0, 1, 0, 0, 0, 0, x, y, z, 0)

        answer = insist(lambda: station.mav.mission_count_send(1, 1, len(rows), 0), "MISSION_REQUEST")
        highest = 0
        while answer.get_type() != "MISSION_ACK" or answer.type == mavlink.MAV_MISSION_INVALID_SEQUENCE:
            highest = max(highest, getattr(answer, "seq", 0))
            answer = insist(partial(item, highest), "MISSION_REQUEST", "MISSION_ACK")
        assert answer.type in (mavlink.MAV_MISSION_ACCEPTED, mavlink.MAV_MISSION_ERROR)
        back = []
        for seq in range(len(rows)):
            message = None
            while message is None or message.seq != seq:
                message = insist(partial(station.mav.mission_request_int_send, 1, 1, seq, 0), "MISSION_ITEM_INT")
            back.append((message.command, (message.x - 353760000) / 1000, message.z))
    assert back[1:] == rows[1:]


def test_silence_is_no_message_on_an_open_link_and_a_cut_link_is_closed(fly):
    vehicles = fly(speedup=10)
    with Station(vehicles.endpoints[0]) as station:
        station.hear("HEARTBEAT")
        vehicles.order("link cut")
        station.mav.param_request_read_send(1, 1, b"RTL_ALT", -1)
        until_s = vehicles.status()["elapsed_s"] + 5
        wait_until(lambda: vehicles.status()["elapsed_s"] > until_s, "time has passed")
        vehicles.order("link restore")
        station.mav.param_request_read_send(1, 1, b"RTL_SPEED", -1)
        assert station.hear("PARAM_VALUE").param_id == "RTL_SPEED", "what was said into the silence is lost"
        vehicles.order("link close")
        with pytest.raises(AssertionError, match="closed"):
            station.hear("NOTHING")
    with Station(vehicles.endpoints[0]) as station:
        station.hear("HEARTBEAT")


def test_a_link_that_was_closed_in_the_same_moment_says_nothing_more():
    """What the selector found ready may be gone when its turn comes."""

    def nothing(*_):
        """Nobody listens."""

    with DefaultSelector() as selector:
        links = Links(Endpoint("tcp", "127.0.0.1", 0), 1, selector, came=nothing, went=nothing, heard=nothing)
        with socket.create_connection((links.endpoint.host, links.endpoint.port)) as station:
            (accepting,) = selector.get_map().values()
            selector.select(10)
            accepting.data(EVENT_READ)
            (link,) = [key for key in selector.get_map().values() if key is not accepting]
            station.sendall(b"x")
            links.close_links()
            link.data(EVENT_READ)
            assert list(links.numbers()) == []
        links.close()


def test_orders_by_the_vehicle_s_clock(fly):
    vehicles = fly(speedup=20, at=["3 gps lost", "4 battery 40"])
    wait_until(lambda: vehicles.status()["battery_percent"] < 41, "the order is carried out")
    with Station(vehicles.endpoints[0]) as station:
        station.mav.command_long_send(1, 1, 511, 0, 24, 100000, 0, 0, 0, 0, 0)
        assert station.hear("GPS_RAW_INT").fix_type == 1


def test_vehicles_that_have_ended_are_stopped_again_and_take_no_orders(fly):
    vehicles = fly()
    # Its thread may see that it is to end before whoever says so has woken it.
    vehicles._stop.set()
    wait_until(lambda: not vehicles._thread.is_alive(), "the thread ends")
    vehicles.stop()
    with pytest.raises(Unsuitable, match="stopped"):
        vehicles.order("status")


def test_orders_over_a_socket_and_their_mistakes(fly):
    vehicles = fly(speedup=10)
    assert json.loads(answer(vehicles, "dance"))["error"].startswith("No such order: dance")
    said = []
    with ordering(vehicles, "127.0.0.1:0", said.append):
        host, port = said[0].removeprefix("orders at ").split(":")
        with socket.create_connection((host, int(port)), 10) as sock, sock.makefile("rw") as lines:
            for line in ("battery 30\n", "\n", "1 status\n", "9 status\n"):
                lines.write(line)
            lines.flush()
            answers = [json.loads(lines.readline()) for _ in range(3)]
    assert answers[0] == {"1": "ok"}
    assert answers[1]["1"]["battery_percent"] == pytest.approx(30, abs=1)
    assert answers[2] == {"error": "There is no vehicle 9."}
    for control in ("0.0.0.0:0", "127.0.0.1", "127.0.0.1:x"):
        with pytest.raises(Unsuitable), ordering(vehicles, control, said.append):
            pass


def test_a_port_that_is_taken_is_said_and_nothing_is_left_open(fly):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken):
            fly(listen=["tcp:127.0.0.1:0", f"tcp:127.0.0.1:{port}"])


def test_the_command_takes_a_home_that_begins_with_a_minus_and_ends_when_told():
    ports = [free_port(), free_port()]
    argv = [sys.executable, "-m", "simulators", "vehicle", "--home", "-35.36,149.16", "--speedup", "10"]
    argv += [word for port in ports for word in ("--listen", f"tcp:127.0.0.1:{port}")]
    argv += ["--control", "-", "--wind", "5,270,1", "--at", "1 battery 80"]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == f"vehicle 1 at tcp:127.0.0.1:{ports[0]}\n"
        assert process.stdout.readline() == f"vehicle 2 at tcp:127.0.0.1:{ports[1]}\n"
        process.stdin.write("2 status\n")
        process.stdin.flush()
        status = json.loads(process.stdout.readline())["2"]
        assert (status["system"], round(status["lat"], 2), round(status["lon"], 2)) == (2, -35.36, 149.16)
    finally:
        process.terminate()
        _, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (0, "")


def test_a_mistake_is_one_line():
    argv = [sys.executable, "-m", "simulators", "vehicle", "--home", "north"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "north is no place" in done.stderr
