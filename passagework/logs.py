"""Structured logs for a library that lives in other people's processes.

Every logger wraps the standard logger ``passagework`` explicitly, so structlog's global configuration and the
host's are neither changed nor needed. Nothing is printed until the host (or our command line) adds a handler.
"""

import logging
from typing import Final

import structlog

from passagework.domain.credentials import without_credentials

ROOT: Final = logging.getLogger("passagework")
ROOT.addHandler(logging.NullHandler())


def _to_record(
    _logger: structlog.typing.WrappedLogger, _method: str, event_dict: structlog.typing.EventDict
) -> tuple[tuple[str], dict[str, object]]:
    """Pass the event on as readable text, with the fields beside it for handlers that need structure."""
    shown = {
        name: without_credentials(value) if isinstance(value, str) else value for name, value in event_dict.items()
    }
    # For the formatter of a handler: structlog's own shows the variables of every frame, and with them secrets.
    exc_info = shown.pop("exc_info", None)
    fields = dict(shown)
    event = str(fields.pop("event"))
    text = " ".join([event, *(f"{key}={value!r}" for key, value in fields.items())])
    return (text,), {"extra": {"passagework": shown}, "exc_info": exc_info}


class _Logger(structlog.stdlib.BoundLogger):
    """Asks first whether anybody listens: most events are about each file, and most hosts do not."""

    def debug(self, event: str | None = None, *args: object, **kw: object) -> None:
        """Log an event that only a search for a defect needs."""
        if ROOT.isEnabledFor(logging.DEBUG):
            super().debug(event, *args, **kw)

    def info(self, event: str | None = None, *args: object, **kw: object) -> None:
        """Log an event of an import that goes well."""
        if ROOT.isEnabledFor(logging.INFO):
            super().info(event, *args, **kw)


def logger(actor: str) -> structlog.stdlib.BoundLogger:
    """Create the logger of one component; bind run, file and attempt to it if they are known."""
    wrapped = structlog.wrap_logger(
        ROOT,
        processors=[structlog.stdlib.filter_by_level, _to_record],
        wrapper_class=_Logger,
        context_class=dict,
        cache_logger_on_first_use=False,
    )
    # Bound now: otherwise each event makes a logger of its own first.
    bound: structlog.stdlib.BoundLogger = wrapped.bind(actor=actor)
    return bound
