"""Apprise addresses: of which service they are, and whether a town allows that. Pure."""

from collections.abc import Iterable
from urllib.parse import urlsplit

__all__ = ["is_allowed", "service_of"]


def service_of(url: str) -> str:
    """The schema of an Apprise address in small letters; empty when it has none."""
    return url.partition("://")[0].lower() if "://" in url else ""


def is_allowed(url: str, services: Iterable[str]) -> bool:
    """Whether an address is of one of these services, and one address only (Apprise splits a list at blanks)."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return url.isprintable() and not any(c.isspace() for c in url) and service_of(url) in set(services)
