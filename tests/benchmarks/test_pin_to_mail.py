"""The script that measures from pin to mail works; its figures are for people, machines differ too much for a limit."""

from pathlib import Path

from tests.faults.pin_to_mail import measure


def test_every_firing_is_measured(tmp_path: Path):
    figures = measure(tmp_path, firings=8, rate=1000.0)
    print(figures)
    assert figures.firings == 8
    assert figures.settle_ms < figures.median_ms <= figures.p99_ms <= figures.worst_ms
    assert figures.load_readings_per_s > 0
