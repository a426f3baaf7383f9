"""What a new configuration changes while the service runs, and what takes a restart."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from passagework.config.settings import Settings

_RESTART: Final = frozenset(
    {"library.path", "library.synchronous", "library.replicated", "library.check", "library.keep_runs"}
    | {"serve.host", "serve.port", "serve.socket", "serve.socket_mode", "serve.token_file", "log.format", "log.file"}
)
"""Keys that the process uses once, when it begins."""

_AT_ONCE: Final = frozenset(
    {"log.level", "serve.hosts", "serve.connections", "serve.streams", "serve.access_log", "loudness.mono"}
    | {"duplicates.leave_out"}
)
"""Keys that need no other importer."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The keys that have other values, by what that takes. ``importer``: it is closed, and another one opened."""

    at_once: tuple[str, ...]
    importer: tuple[str, ...]
    restart: tuple[str, ...]


def compare(before: Settings, after: Settings) -> Reloaded:
    """Return which keys have other values."""
    changed = sorted(_changed(before, after))
    return Reloaded(
        tuple(key for key in changed if key in _AT_ONCE),
        tuple(key for key in changed if key not in _AT_ONCE and key not in _RESTART),
        tuple(key for key in changed if key in _RESTART),
    )


def without_restart(before: Settings, after: Settings) -> Settings:
    """Return the new settings with the old values of what takes a restart."""
    sections: dict[str, BaseModel] = {}
    for key in _RESTART:
        name, _, field = key.partition(".")
        section = sections.get(name, getattr(after, name))
        sections[name] = section.model_copy(update={field: getattr(getattr(before, name), field)})
    return after.model_copy(update=sections)


def _changed(before: Settings, after: Settings) -> Iterator[str]:
    for name in type(before).model_fields:
        one, other = getattr(before, name), getattr(after, name)
        if isinstance(one, BaseModel):
            yield from (f"{name}.{key}" for key in type(one).model_fields if getattr(one, key) != getattr(other, key))
        elif one != other:
            yield name
