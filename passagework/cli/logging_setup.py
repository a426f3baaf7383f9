"""Logging of the command line. Only this module configures logging; a host that embeds the importer does its own."""

import logging
import sys
from collections.abc import Callable

import structlog

from passagework.config.sections import LogSettings
from passagework.domain.credentials import without_credentials
from passagework.domain.errors import ConfigError
from passagework.domain.plain_text import plain

Render = Callable[[object, str, structlog.typing.EventDict], str | bytes]


class _Renderer(logging.Formatter):
    """Renders the structured event of a record, as JSON or for a console."""

    def __init__(self, render: Render) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        event = dict(getattr(record, "passagework", None) or {"event": record.getMessage()})
        event["level"] = record.levelname.lower()
        event["timestamp"] = self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03}"
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        event = {name: without_credentials(value) if isinstance(value, str) else value for name, value in event.items()}
        return str(self._render(None, record.levelname.lower(), event))


def configure_logging(settings: LogSettings, *, to_stderr: bool) -> None:
    """Send the log to the configured file, and to stderr on request.

    Raises ConfigError if the file cannot be written.
    """
    root = logging.getLogger("passagework")
    root.setLevel(settings.level.upper())
    if settings.file is not None:
        try:
            settings.file.parent.mkdir(parents=True, exist_ok=True)
            file = logging.FileHandler(settings.file, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise ConfigError(f"log.file: {settings.file} cannot be written: {error.strerror}") from error
        file.setFormatter(_formatter(settings, colours=False))
        root.addHandler(file)
    if to_stderr:
        stream = logging.StreamHandler(sys.stderr)
        stream.setFormatter(_formatter(settings, colours=sys.stderr.isatty()))
        root.addHandler(stream)


def _formatter(settings: LogSettings, *, colours: bool) -> logging.Formatter:
    if settings.format == "json":
        return _Renderer(structlog.processors.JSONRenderer(sort_keys=True))
    return _Renderer(_for_a_console(structlog.dev.ConsoleRenderer(colors=colours)))


def _for_a_console(render: structlog.dev.ConsoleRenderer) -> Render:
    """Render every event as one line: file names may contain line breaks and control sequences."""

    def rendered(logger: object, level: str, event: structlog.typing.EventDict) -> str:
        # Of what has lines, a traceback, each one.
        safe = {
            key: "\n".join(map(plain, value.split("\n") if key == "exception" else [value]))
            if isinstance(value, str)
            else value
            for key, value in event.items()
        }
        return str(render(logger, level, safe))

    return rendered
