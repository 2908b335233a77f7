"""The ways to people that a town has, by its settings."""

from hub.alerts.channels import Channel
from hub.alerts.channels.mail import MailChannel, MailServer
from hub.config import Settings
from hub.registry.town_key import push_key
from hub.texts import Texts
from hub.web.channels import LineDoor, TownChannels

__all__ = ["channel_names", "make_channels", "make_town_channels"]

# A page does not wait longer for LINE's own words.
_PAGE_TIMEOUT_S = 4.0


def channel_names(settings: Settings) -> tuple[str, ...]:
    """The channels that the town has, the best first (docs/decisions/0019)."""
    has = {
        "push": settings.push_contact is not None,
        "line": settings.line_token is not None,
        "mail": settings.smtp_host is not None,
        "other": bool(_listed(settings.other_services)),
    }
    return tuple(name for name, is_there in has.items() if is_there)


def make_town_channels(settings: Settings, texts: Texts) -> TownChannels:
    """What the pages need of the channels: to link, to test, to answer."""
    line: LineDoor | None = None
    if settings.line_token is not None:
        from hub.alerts.channels.line_account import LineAccount  # noqa: PLC0415  # only where the town has it

        line = LineAccount(settings.line_token.get_secret_value(), settings.line_host, timeout_s=_PAGE_TIMEOUT_S)
    return TownChannels(
        channels={channel.name: channel for channel in make_channels(settings, texts)},
        push_key=push_key(settings.secret.get_secret_value()).public,
        push_services=_listed(settings.push_services),
        other_services=_listed(settings.other_services),
        line=line,
        line_secret=settings.line_secret.get_secret_value() if settings.line_secret else "",
        line_id=settings.line_id or "",
        line_reserve=settings.line_reserve,
    )


def make_channels(settings: Settings, texts: Texts) -> list[Channel]:
    """The channels themselves. Their libraries are loaded only where the town has them: each takes its time."""
    made: list[Channel] = []
    if settings.push_contact is not None:
        from hub.alerts.channels.push import PushChannel, PushSender  # noqa: PLC0415  # only where the town has it

        key = push_key(settings.secret.get_secret_value())
        sender = PushSender(key.private, settings.push_contact, _listed(settings.push_services))
        made.append(PushChannel(sender, texts))
    if settings.line_token is not None:
        from hub.alerts.channels.line import LineChannel  # noqa: PLC0415  # only where the town has it
        from hub.alerts.channels.line_account import LineAccount  # noqa: PLC0415  # only where the town has it

        account = LineAccount(settings.line_token.get_secret_value(), settings.line_host)
        made.append(LineChannel(account, texts, reserve=settings.line_reserve))
    if settings.smtp_host is not None:
        made.append(MailChannel(_mail_server(settings, settings.smtp_host), texts))
    if services := _listed(settings.other_services):
        from hub.alerts.channels.other import OtherChannel  # noqa: PLC0415  # only where the town has it

        made.append(OtherChannel(services, texts))
    return made


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def _mail_server(settings: Settings, host: str) -> MailServer:
    return MailServer(
        host,
        settings.smtp_port,
        settings.mail_from,
        settings.smtp_username,
        settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        settings.smtp_tls,
    )
