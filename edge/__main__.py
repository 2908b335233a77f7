"""The command `wanamori-edge`: enrol this machine once, check what it is told, run it."""

import argparse
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from edge.config import FlightConfig, SensorConfig, TrapConfig, load_config, load_credentials, save_credentials
from edge.enrolment import enrol
from edge.errors import ConfigError, EdgeError, ExtraMissingError, SensorError
from edge.host import stop_at_signal
from edge.sensors.base import open_line, open_sensor

__all__ = ["main"]

_CREDENTIALS = "credentials.json"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exits 2 with one line when the user can mend it."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=getattr(logging, options.log_level.upper()),
        stream=sys.stderr,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        options.command(options)
    except EdgeError as error:
        sys.exit(_complain(str(error)))
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="wanamori-edge", description="The agent at the traps, the fields and the drones of a town.")
    parser.add_argument(
        "--log-level", choices=["debug", "info", "warning", "error"], default="info", help="how much it says"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    run = commands.add_parser(
        "run", help="sense, keep, send: until stopped", description="Run the agent until it is stopped."
    )
    run.add_argument("--config", type=Path, required=True, metavar="FILE", help="the agent's configuration (TOML)")
    run.set_defaults(command=_run)

    check = commands.add_parser(
        "check", help="say what the configuration means and try each sensor once", description="Check a configuration."
    )
    check.add_argument("--config", type=Path, required=True, metavar="FILE", help="the agent's configuration (TOML)")
    check.add_argument("--no-sensors", action="store_true", help="only read the files")
    check.set_defaults(command=_check)

    join = commands.add_parser(
        "enrol",
        help="get credentials for this machine",
        description="Exchange an enrolment code for credentials, once.",
    )
    join.add_argument("--hub", required=True, metavar="URL", help="the hub's address, such as https://hub.example.jp")
    join.add_argument("--code", required=True, help="the code that the hub showed for this agent")
    join.add_argument("--config", type=Path, metavar="FILE", help="the configuration that names the credentials' file")
    join.add_argument(
        "--credentials", type=Path, metavar="FILE", help=f"where to write them (default: ./{_CREDENTIALS})"
    )
    join.add_argument("--ca", type=Path, metavar="FILE", help="certificate authority of the hub (PEM)")
    join.set_defaults(command=_enrol)
    return parser


def _run(options: argparse.Namespace) -> None:
    config = load_config(options.config)
    credentials = load_credentials(config.credentials)
    from edge.agent import Agent  # noqa: PLC0415 - enrolling and checking need neither paho nor an outbox

    Agent(config, credentials).run(stop_at_signal(signal.SIGTERM, signal.SIGINT))


def _check(options: argparse.Namespace) -> None:
    config = load_config(options.config)
    try:
        credentials = load_credentials(config.credentials)
        print(f"agent {credentials.agent} at {credentials.mqtt.host}:{credentials.mqtt.port}, data in {config.data}")
    except ConfigError as error:
        print(f"data in {config.data}; {error}")
    failed = 0
    for trap in config.traps:
        button = f", reset button on pin {trap.reset_pin}" if trap.reset_pin is not None else ""
        print(f"trap {trap.device}: pin {trap.pin}{button}")
        failed += not options.no_sensors and not _say("line", lambda trap=trap: _line_now(trap))
    for station in config.stations:
        print(f"station {station.device}: every {station.every_s:g} s, sent every {station.send_every_s:g} s")
        for sensor in station.sensors:
            if options.no_sensors:
                print(f"  {sensor.kind}: {', '.join(sensor.quantities)}")
            else:
                failed += not _say(sensor.kind, lambda sensor=sensor: _values_now(sensor))
    for flight in config.flights:
        print(f"drone {flight.device}: {flight.connection}, {len(flight.fence)} corners, up to {flight.highest_m:g} m")
        failed += not options.no_sensors and not _say("autopilot", lambda flight=flight: _autopilot_now(flight))
    if config.home_assistant is not None:
        home = config.home_assistant
        print(f"Home Assistant at {home.host}:{home.port}: {'shown' if home.enabled else 'not shown'}")
    if failed:
        raise SensorError(f"{failed} of the sensors and lines could not be read")


def _say(what: str, ask: Callable[[], str]) -> bool:
    """Print what a piece of hardware says now; returns whether it says anything."""
    try:
        print(f"  {what}: {ask()}")
    except (SensorError, ExtraMissingError) as error:
        print(f"  {what}: {error}")
        return False
    return True


def _line_now(trap: TrapConfig) -> str:
    pins = open_line(trap, on_wire=_ignore, on_button=_ignore, pin_factory=None)
    try:
        return "open" if pins.is_open() else "closed"
    finally:
        pins.close()


def _ignore(_level: bool) -> None:
    """A change while checking is of no interest."""


def _values_now(sensor: SensorConfig) -> str:
    return ", ".join(f"{name} {value}" for name, value in open_sensor(sensor).read().items())


def _autopilot_now(flight: FlightConfig) -> str:
    try:
        from edge.flight.trying import look_at  # noqa: PLC0415 - other agents have no libraries for it
    except ImportError as error:
        raise ExtraMissingError(error) from error
    return look_at(flight)


def _enrol(options: argparse.Namespace) -> None:
    if options.credentials is not None:
        target = options.credentials
    else:
        target = load_config(options.config).credentials if options.config is not None else Path(_CREDENTIALS)
    # A code works once: find out that the answer cannot be kept before spending it.
    _try_writing(target)
    credentials = enrol(options.hub, options.code, options.ca)
    save_credentials(target, credentials)
    print(f"enrolled as {credentials.agent}; the credentials are in {target}")


def _try_writing(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target.parent):
            pass
        if target.is_dir():
            raise IsADirectoryError(f"{target} is a folder")
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(f"{target} may not be replaced")
    except OSError as error:
        raise ConfigError(f"the credentials could not be written to {target}: {error.strerror or error}") from error


def _complain(message: str) -> int:
    print(f"wanamori-edge: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
