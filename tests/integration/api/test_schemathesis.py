"""The real application against what its own description says, by requests that are right, wrong and odd."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.api.conftest import STAFF_TOKEN, Api
from tests.integration.api.samples import make_samples

# A cursor is opaque: words that only look like one are refused, which no schema can say.
_LISTS = (
    "^/api/v1/(agents|people|teams|devices|incidents|captures|patrols|patrols/unvisited|plots|quarantine"
    "|devices/.device_id./readings|drones|airspace/zones|surveys|surveys/.survey_id./(photos|timeline|images))$"
)
# What was found must agree with itself, and a photo must be one: no schema can say that either.
_REPORTS = "^/api/v1/captures(/.capture_id./photos)?$"
# Whom a plan or a roster names must belong to the team.
_NAMES_PEOPLE = "^/api/v1/(plan|teams/.team_id./(plan|roster|roster/.day.))$"
# A drawn shape encloses something, and what is confirmed is what was shown.
_PLOTS = "^/api/v1/plots(/.plot_id.)?$"
# An area must be one that can be planned, zones must be GeoJSON, an image a photo, and a camera one that is known.
_SURVEYS = "^/api/v1/(surveys|surveys/.survey_id./(plans|images|pins)|airspace/imports|drones/.drone_id.)$"
# An absence ends within a year: when that is, no schema can say.
_AWAY = "^/api/v1/me/notices$"
_ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]


def _configuration(api: Api) -> str:
    made = make_samples(api)
    known = {
        "device_id": [made.trap, made.station],
        "agent_id": [made.agent],
        "person_id": [made.hunter, made.farmer],
        "team_id": [made.team],
        "plot_id": [made.plot],
        "group_id": [made.group],
        "incident_id": made.incidents,
        "visit_id": [made.visit],
        "capture_id": [made.capture],
        "survey_id": [made.survey],
        "drone_id": [made.drone],
    }
    lines = [f"{name} = {{ values = {json.dumps(values)} }}" for name, values in known.items()]
    bound = [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.7 }}' for name in known]
    return "\n".join(
        [
            "[dictionaries]", *lines,
            "[parameters]", *bound,
            *_may_be_refused(_LISTS, "GET"),
            *_may_be_refused(_PLOTS, "POST", "PUT", "DELETE"),
            *_may_be_refused(_SURVEYS, "POST", "PUT"),
            *_may_be_refused(_REPORTS, "POST"),
            *_may_be_refused(_AWAY, "PATCH"),
            # A team without a plan of its own follows the town's: that is what it is shown then.
            "[[operations]]", "include-path = '/api/v1/teams/{team_id}/plan'", "checks.use_after_free.enabled = false",
            *_may_be_refused(_NAMES_PEOPLE, "PUT"),
        ]
    )  # fmt: skip


def _may_be_refused(paths: str, *methods: str) -> list[str]:
    """For routes of which the description cannot say all that a request must keep to."""
    return [
        line
        for method in methods
        for line in (
            "[[operations]]",
            f'include-method = "{method}"',
            f"include-path-regex = '{paths}'",
            f"checks.positive_data_acceptance.expected-statuses = {json.dumps(_ACCEPTED)}",
        )
    ]


@pytest.mark.takes(60)
# Each time the same requests, so that a red run is about what was changed; others, and more, by lot in the long form.
@pytest.mark.timeout(1800)  # thousands of requests and their making, on a machine that does other things too
@pytest.mark.parametrize(
    "drawn",
    [
        pytest.param(("--generation-deterministic", "--max-examples", "10"), id="the same"),
        pytest.param(("--max-examples", "40"), id="by lot", marks=pytest.mark.long),
    ],
)
def test_schemathesis_finds_nothing(api: Api, tmp_path: Path, drawn: tuple[str, ...]) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(_configuration(api), encoding="utf-8")
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run",
            f"{api.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {STAFF_TOKEN}",
            # a stream has no end
            "--exclude-path", "/api/v1/events",
            "--continue-on-failure", "--no-color", "--warnings", "off",
            *drawn,
        ],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
