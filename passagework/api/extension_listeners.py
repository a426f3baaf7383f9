"""Listeners that are extensions: made once for an importer, and closed with it."""

from collections.abc import Iterable

from passagework.api.listeners import Listener
from passagework.domain.extensions import ExtensionId
from passagework.logs import logger


class ExtensionListeners:
    """The listeners of one importer. One that cannot be made is left out, and the log says why."""

    def __init__(self, extensions: Iterable[str]) -> None:
        self._made: list[tuple[str, Listener]] = []
        self._log = logger("importer")
        for text in extensions:
            try:
                self._made.append((text, _made(ExtensionId.parse(text))))
            except BaseException:  # noqa: BLE001 - its code runs here; not even sys.exit() in it keeps an importer closed
                self._log.exception("extension-unusable", extension=text)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """What is called with each event."""
        return tuple(listener for _, listener in self._made)

    def close(self) -> None:
        """Close those that have a ``close``, once. What it raises is logged."""
        made, self._made = self._made, []
        for text, listener in made:
            try:
                getattr(listener, "close", _nothing)()
            except BaseException:  # noqa: BLE001 - as above
                self._log.exception("extension-failed", extension=text)


def _made(extension: ExtensionId) -> Listener:
    from passagework.extensions import LISTENERS, ListenerMaker  # noqa: PLC0415 - most importers use none
    from passagework.extensions.installed import entry_of  # noqa: PLC0415 - as above

    point = entry_of(extension, LISTENERS)
    if point is None:
        raise LookupError(f"{extension} is no listener")
    maker: ListenerMaker = point.load()
    listener = maker()
    if not callable(listener):
        raise TypeError(f"{point.value} makes no listener: it cannot be called")
    return listener


def _nothing() -> None:
    """Stand for the ``close`` of a listener that has none."""
