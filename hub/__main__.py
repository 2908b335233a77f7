# ruff: noqa: PLC0415  # each command imports what it runs, so `--help` and small machines do not pay for the others
"""The command `wanamori-hub`. Each command imports what it needs when it runs, so that `--help` is quick and small
machines stay small.
"""

import os
import signal
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from hub.errors import HubError

__all__ = ["app", "main"]

_NAME = "wanamori-hub"
_USERS_FAULT = 2

app = typer.Typer(
    name=_NAME,
    help="The hub of Wanamori: takes what traps, fields and drones report, and tells people.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> NoReturn:
    """Run the command line: exit code 2 and one line for what the user can put right, 1 for what failed, never a
    traceback for either, nor for Ctrl-C.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # a library that is interrupted as it is imported prints a traceback of its own; services take signals over
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        _end(f"{error.format_message().rstrip('.')}; see --help", _USERS_FAULT)
    except typer.Abort:
        sys.exit(130)
    except HubError as error:
        _end(str(error), getattr(error, "exit_code", _USERS_FAULT if error.permanent else 1))
    sys.exit(code if isinstance(code, int) else 0)


def _end(message: str, code: int) -> NoReturn:
    print(f"{_NAME}: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


def _say(line: str) -> None:
    """Tell the terminal; that it has gone away stops nothing."""
    _print(line)


def _print(text: str) -> OSError | None:
    """Print; what kept it from being printed is returned."""
    try:
        print(text, flush=True)
    except OSError as error:
        # the interpreter flushes once more at its end: there must be something to flush into
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return error
    return None


def _hand_over(result: str) -> None:
    """Print what somebody asked for: that it could not be kept is a failure, that they have read enough is none."""
    error = _print(result)
    if error is not None and not isinstance(error, BrokenPipeError):
        _end(f"cannot write the plan: {error.strerror}", 1)


def _show_version(wanted: bool) -> None:
    if wanted:
        try:
            print(f"{_NAME} {version('wanamori')}")
        except PackageNotFoundError:
            print(f"{_NAME} (not installed)")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """The hub of Wanamori: takes what traps, fields and drones report, and tells people."""


@app.command("local")
def _local(
    data: Annotated[
        Path, typer.Option(help="Folder for everything; made if it is not there. Start again on it to go on.")
    ],
    http_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the pages and the API [8080, or a free one].")
    ] = None,
    mqtt_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the broker [1883, or a free one].")
    ] = None,
    smtp: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Mail server that takes the notices.")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Leave out the sample data of a first start.")] = False,
) -> int:
    """Run the whole service on this machine: a private database, a private broker and the hub. Ctrl-C stops it."""
    from hub.local.run import run_local
    from hub.local.site import Options, parse_smtp

    return run_local(Options(data, http_port, mqtt_port, parse_smtp(smtp) if smtp else None, empty), os.environ, _say)


@app.command("web")
def _web() -> None:
    """Serve the pages and the HTTP API. Settings come from the environment (WANAMORI_…)."""
    from hub.config import load_settings
    from hub.wiring.web import run_web

    run_web(load_settings())


@app.command("ingest")
def _ingest() -> None:
    """Take what agents report off the broker into the database. Any number may run."""
    from hub.config import load_settings
    from hub.wiring.ingest import run_ingest

    run_ingest(load_settings())


@app.command("worker")
def _worker() -> None:
    """Deliver what is due: notices, repetitions, silent traps, rollups. Any number may run."""
    from hub.config import load_settings
    from hub.wiring.worker import run_worker

    run_worker(load_settings())


@app.command("accounts")
def _accounts() -> None:
    """Keep the broker's password file equal to the accounts in the database."""
    from hub.config import load_settings
    from hub.wiring.accounts import run_accounts

    run_accounts(load_settings())


@app.command("migrate")
def _migrate() -> None:
    """Bring the database up to date. Safe to run again, and beside running processes."""
    from hub.config import load_settings
    from hub.store import migrate

    done = migrate(load_settings().database_url)
    _say(f"migrations done: {done}" if done else "the database is up to date")


@app.command("add-staff")
def _add_staff(
    username: Annotated[str, typer.Option(help="The name to sign in with, in small letters.")],
) -> None:
    """Bring the database up to date and add a member of staff; prints the password, once. For a town's first start."""
    from hub.config import load_settings
    from hub.wiring.first_start import add_staff

    _say(f"sign in as {username} / {add_staff(load_settings(), username)}")


@app.command("rollups")
def _rollups(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Compute all hours and days again, to the end.")] = False,
) -> None:
    """Show how far the series' hours and days are computed."""
    from hub.config import load_settings
    from hub.wiring.series import rebuild_rollups, show_rollups

    settings = load_settings()
    if rebuild:
        _say(f"computed again, steps: {rebuild_rollups(settings)}")
    for line in show_rollups(settings):
        _say(line)


@app.command("retention")
def _retention(
    apply: Annotated[bool, typer.Option("--apply", help="Drop what is too old now.")] = False,
    keep: Annotated[
        str | None, typer.Option(metavar="WHAT=DAYS", help="Keep it so long from today on, or `ever`.")
    ] = None,
    why: Annotated[str, typer.Option(help="With --keep: who has decided it, and why.")] = "",
) -> None:
    """Show how long things are kept."""
    from hub.config import load_settings
    from hub.errors import Invalid
    from hub.wiring.series import keep as keep_from_today
    from hub.wiring.series import show_retention

    settings = load_settings()
    if keep is not None:
        what, _, days = keep.partition("=")
        if not why.strip():
            raise Invalid("--keep needs --why: who has decided it, and why")
        keep_from_today(settings, what, days, why)
    for line in show_retention(settings, apply=apply):
        _say(line)


@app.command("zones")
def _zones(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Zones as a GeoJSON FeatureCollection.")],
    kind: Annotated[str, typer.Option(help="did, airport, emergency or no_go.")],
    title: Annotated[str, typer.Option(help="What the source is called.")],
    date: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day of which the source speaks.")],
    by: Annotated[str, typer.Option(metavar="USERNAME", help="The member of staff who answers for it.")],
    url: Annotated[str | None, typer.Option(help="Where the source is.")] = None,
    add: Annotated[bool, typer.Option("--add", help="Keep the former zones of this kind.")] = False,
) -> None:
    """Bring in zones that limit flying, from a file."""
    from hub.config import load_settings
    from hub.wiring.zones import bring_in

    count = bring_in(load_settings(), file, (kind, title, url, date), by, replaces=not add)
    _say(f"Zones of kind {kind} that hold now: {count}.")


@app.command("plan")
def _plan(
    area: Annotated[Path, typer.Option(metavar="FILE", help="The area as GeoJSON: Polygon or MultiPolygon.")],
    height: Annotated[float | None, typer.Option(help="Metres above the take-off place, or above the terrain.")] = None,
    line_spacing: Annotated[float | None, typer.Option(help="Metres between lines.")] = None,
    speed: Annotated[float, typer.Option(help="Cruising speed in m/s.")] = 8.0,
    accel: Annotated[float, typer.Option(help="Acceleration and braking in m/s².")] = 1.0,
    count: Annotated[int | None, typer.Option(help="How many drones, all alike.", show_default="1")] = None,
    home: Annotated[str | None, typer.Option(metavar="LAT,LON", help="Where the drones take off and land.")] = None,
    keep_out: Annotated[Path | None, typer.Option(metavar="FILE", help="What no drone may enter, as GeoJSON.")] = None,
    camera: Annotated[str | None, typer.Option(help="With --gsd-cm, in place of --line-spacing: its name.")] = None,
    gsd_cm: Annotated[float | None, typer.Option(help="Centimetres of ground in a pixel.")] = None,
    wind: Annotated[str | None, typer.Option(metavar="SPEED,FROM", help="m/s, and degrees it comes from.")] = None,
    battery: Annotated[float | None, typer.Option(metavar="MINUTES", help="How long a full battery flies.")] = None,
    drones: Annotated[Path | None, typer.Option(metavar="FILE", help="Drones of many kinds, as JSON.")] = None,
    photo_every: Annotated[float | None, typer.Option(help="Metres between two photos.")] = None,
    terrain: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Heights of the ground, to fly --height above it everywhere.")
    ] = None,
    cross_holes: Annotated[bool, typer.Option("--cross-holes", help="Holes of the area may be flown over.")] = False,
    drill: Annotated[bool, typer.Option("--drill", help="Mark the plan as a drill (訓練).")] = False,
    effort: Annotated[int, typer.Option(min=0, max=100, help="Rounds of improvement; 0 is the first plan.")] = 6,
) -> None:
    """Plan a survey of an area and print the plan as JSON. Needs no service."""
    import json

    from hub.surveys.asked import Words, read_request
    from hub.surveys.plan import plan_survey

    words = Words(
        area, height, line_spacing, camera, gsd_cm, speed, accel, count, home, keep_out, wind, battery, drones,
        photo_every, terrain, cross_holes, drill,
    )  # fmt: skip
    _hand_over(json.dumps(plan_survey(read_request(words), effort), ensure_ascii=False))


if __name__ == "__main__":
    main()
