"""The registry's face: every use case, from the module that holds it.

Each function takes the caller's transaction first and the present instant as `now`; none commits, none reads a clock.
"""

from hub.registry.audit import AuditEntry, fetch_audit_entries, record
from hub.registry.devices import is_id
from hub.registry.enrolment import (
    BadCode,
    create_agent,
    enrol,
    fetch_agent,
    fetch_agents,
    fetch_broker_accounts,
    new_enrolment_code,
    on_status,
    return_code,
)
from hub.registry.inventory import (
    add_member,
    bring_back_past,
    change_device,
    closed_device_keys,
    create_team,
    device_of,
    fetch_counts,
    fetch_devices,
    fetch_devices_by_key,
    fetch_devices_of_agent,
    fetch_team,
    fetch_teams,
    part_from_past,
    readable_device_of,
    register_device,
    remove_member,
    shown_from,
    visible_device_keys,
)
from hub.registry.roster import (
    Token,
    change_person,
    create_person,
    ensure_staff,
    fetch_hunters_for_trap,
    fetch_people,
    fetch_person,
    fetch_person_names,
    fetch_recipients,
    fetch_staff,
    fetch_tokens,
    new_api_token,
    revoke_token,
    save_language,
    save_password,
)
from hub.registry.sign_in import (
    Credentials,
    NewSession,
    Session,
    actor_of_session,
    actor_of_token,
    end_session,
    fetch_actor,
    fetch_credentials,
    is_right,
    start_session,
)
from hub.registry.ways import Way, add_way, end_way, fetch_ways, person_of_address, save_channels

__all__ = [
    "AuditEntry", "BadCode", "Credentials", "NewSession", "Session", "Token", "Way", "actor_of_session",
    "actor_of_token", "add_member", "add_way", "bring_back_past", "change_device", "change_person",
    "closed_device_keys", "create_agent", "create_person",
    "create_team", "device_of", "end_session", "end_way", "enrol", "ensure_staff", "fetch_actor", "fetch_agent",
    "fetch_agents", "fetch_audit_entries", "fetch_broker_accounts", "fetch_counts", "fetch_credentials",
    "fetch_devices", "fetch_devices_by_key", "fetch_devices_of_agent", "fetch_hunters_for_trap", "fetch_people",
    "fetch_person", "fetch_person_names", "fetch_recipients", "fetch_staff", "fetch_team", "fetch_teams",
    "fetch_tokens", "fetch_ways",
    "is_id", "is_right", "new_api_token", "new_enrolment_code", "on_status", "part_from_past", "person_of_address",
    "readable_device_of", "record",
    "register_device", "remove_member", "return_code", "revoke_token", "save_channels", "save_language",
    "save_password", "shown_from", "start_session", "visible_device_keys",
]  # fmt: skip
