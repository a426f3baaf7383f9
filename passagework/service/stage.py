"""What the operations of a service work with."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from passagework.api.importer import Importer
from passagework.api.watch import Watch
from passagework.api.writable_library import WritableLibrary
from passagework.config.sections import ServeSettings
from passagework.config.settings import Settings
from passagework.service.event_feed import EventFeed
from passagework.service.metrics import Metrics
from passagework.service.pools import Pool
from passagework.service.run_board import RunBoard

LIBRARY_THREADS: Final = 8
FILE_THREADS: Final = 4
MOST_WAITING: Final = 64
MOST_SOUNDS: Final = 32
"""Requests for the bytes of files at a time."""


@dataclass(slots=True)
class Stage:
    """One service. ``importer`` and ``settings`` are others after the configuration was read again.

    ``watch`` is what follows the roots, if anything does. ``set_log_level`` None: the log is that of a host.
    """

    importer: Importer
    settings: Settings
    board: RunBoard
    watch: Watch | None = None
    set_log_level: Callable[[str], None] | None = None
    log_level: Callable[[], str] | None = None
    feed: EventFeed = field(default_factory=EventFeed)
    metrics: Metrics = field(default_factory=Metrics)
    streams: int = 0
    sounds: int = 0
    pool: Pool = field(default_factory=lambda: Pool("serve", LIBRARY_THREADS, MOST_WAITING))
    files: Pool = field(default_factory=lambda: Pool("files", FILE_THREADS, MOST_WAITING))

    @property
    def library(self) -> WritableLibrary:
        """The library of the importer."""
        return self.importer.library

    @property
    def serve(self) -> ServeSettings:
        """The settings of the service."""
        return self.settings.serve

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The folders outside of which nothing is imported for a request, and no file is opened."""
        return tuple(os.path.abspath(os.fsencode(root)) for root in self.settings.scan.roots)

    def close(self) -> None:
        """End the threads."""
        self.pool.close()
        self.files.close()
