"""The OpenAPI document: what FastAPI derives from the routes, and what only we know."""

from fastapi import FastAPI

__all__ = ["describe"]


def describe(app: FastAPI) -> None:
    """Complete the document of the application."""
