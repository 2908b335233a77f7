"""What people and programs are told when everything is up: `ready.json` (a contract) and a few lines on the
terminal.
"""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from hub.local.kept import Kept, SignIn
from hub.local.plan import Site
from hub.local.ports import HOST

__all__ = ["Prepared", "ready_document", "ready_lines"]


class Prepared(BaseModel):
    """The answer of `hub.local.prepare`: sign-ins of the staff person and of the sample data's people, None where
    nothing is new.
    """

    model_config = ConfigDict(frozen=True)

    staff: SignIn | None = None
    people: list[dict[str, Any]] | None = None

    def added_to(self, kept: Kept, timescaledb: str) -> Kept:
        """What the folder keeps from now on."""
        news = {"staff": self.staff or kept.staff, "people": self.people or kept.people}
        return kept.model_copy(update={**news, "prepared": True, "timescaledb": timescaledb})


def ready_document(site: Site) -> str:
    """The text of `ready.json`."""
    kept = site.kept
    document: dict[str, Any] = {
        "http": site.http_url,
        "mqtt": {"host": HOST, "port": site.mqtt_port},
        "database": site.database_url,
        "staff": kept.staff.model_dump(),
    }
    if kept.people:
        document["people"] = kept.people
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def ready_lines(site: Site) -> list[str]:
    """The lines on the terminal, most wanted first."""
    staff = site.kept.staff
    people = [
        f"  or as    {person['username']} / {person['password']}" for person in site.kept.people if "password" in person
    ]
    return [
        f"ready on {site.http_url}",
        f"sign in as {staff.username} / {staff.password}",
        *people,
        f"broker   mqtt://{HOST}:{site.mqtt_port}",
        f"database {site.database_url}",
        f"all of it also in {site.layout.ready}; Ctrl-C stops everything",
    ]
