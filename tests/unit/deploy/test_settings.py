"""Settings as a town writes them into a file that systemd and a shell read."""

import re
from pathlib import Path

import pytest

from hub.config import Settings

GUIDE = Path(__file__).parents[3] / "docs/how-to/run-in-a-town.md"


def test_a_setting_that_is_left_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MQTT_CA_FILE", "SURVEY_TERRAIN", "SMTP_HOST", "METRICS_PORT", "DIGEST"):
        monkeypatch.setenv(f"WANAMORI_{name}", "")
    settings = Settings(database_url="postgresql://", secret="x" * 32)
    assert (settings.mqtt_ca_file, settings.survey_terrain, settings.smtp_host) == (None, None, None)
    assert (settings.metrics_port, settings.digest) == (None, True)


def test_the_file_of_the_guide_is_one_for_systemd_too() -> None:
    """What stands behind a value on its line is a part of it there."""
    block = re.search(r"```sh\n(WANAMORI_DATABASE_URL.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    for line in block[1].splitlines():
        assert re.fullmatch(r"# .*|WANAMORI_[A-Z_]+=[^\s#]*", line), line
