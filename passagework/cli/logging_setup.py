"""Logs of the command line: only here is logging configured; a host that embeds the importer configures its own."""

import logging
import sys
from collections.abc import Callable

import structlog

from passagework.config.sections import LogSettings

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class _Renderer(logging.Formatter):
    """Renders the structured event that a record carries, as JSON or for a console."""

    def __init__(self, render: Callable[[object, str, structlog.typing.EventDict], str | bytes]) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        """Give one line."""
        event = dict(getattr(record, "passagework", None) or {"event": record.getMessage()})
        event["level"] = record.levelname.lower()
        event["timestamp"] = self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03}"
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return str(self._render(None, record.levelname.lower(), event))


def configure_logging(settings: LogSettings, *, quiet: bool) -> None:
    """Send the logs to the file of the settings, or to stderr; ``quiet`` leaves stderr to progress and errors."""
    root = logging.getLogger("passagework")
    root.setLevel(LEVELS[settings.level])
    if settings.file is not None:
        settings.file.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.FileHandler(settings.file, encoding="utf-8")
    elif quiet:
        return
    else:
        handler = logging.StreamHandler(sys.stderr)
    if settings.format == "json":
        handler.setFormatter(_Renderer(structlog.processors.JSONRenderer(sort_keys=True)))
    else:
        colours = settings.file is None and sys.stderr.isatty()
        handler.setFormatter(_Renderer(structlog.dev.ConsoleRenderer(colors=colours)))
    root.addHandler(handler)
