"""A simulated copter without sockets: the test is its ground station, and time goes as fast as it is computed."""

from collections.abc import Callable

from simulators.vehicle.autopilot import STEP_S, Autopilot
from simulators.vehicle.gps import GpsQuality
from simulators.vehicle.mav import Cmd, Frame, MissionAck, Mode, Store
from simulators.vehicle.state import Config
from simulators.vehicle.values import Message, Place, Received
from simulators.vehicle.wind import Wind

HOME = Place(35.376, 139.921, 12.0, 0.0)
_STATION = 255


class Desk:
    """One copter and its ground station, which says each second that it is there unless it is `silent`."""

    def __init__(
        self, *, wind: Wind | None = None, noise_m: float = 0.0, battery_mah: float = 5200.0, speedup: float = 1.0
    ) -> None:
        config = Config(1, HOME, 1, battery_mah, wind or Wind(), GpsQuality(1.0, noise_m))
        self.autopilot = Autopilot(config)
        self.copter = self.autopilot.copter
        self.heard: list[Message] = []
        self.silent = False
        self.wall_s = 100.0
        self._speedup = speedup
        self._beat_s = 0.0
        self.autopilot.connect(1)

    def run(self, seconds: float) -> None:
        """Let so many of the vehicle's seconds pass."""
        for _ in range(round(seconds / STEP_S)):
            self._pass()

    def until(self, condition: Callable[[], object], within_s: float) -> float:
        """Let time pass until it is so; the vehicle's seconds that it took."""
        began = self.copter.elapsed_s
        while not condition():
            assert self.copter.elapsed_s - began < within_s, f"not within {within_s} s: {self.autopilot.status()}"
            self._pass()
        return self.copter.elapsed_s - began

    def _pass(self) -> None:
        self.wall_s += STEP_S / self._speedup
        self.autopilot.step(STEP_S, self.wall_s, 1_790_000_000 + self.wall_s)
        self.autopilot.tick(self.wall_s)
        if not self.silent and self.wall_s >= self._beat_s:
            self._beat_s = self.wall_s + 1.0
            self.send("HEARTBEAT", type=6, autopilot=8)
        self.listen()

    def listen(self, link: int = 1) -> list[Message]:
        """What was said to this link since the last time; kept in `heard` too."""
        new = [outgoing.message for outgoing in self.autopilot.take() if outgoing.link in (None, link)]
        self.heard += new
        return new

    def send(self, name: str, *, link: int = 1, system: int = _STATION, **fields: object) -> list[Message]:
        """Say something, and hear the answer."""
        self.autopilot.receive(Received(link, system, 190, Message(name, fields)), self.wall_s)
        return self.listen(link)

    def command(self, command: int, *params: float) -> int:
        """COMMAND_LONG; the result of its COMMAND_ACK."""
        named = {f"param{number}": value for number, value in enumerate(params, 1)}
        answers = self.send("COMMAND_LONG", target_system=1, command=int(command), **named)
        return next(answer.integer("result") for answer in answers if answer.name == "COMMAND_ACK")

    def mode(self, mode: Mode) -> int:
        """Ask for a mode; the result."""
        return self.command(Cmd.DO_SET_MODE, 1, mode)

    def upload(self, items: list[dict[str, object]], store: Store = Store.MISSION) -> MissionAck:
        """Upload a list as a good ground station does; the answer at its end."""
        answers = self.send("MISSION_COUNT", count=len(items), mission_type=int(store))
        while True:
            acks = [answer for answer in answers if answer.name == "MISSION_ACK"]
            if acks:
                return MissionAck(acks[-1].integer("type"))
            seq = next(answer.integer("seq") for answer in answers if answer.name == "MISSION_REQUEST")
            answers = self.send("MISSION_ITEM_INT", **{**items[seq], "seq": seq, "mission_type": int(store)})

    def ready(self) -> "Desk":
        """Wait until it has a position."""
        self.until(lambda: self.copter.has_position, 60)
        return self

    def fly(self, items: list[dict[str, object]]) -> "Desk":
        """Upload a mission and begin it: armed in GUIDED, as ArduCopter wants it."""
        self.ready()
        assert self.upload(items) is MissionAck.ACCEPTED
        assert self.mode(Mode.GUIDED) == 0
        assert self.command(Cmd.ARM, 1) == 0
        assert self.command(Cmd.MISSION_START) == 0
        return self

    def hover(self, height_m: float = 30.0) -> "Desk":
        """Take off in GUIDED and stay up there."""
        self.ready()
        assert self.mode(Mode.GUIDED) == 0
        assert self.command(Cmd.ARM, 1) == 0
        assert self.command(Cmd.TAKEOFF, 0, 0, 0, 0, 0, 0, height_m) == 0
        self.until(lambda: self.copter.relative_m > height_m - 1, 60)
        return self

    def texts(self) -> list[str]:
        """What it has said in words."""
        return [message.text("text") for message in self.heard if message.name == "STATUSTEXT"]

    def of(self, name: str) -> list[Message]:
        """What was heard of one kind."""
        return [message for message in self.heard if message.name == name]

    def at(self, north_m: float, east_m: float) -> tuple[int, int]:
        """Degrees times 1e7 of a point so many metres from the starting place."""
        lat, lon = self.copter.ground.degrees(north_m, east_m)
        return round(lat * 1e7), round(lon * 1e7)


def item(command: int, *params: float, at: tuple[int, int] = (0, 0), z: float = 0.0, frame: int = Frame.RELATIVE):
    """The fields of MISSION_ITEM_INT."""
    filled = (*params, 0.0, 0.0, 0.0, 0.0)[:4]
    named = {f"param{number}": value for number, value in enumerate(filled, 1)}
    return {"command": int(command), "frame": int(frame), **named, "x": at[0], "y": at[1], "z": z, "autocontinue": 1}


def mission(desk: Desk, *corners: tuple[float, float], height_m: float = 30.0, speed_mps: float = 8.0):
    """Home, up, along the corners (metres north and east), home and down."""
    return [
        item(Cmd.WAYPOINT, frame=Frame.GLOBAL, at=desk.at(0, 0), z=HOME.height_m),
        item(Cmd.TAKEOFF, z=height_m),
        item(Cmd.CHANGE_SPEED, 1, speed_mps),
        *(item(Cmd.WAYPOINT, at=desk.at(*corner), z=height_m) for corner in corners),
        item(Cmd.RETURN),
    ]
