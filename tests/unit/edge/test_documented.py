"""The reference says what the configuration takes, and the example is one."""

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from edge import config
from edge.core.trap import TRANSITIONS

ROOT = Path(__file__).parents[3]
REFERENCE = (ROOT / "docs" / "reference" / "edge-config.md").read_text(encoding="utf-8")

SECTIONS = {
    "## The agent": (
        config.AgentConfig,
        {"clock", "outbox", "link", "health", "home_assistant", "traps", "stations", "flights"},
    ),
    "### `[clock]`": (config.ClockConfig, set()),
    "### `[outbox]`": (config.OutboxConfig, set()),
    "### `[link]`": (config.LinkConfig, set()),
    "### `[health]`": (config.HealthConfig, set()),
    "## `[home_assistant]`": (config.HomeAssistantConfig, set()),
    "## `[[traps]]`": (config.TrapConfig, set()),
    "## `[[stations]]`": (config.StationConfig, set()),
    '### `[[stations.sensors]]` with `kind = "modbus_rtu"`': (config.ModbusRtuConfig, {"kind"}),
    "Each register:": (config.ModbusRegister, set()),
    '### `[[stations.sensors]]` with `kind = "one_wire"`': (config.OneWireConfig, {"kind"}),
    '### `[[stations.sensors]]` with `kind = "sht31"`': (config.Sht31Config, {"kind"}),
    "### `[[stations.calibrations]]`": (config.Calibration, set()),
    "## `[[flights]]`": (config.FlightConfig, set()),
}
NAMED_OTHERWISE = {"closed_is", "address"}


def table_under(heading: str) -> list[list[str]]:
    """The cells of the first table after a line."""
    assert f"{heading}\n" in REFERENCE, heading
    lines = iter(REFERENCE.split(f"{heading}\n", 1)[1].splitlines())
    rows: list[list[str]] = []
    for line in lines:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]


@pytest.mark.parametrize("heading", SECTIONS)
def test_each_setting_stands_in_the_reference_with_its_default(heading) -> None:
    model, elsewhere = SECTIONS[heading]
    documented = {row[0].strip("`"): row[2] for row in table_under(heading)}
    assert set(documented) == set(model.model_fields) - elsewhere
    for name, told in documented.items():
        default = model.model_fields[name].default
        if default is PydanticUndefined:
            assert told == "required", name
        elif default is None or default == ():
            assert told == "–" or name in NAMED_OTHERWISE, name
        elif name not in NAMED_OTHERWISE:
            assert told == f"`{default}`", name


def test_every_model_of_the_configuration_has_its_section() -> None:
    models = {
        model
        for model in vars(config).values()
        if isinstance(model, type) and issubclass(model, config._Settings) and model is not config._Settings
    }
    assert models == {model for model, _ in SECTIONS.values()}


def test_the_table_of_phases_is_the_machines_own() -> None:
    told = {
        (phase, happening): (target, None if sent == "–" else sent)
        for phase, happening, target, sent in (
            [cell.strip("`") for cell in row] for row in table_under("What the agent makes of the line:\n")
        )
    }
    assert told == TRANSITIONS


def test_the_example_is_a_configuration() -> None:
    loaded = config.load_config(ROOT / "deploy" / "edge" / "edge.toml")
    assert loaded.devices == ("trap-01", "field-01", "field-01-30cm")
    assert {sensor.kind for station in loaded.stations for sensor in station.sensors} == {
        "modbus_rtu",
        "sht31",
        "one_wire",
    }
    assert loaded.credentials == loaded.data / "credentials.json"


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", REFERENCE):
        assert (ROOT / "docs" / "reference" / target).exists(), target
