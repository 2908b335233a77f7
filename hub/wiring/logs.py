"""Logs of a hub process: one line of key=value an event, to standard error for whoever supervises."""

import logging
import sys

import structlog

__all__ = ["start_logging"]


def start_logging(process: str) -> None:
    """Configure structlog for this process; every line says which one it is."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="level=%(levelname)s logger=%(name)s event=%(message)r"
    )
