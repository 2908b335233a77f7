# ruff: noqa: PLC0415  # each command imports what it runs, so that `--help` is quick
"""The command `wanamori-sim`: what a desk lacks of a town. Ctrl-C or SIGTERM ends each with exit code 0."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from threading import Event
from typing import Annotated, NoReturn

import typer

from edge.host import stop_at_signal
from simulators.errors import SimulatorError, Stopped
from simulators.words import numbered

__all__ = ["app", "main"]

_NAME = "wanamori-sim"
_USERS_FAULT = 2
_UNDELIVERED = 1

app = typer.Typer(
    name=_NAME,
    help="Simulated hardware for Wanamori: a town, agents for load, copters, a mail server that keeps its mails.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_Ready = Annotated[Path, typer.Option(help="The ready.json of a running `wanamori-hub local`.")]
_Data = Annotated[
    Path | None, typer.Option(help="Folder for credentials and outboxes [beside the hub's, named …-town or …-fleet].")
]


def main() -> NoReturn:
    """Run the command line: exit code 2 and one line for what the user can put right, never a traceback for it."""
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        _end(f"{error.format_message().rstrip('.')} (see {_NAME} --help)")
    except SimulatorError as error:
        _end(str(error))
    except Stopped:
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _end(message: str) -> NoReturn:
    print(f"{_NAME}: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(_USERS_FAULT)


def _say(line: str) -> None:
    """Tell the terminal; that it has gone away stops nothing."""
    try:
        print(line, flush=True)
    except OSError:
        # the interpreter flushes once more at its end: there must be something to flush into
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _until_asked_to_stop() -> Event:
    """An event that Ctrl-C, SIGTERM or the end of the terminal sets."""
    return stop_at_signal(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _beside(ready: Path, what: str) -> Path:
    hub = ready.absolute().parent
    return hub.with_name(f"{hub.name}-{what}")


@app.callback()
def _options() -> None:
    """Simulated hardware for Wanamori."""


@app.command("town")
def _town(
    ready: _Ready,
    data: _Data = None,
    minutes: Annotated[float, typer.Option(min=0.5, max=1440, help="How many minutes a day in the town takes.")] = 5.0,
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Play day after day so fast; otherwise one, then go on in real time.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another number is another weather and other boars.")] = 1,
    past_days: Annotated[
        float, typer.Option(min=0, max=60, help="Days of readings that the stations send at their first start.")
    ] = 7.0,
    season_days: Annotated[
        float, typer.Option(min=0, max=400, help="Days before those of which they send a reading each two hours.")
    ] = 45.0,
) -> None:
    """Play a day in a small town: eight traps and six stations under real agents, with boars, weather and hunters."""
    from simulators.hub_api import HubApi, read_ready
    from simulators.town.play import Town, TownOptions

    stop = _until_asked_to_stop()
    hub = read_ready(ready)
    # the town tells what happens in its own words; what an agent would log stands in its health, at the hub
    # (at the root: a library of the drones gives it a handler of its own where there is none)
    logging.getLogger().addHandler(logging.NullHandler())
    options = TownOptions(data or _beside(ready, "town"), minutes, repeat, seed, past_days, season_days)
    Town(HubApi(hub.http, hub.staff.token, stop), options, _say).run(stop)


@app.command("fleet")
def _fleet(  # options of a command, never given by position
    agents: Annotated[int, typer.Option(min=1, max=5000, help="How many agents.")],
    rate: Annotated[float, typer.Option(min=0.001, max=1e6, help="Readings a second, of all agents together.")],
    ready: _Ready,
    data: _Data = None,
    batch: Annotated[int, typer.Option(min=1, max=500, help="Readings in one message.")] = 30,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="End after so long; otherwise at Ctrl-C.")] = None,
    sprung_every: Annotated[
        float | None, typer.Option(min=0.01, help="One trap after the other springs each so many seconds.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Write what was published and receipted into this file, as lines of JSON.")
    ] = None,
) -> int:
    """Load a hub at the wire with many agents that resend as real ones do. Exit code 1: something has no receipt."""
    from simulators.fleet.load import Load
    from simulators.fleet.record import Record
    from simulators.fleet.run import Fleet, join_hub
    from simulators.hub_api import HubApi, read_ready

    stop = _until_asked_to_stop()
    load = Load(agents, rate, batch)
    hub = read_ready(ready)
    folder = (data or _beside(ready, "fleet")) / "agents"
    _say(f"{numbered(agents, 'agent')} with credentials in {folder}; whoever has none enrols first")
    api = HubApi(hub.http, hub.staff.token, stop)
    credentials = join_hub(api, folder, agents, traps=sprung_every is not None)
    with Record(record) as kept:
        everything = Fleet(load, credentials, kept, _say, seconds, sprung_every).run(stop)
    return 0 if everything or stop.is_set() else _UNDELIVERED


@app.command("vehicle")
def _vehicle(
    listen: Annotated[
        list[str] | None,
        typer.Option(help="Where it is met: tcp:HOST:PORT, udpin:… or udpout:…; several times [tcp:127.0.0.1:5760]."),
    ] = None,
    home: Annotated[
        list[str] | None,
        typer.Option(help="LAT,LON[,HEIGHT[,HEADING]]: degrees, metres above the sea; one, or one for each vehicle."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=50, help="So many, on ports counted up, 5 m apart.")] = 1,
    speedup: Annotated[float, typer.Option(min=0.1, max=100, help="How much faster their clock goes.")] = 1.0,
    system: Annotated[int, typer.Option(min=1, max=250, help="The first one's MAVLink system id.")] = 1,
    seed: Annotated[int, typer.Option(help="Another number is other gusts and other errors of the receiver.")] = 1,
    wind: Annotated[str, typer.Option(help="SPEED,FROM[,GUST]: m/s, degrees, m/s.")] = "0,0",
    gps_noise: Annotated[float, typer.Option(min=0, max=50, help="Spread of the position's error, metres.")] = 0.3,
    fix_after: Annotated[float, typer.Option(min=0, max=3600, help="Seconds from power-on to a fix.")] = 2.0,
    battery: Annotated[float, typer.Option(min=100, max=100000, help="Its capacity, mAh.")] = 5200.0,
    loss: Annotated[float, typer.Option(min=0, max=1, help="Share of messages that are lost, each way.")] = 0.0,
    duplicate: Annotated[float, typer.Option(min=0, max=1, help="Share of messages that come twice.")] = 0.0,
    at: Annotated[
        list[str] | None, typer.Option(help="SECONDS ORDER: so long after its start, by its own clock; several times.")
    ] = None,
    control: Annotated[
        str | None, typer.Option(help="HOST:PORT for orders while they fly, a line each; `-` reads them from stdin.")
    ] = None,
) -> None:
    """Fly simulated MAVLink copters, which ground stations take for real ones."""
    from simulators.vehicle.control import ordering
    from simulators.vehicle.options import DEFAULT_HOME, DEFAULT_LISTEN, Options, specs
    from simulators.vehicle.run import Vehicles

    options = Options(
        listen or [DEFAULT_LISTEN], home or [DEFAULT_HOME], count, system, seed, wind, gps_noise, fix_after, battery,
        loss, duplicate, at or [],
    )  # fmt: skip
    stop = _until_asked_to_stop()
    with Vehicles(specs(options), speedup) as vehicles, ordering(vehicles, control, _say):
        for number, url in enumerate(vehicles.urls, system):
            _say(f"vehicle {number} at {url}")
        stop.wait()


@app.command("mailbox")
def _mailbox(
    folder: Annotated[Path, typer.Option(help="Where mails are kept, one .eml file each.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 2525,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Take mail as a real mail server does, keep it in a folder, and print a line for each."""
    from simulators.mailbox import Mail, Mailbox

    def tell(mail: Mail) -> None:
        _say(f"mail to {', '.join(mail.recipients)}: {mail.subject} ({mail.file.name})")

    stop = _until_asked_to_stop()
    mailbox = Mailbox(folder, host, port, tell)
    mailbox.start()
    _say(f"mail for {mailbox.host}:{mailbox.port} goes into {folder}")
    stop.wait()
    mailbox.stop()


if __name__ == "__main__":
    main()
