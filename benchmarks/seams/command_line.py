"""What the command line does beside an import: log as it is told, and draw progress. For a load like a user's."""

from pathlib import Path

from passagework.cli.logging_setup import configure_logging
from passagework.cli.main import main
from passagework.cli.output.progress_view import show_progress
from passagework.config.sections import LogSettings

__all__ = ["log_everything", "main", "show_progress"]


def log_everything(file: Path) -> None:
    """Log at level debug, as JSON."""
    configure_logging(LogSettings(level="debug", format="json", file=file), to_stderr=False)
