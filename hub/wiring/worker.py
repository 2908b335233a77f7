"""The process that tells people."""

from hub import clock
from hub.alerts.dispatch import Dispatch
from hub.alerts.worker import Worker
from hub.config import Settings
from hub.fields.upkeep import Upkeep
from hub.wiring.channels import make_channels
from hub.wiring.logs import start_logging
from hub.wiring.process import opened_database, say_ready, stop_at_signal
from hub.wiring.rooms import make_rooms, make_sending, make_texts
from hub.wiring.sensors import make_sensor_watch
from hub.wiring.surveys import make_sender
from hub.wiring.upkeep import make_upkeep

__all__ = ["run_worker"]

# A step of upkeep that is underway at the end may take so long; otherwise it is undone, and another does it.
_LEAVE_S = 2.0


def run_worker(settings: Settings) -> None:
    """Deliver what is due, notice silence, keep the rollups, until the process is told to stop."""
    start_logging("worker")
    stop = stop_at_signal()
    rooms, texts = make_rooms(settings), make_texts(settings)
    with opened_database(settings, "worker", 8) as database:
        worker = Worker(
            database,
            Dispatch(rooms.alerts),
            make_sending(settings),
            make_channels(settings, texts),
            clock.now,
            (
                *(rooms.sweep_traps, rooms.agents.sweep, rooms.sweep_evening, rooms.drills.sweep, rooms.digests.sweep),
                make_sensor_watch(rooms.alerts).sweep,
            ),
            silent_after_s=settings.trap_silent_after_s,
            prompt=(rooms.field_warnings.sweep, rooms.field_warnings.sweep_frost, rooms.flying.sweep),
        )
        sender, bus = make_sender(settings, database)
        orders = sender.start(stop)
        upkeep = Upkeep(database, clock.now, make_upkeep(settings)).start(stop)
        say_ready()
        worker.run(stop)
        upkeep.join(_LEAVE_S)
        orders.join(_LEAVE_S)
        bus.stop()
