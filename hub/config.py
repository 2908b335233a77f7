"""Settings of the hub's processes, from the environment (`WANAMORI_*`); docs/reference/settings.md describes each."""

from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.errors import SetupError

__all__ = ["Settings", "load_settings"]


class Settings(BaseSettings):
    """One town's hub. Durations carry their unit in the name."""

    # a line of a settings file with nothing behind its "=" says nothing
    model_config = SettingsConfigDict(env_prefix="WANAMORI_", extra="ignore", frozen=True, env_ignore_empty=True)

    database_url: str = Field(description="PostgreSQL with TimescaleDB, as a libpq URL")
    secret: SecretStr = Field(
        min_length=32, description="Key from which signed links and cookies are made; the same for all processes"
    )
    public_url: str = Field(
        "http://127.0.0.1:8080", description="Where people reach the pages; links in messages begin with it"
    )

    http_host: str = Field("127.0.0.1", description="Address that the web process listens on")
    http_port: int = Field(8080, ge=1, le=65535, description="Port that the web process listens on")
    secure_cookies: bool = Field(False, description="Send cookies over TLS only; true in a town")

    mqtt_host: str = Field("127.0.0.1", description="The broker, as the hub's processes reach it")
    mqtt_port: int = Field(1883, ge=1, le=65535, description="The broker's port")
    mqtt_username: str = Field("hub", description="The hub's own account at the broker")
    mqtt_password: SecretStr = Field(SecretStr(""), description="Password of the hub's own account")
    mqtt_ca_file: Path | None = Field(
        None, description="PEM of the authority that signed the broker's certificate; TLS is used when it is set"
    )
    agent_mqtt_host: str | None = Field(
        None, description="The broker as agents reach it; the hub's own way when not set"
    )
    agent_mqtt_port: int | None = Field(None, ge=1, le=65535, description="The broker's port as agents reach it")
    broker_password_file: Path | None = Field(
        None, description="Mosquitto's password file, written by `wanamori-hub accounts`"
    )
    broker_pid_file: Path | None = Field(
        None, description="Mosquitto's pid file; it is told to read its passwords again"
    )

    smtp_host: str | None = Field(
        None, description="Mail server; without one no mail is sent, and staff are shown that"
    )
    smtp_port: int = Field(25, ge=1, le=65535, description="The mail server's port")
    smtp_username: str | None = Field(None, description="Sign in at the mail server as this user")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        "none", description="How the way to the mail server is protected"
    )
    mail_from: str = Field("wanamori@localhost", description="Sender of every mail")

    line_token: SecretStr | None = Field(
        None, description="Access token of the town's LINE account (Messaging API); without it there is no LINE"
    )
    line_secret: SecretStr | None = Field(
        None, description="Channel secret of the LINE account: what LINE sends is signed with it"
    )
    line_id: str | None = Field(
        None, pattern=r"^@[a-z0-9._-]{1,40}$", description="Basic id of the LINE account, such as `@123abcde`"
    )
    line_host: str = Field("https://api.line.me", description="Where the Messaging API is")
    line_reserve: int = Field(
        100, ge=0, description="So many LINE messages of a month are kept for alarms: drills and digests stop before"
    )
    push_contact: str | None = Field(
        None,
        pattern=r"^(mailto:[^@\s]+@[^@\s]+|https://\S+)$",
        description="Whom push services may write to, `mailto:…` or `https://…`; without it there is no web push",
    )
    push_services: str = Field(
        "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com",
        description="Hosts of push services that browsers may name, by commas (`*.` before one: all below it)",
    )
    other_services: str = Field(
        "discord,gchat,pover,slack,tgram,wxteams",
        description="Services of Apprise (schemas) that staff may enter for a person, by commas; empty: none",
    )

    town: str = Field("木更津市", description="Name of the town on the pages")
    open_data_licence: str = Field(
        "CC BY 4.0 https://creativecommons.org/licenses/by/4.0/deed.ja",
        description="Under which licence the open data stand, as they say it",
    )
    time_zone: str = Field("Asia/Tokyo", description="The town's time zone; its day is the day of charts and digests")
    trap_silent_after_s: int = Field(
        1800, ge=1, description="A trap (or agent) that says nothing for so long is silent"
    )
    late_after_s: int = Field(900, ge=1, description="A reading that arrives so long after it was measured is late")
    repeat_after_s: int = Field(900, ge=1, description="An unanswered incident is sent again after so long")
    patrol_evening_at: time = Field(
        time(17), description="Time of the town's clock at which hunters are told which traps nobody has visited today"
    )
    alarm_burst: int = Field(5, ge=1, description="So many alarms reach one person on one channel without a pause")
    alarm_every_s: float = Field(
        30.0, ge=0, description="After those, one message so often; it lists all that has come meanwhile"
    )
    alarm_gather_s: float = Field(
        3.0, ge=0, description="What follows an alarm within so many seconds goes to the person in one message"
    )
    digest: bool = Field(True, description="Whether people get a summary in the morning of what is open")
    digest_at: time = Field(time(6, 30), description="Time of the town's clock of the morning's summary")
    digest_always_for_staff: bool = Field(False, description="Tell staff that there is nothing to say, too")
    drill: bool = Field(True, description="Whether each person's ways are tried once a week by a drill (訓練)")
    drill_weekday: int = Field(2, ge=0, le=6, description="Day of the weekly drill; Monday is 0")
    drill_at: time = Field(time(12, 15), description="Time of the town's clock of the drill")
    drill_confirm_days: int = Field(
        15, ge=1, description="Staff are told of a channel on which no drill was confirmed for so many days"
    )
    survey_second_person: bool = Field(
        True, description="Whether a survey's plan is approved by somebody else than who asked for it"
    )
    survey_check_minutes: int = Field(
        60, ge=1, description="A look at what limits flying is believed for so long; then it must be checked again"
    )
    survey_terrain: Path | None = Field(
        None, description="Heights of the ground in the town, an ESRI ASCII grid; surveys are held against them"
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port of 127.0.0.1 on which an ingest process shows its metrics"
    )
    ingest_queue_messages: int = Field(20_000, ge=100, description="Most messages waiting in an ingest process")


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the environment once; raises SetupError that names every variable at fault."""
    try:
        return Settings()  # pyright: ignore[reportCallIssue]  # the environment fills the required fields
    except ValidationError as error:
        faults = "; ".join(
            f"WANAMORI_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False)
        )
        raise SetupError(f"settings: {faults}") from None
