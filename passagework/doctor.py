"""Check what an import needs on this machine."""

import platform
from dataclasses import dataclass
from importlib.metadata import version

from passagework.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is as an import needs it, and what there is to say about it."""

    what: str
    ok: bool
    detail: str


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at everything that an import with these settings needs."""
    detail = f"{version('passagework')} on Python {platform.python_version()}, {settings.analysis.worker_count} workers"
    return (Finding("passagework", ok=True, detail=detail),)
