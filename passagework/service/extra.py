"""The packages of the extra ``serve``: whether they are there."""

from importlib.util import find_spec
from typing import Final

from passagework.service.errors import ServeExtraMissingError

_PACKAGES: Final = ("starlette", "uvicorn", "h11", "prometheus_client")


def missing_packages() -> tuple[str, ...]:
    """Return the packages that are not installed. None of them is imported."""
    return tuple(name for name in _PACKAGES if find_spec(name) is None)


def check_extra() -> None:
    """Raise ServeExtraMissingError, with what to install, if a package is missing."""
    if missing := missing_packages():
        raise ServeExtraMissingError(missing)
