"""The town's agents: who is there and how they are, and the codes with which new ones enrol."""

from fastapi import APIRouter, Response

from hub.registry import service as registry
from hub.texts import msgid
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage

__all__ = ["router"]

router = APIRouter(prefix="/staff/agents")
# More than a town has; a page of all of them is what the office searches with its browser.
_MOST = 5000


@router.get("")
def list_agents(page: StaffPage) -> Response:
    """All agents."""
    return _show(page, Filled({}, page.translate))


@router.post("")
def create_agent(page: StaffPage, submitted: Submitted) -> Response:
    """A new agent and its first code."""
    form = Filled(submitted, page.translate)
    name = form.line("name")
    with page.services.database.transaction() as conn:
        if name and registry.agent_name_taken(conn, name):
            form.fault("name", msgid("Another agent has this name."))
        made = None if form.errors else registry.create_agent(conn, page.actor, name, page.now)
    if made is None:
        return _show(page, form, status=422)
    agent_id, code = made
    return _show(page, Filled({}, page.translate), code=code, code_of=agent_id)


@router.post("/{agent_id}/code")
def make_code(page: StaffPage, agent_id: str) -> Response:
    """Another code: a new SD card, or the first one ran out."""
    with page.services.database.transaction() as conn:
        code = registry.new_enrolment_code(conn, page.actor, agent_id, page.now)
    return _show(page, Filled({}, page.translate), code=code, code_of=agent_id)


def _show(
    page: Page, form: Filled, *, code: str | None = None, code_of: str | None = None, status: int = 200
) -> Response:
    with page.services.database.transaction() as conn:
        # The LoRaWAN network server has a page of its own.
        agents = [one for one in registry.fetch_agents(conn, limit=_MOST) if one.id != registry.NETWORK_SERVER]
        devices = registry.fetch_devices(conn, page.actor, limit=_MOST)
    carried: dict[str, list[str]] = {}
    for device in devices:
        carried.setdefault(device.agent_id, []).append(device.name)
    # Who is away comes first, then who was heard longest ago.
    agents.sort(key=lambda agent: (agent.online or agent.enrolled_at is None, agent.name))
    return page.render(
        "staff_agents.html",
        status,
        form=form,
        agents=agents,
        carried=carried,
        code=code,
        code_of=next((agent for agent in agents if agent.id == code_of), None),
        hub_url=page.services.settings.public_url,
    )
