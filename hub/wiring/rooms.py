"""The areas as one town sets them up, and what follows in one area from what happened in another."""

from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.config import Settings
from hub.texts import Texts
from hub.traps.service import Traps

__all__ = ["make_texts", "make_traps"]


def make_texts(settings: Settings) -> Texts:
    """The town's words, with the templates of the areas that have some."""
    texts = Texts(zone=ZoneInfo(settings.time_zone), town=settings.town)
    texts.add_folder("web", Path(str(files("hub.web") / "templates")))
    texts.add_folder("alerts", Path(str(files("hub.alerts") / "templates")))
    return texts


def make_traps(settings: Settings) -> Traps:
    """The town's traps."""
    return Traps(silent_after_s=settings.trap_silent_after_s)
