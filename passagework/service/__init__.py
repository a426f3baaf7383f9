"""The service: the library, its imports and its music over HTTP, for ``passagework serve`` and for programs.

Needs the extra ``serve``. Nothing is imported before it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from passagework.service.service import Service

__all__ = ["Service"]

_HOMES: Final = {"Service": "passagework.service.service"}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used. ServeExtraMissingError: the packages are not installed."""
    if name not in _HOMES:
        raise AttributeError(f"module 'passagework.service' has no attribute {name!r}")
    from passagework.service.extra import check_extra  # noqa: PLC0415 - as everything here

    check_extra()
    return getattr(import_module(_HOMES[name]), name)
