"""What one `--data` folder keeps between starts, in `secrets.json`: key, passwords, sign-ins, and the broker's port."""

import secrets
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.local.errors import LocalError
from hub.local.layout import Layout

__all__ = ["Kept", "SignIn", "load_kept"]


class SignIn(BaseModel):
    """How a person signs in, on the pages and on the API."""

    model_config = ConfigDict(frozen=True)

    username: str
    password: str
    token: str


class Kept(BaseModel):
    """Made at the first start. `prepared` says that the first start was finished; `mqtt_port` is what agents were told.

    `timescaledb` is the version that the database was last used with.
    """

    model_config = ConfigDict(frozen=True)

    secret: str = Field(default_factory=lambda: secrets.token_urlsafe(32))
    mqtt_password: str = Field(default_factory=lambda: secrets.token_urlsafe(32))
    staff: SignIn = Field(
        default_factory=lambda: SignIn(
            username="staff", password=secrets.token_urlsafe(12), token=f"wm_{secrets.token_urlsafe(32)}"
        )
    )
    people: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    mqtt_port: int | None = None
    prepared: bool = False
    timescaledb: str | None = None


def load_kept(layout: Layout) -> Kept:
    """Read `secrets.json`; new secrets where there is none. Raises LocalError when it cannot be understood."""
    try:
        text = layout.kept.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Kept()
    try:
        return Kept.model_validate_json(text)
    except ValidationError:
        raise LocalError(
            f"{layout.kept} is damaged: restore it from a backup, or move it away to get a new key and new passwords"
        ) from None
