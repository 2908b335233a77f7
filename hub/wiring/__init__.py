"""The composition root: the only place that knows several areas at once, and what a process of the hub is made of."""

from hub.wiring.first_start import FirstStart, first_start
from hub.wiring.processes import run_accounts, run_ingest, run_web, run_worker

__all__ = ["FirstStart", "first_start", "run_accounts", "run_ingest", "run_web", "run_worker"]
