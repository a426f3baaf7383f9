"""``passagework serve --check``: whether the service could begin here, item by item."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from passagework.api.library import Library
from passagework.config.settings import Settings
from passagework.domain.errors import LibraryBusyError, PassageworkError
from passagework.domain.files import display_path
from passagework.service.errors import ServeExtraMissingError
from passagework.service.extra import missing_packages


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at: its name, what was found, and the error if it keeps the service from beginning."""

    name: str
    found: str
    error: PassageworkError | None = None


def check(settings: Settings) -> Iterator[Item]:
    """Look at everything that the service needs. It listens for a moment, and changes nothing."""
    if missing := missing_packages():
        yield Item("packages", "missing", ServeExtraMissingError(missing))
        return
    yield Item("packages", "installed")
    yield from (_look(name, settings, look) for name, look in _LOOKS.items())


def _look(name: str, settings: Settings, look: Callable[[Settings], str]) -> Item:
    try:
        return Item(name, look(settings))
    except PassageworkError as error:
        return Item(name, "not as it should be", error)


def _token(settings: Settings) -> str:
    from passagework.service.service import required_token  # noqa: PLC0415 - needs the packages

    return "needed over TCP" if required_token(settings.serve) is not None else "not needed"


def _address(settings: Settings) -> str:
    from passagework.service.listening import listen_tcp  # noqa: PLC0415 - as above

    serve = settings.serve
    if not serve.host:
        return "none"
    listen_tcp(serve.host, serve.port).close()
    return f"{serve.host} port {serve.port} is free"


def _socket(settings: Settings) -> str:
    from passagework.service.listening import listen_unix  # noqa: PLC0415 - as above

    serve = settings.serve
    if serve.socket is None:
        return "none"
    made, place = listen_unix(serve.socket, int(serve.socket_mode, 8))
    made.close()
    place.remove()
    return f"{serve.socket}, mode {serve.socket_mode}"


def _library(settings: Settings) -> str:
    path = settings.library.path
    if not path.exists():
        return f"{path} is made at the first start"
    with Library.open(path) as library:
        writer = library.writer()
    if writer is not None:
        raise LibraryBusyError(f"the library {path} is in use by {writer.holder}")
    return f"{path} can be read, and nobody writes it"


def _roots(settings: Settings) -> str:
    gone = [root for root in settings.scan.roots if not root.is_dir()]
    if not settings.scan.roots:
        return "none: nothing is followed, and no music is sent"
    named = ", ".join(display_path(bytes(root)) for root in gone)
    return f"not there now: {named}" if gone else f"{len(settings.scan.roots)}, all there"


_LOOKS: Final[dict[str, Callable[[Settings], str]]] = {
    "token": _token,
    "address": _address,
    "socket": _socket,
    "library": _library,
    "roots": _roots,
}
