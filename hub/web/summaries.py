"""What everybody may know of a survey, put together for pages and API alike."""

from zoneinfo import ZoneInfo

from hub.registry.people import Actor
from hub.store import Connection
from hub.surveys import store
from hub.surveys.evidence import service as evidence
from hub.surveys.notice import Summary, summary_of
from hub.surveys.service import scope_of
from hub.web import surveying

__all__ = ["fetch_summary"]


def fetch_summary(conn: Connection, actor: Actor, survey_id: str, zone: ZoneInfo) -> Summary:
    """The summary as it is now, for somebody who may see the survey. Raises NotFound."""
    survey = store.fetch_survey(conn, survey_id, scope_of(actor))
    seeing = surveying.fetch_seen(conn, survey_id)
    flown = {one.drone for one in store.fetch_sorties(conn, survey_id, None) if one.started_at is not None}
    pins = [pin.kind for pin in evidence.fetch_pins(conn, survey_id)]
    day = survey.asked_at.astimezone(zone).date().isoformat()
    seen = seeing.seen
    return summary_of(survey, seeing.plan, (seen.fraction, seen.photos, seen.area_m2), len(flown), pins, day)
