"""The private Mosquitto: its command, its configuration and its access rules. Pure; good for Mosquitto 2.0.11 and
later.

The broker is a pipe, not a store. Agents keep every event until the hub's receipt and the hub repeats every command
until its reply, so nothing that the broker forgets is lost, and persistence is off: it would wear SD cards, slow the
broker, and still not be durable (with it on, a killed broker lost all that it had acknowledged in the last half
hour). What it holds in memory is bounded instead.
"""

from pathlib import Path

from hub.local.layout import Layout

__all__ = ["MAX_PACKET_BYTES", "mosquitto_command", "render_acl", "render_mosquitto_conf"]

MAX_PACKET_BYTES = 2_000_000
"""Greatest MQTT packet: room for a photo beside 500 readings; whoever sends more is disconnected and told why (MQTT 5
reason 0x95).
"""

# What waits for one subscriber, sent and not yet acknowledged, or not yet sent. Beyond it the broker drops, and the
# agents send again: measured with a hub that stopped reading, 300 MB of messages cost the broker 85 MB. A limit on
# messages alone does not hold, since the hub takes thousands in flight.
_INFLIGHT_BYTES = 8_000_000
_QUEUED_BYTES = 32_000_000
_QUEUED_MESSAGES = 20_000
# The last line: publishers are then disconnected until there is room again; the broker itself goes on.
_MEMORY_BYTES = 256_000_000


def mosquitto_command(program: Path, layout: Layout) -> list[str]:
    """Run the broker in the foreground."""
    return [str(program), "-c", str(layout.mosquitto_conf)]


def render_mosquitto_conf(layout: Layout, port: int) -> str:
    """mosquitto.conf: MQTT on loopback, nobody anonymous, memory bounded however slowly a subscriber reads."""
    return "\n".join((
        "# Written by `wanamori-hub local` at each start.",
        "per_listener_settings false",
        f"listener {port} 127.0.0.1",
        "protocol mqtt",
        "allow_anonymous false",
        f"password_file {layout.broker_passwords}",
        f"acl_file {layout.mosquitto_acl}",
        f"pid_file {layout.broker_pid}",
        "persistence false",
        "set_tcp_nodelay true",
        f"max_packet_size {MAX_PACKET_BYTES}",
        "max_inflight_messages 1000",
        f"max_queued_messages {_QUEUED_MESSAGES}",
        f"max_inflight_bytes {_INFLIGHT_BYTES}",
        f"max_queued_bytes {_QUEUED_BYTES}",
        f"memory_limit {_MEMORY_BYTES}",
        "persistent_client_expiration 1d",
        "sys_interval 0",  # nobody may read $SYS, so it is not made
        "log_dest stdout",
        "log_timestamp true",
        "log_timestamp_format %Y-%m-%dT%H:%M:%S",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "connection_messages true",
    )) + "\n"  # fmt: skip


def render_acl(hub_username: str = "hub") -> str:
    """The access rules: an agent (its user name is its id) writes under its own name, reads what is sent to it and
    the hub's announcement. ChirpStack has its own topics, of which the hub reads the uplinks, and nothing of ours.
    """
    return "\n".join((
        f"user {hub_username}",
        "topic readwrite wanamori/v1/#",
        "topic read application/+/device/+/event/up",
        "",
        "user chirpstack",
        "topic deny wanamori/#",
        "topic write application/+/device/+/event/+",
        "topic read application/+/device/+/command/+",
        "",
        "pattern write wanamori/v1/up/%u/#",
        "pattern read wanamori/v1/down/%u/#",
        "pattern read wanamori/v1/down/-/-/hub",
    )) + "\n"  # fmt: skip
