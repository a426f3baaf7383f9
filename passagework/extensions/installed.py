"""The extensions that are installed, as their packages announce them: nothing of them is run to find that out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Final

from passagework.domain.errors import ConfigError
from passagework.domain.extensions import ExtensionId
from passagework.extensions import API_VERSION, EVIDENCE, LISTENERS, MEASURES

_KINDS: Final = {MEASURES: "measures", EVIDENCE: "evidence", LISTENERS: "listener"}
_PREFIXES: Final = tuple(group.rpartition("v")[0] for group in _KINDS)
"""The groups of all versions: ``passagework.measures.v2`` is one of another."""


@dataclass(frozen=True, slots=True)
class Installed:
    """An extension that is installed: what it does (``kinds``), the package, and the versions of the protocols."""

    id: ExtensionId
    package: str
    kinds: tuple[str, ...]
    api_versions: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether it is made for the protocols of this program."""
        return str(API_VERSION) in self.api_versions


class ExtensionError(ConfigError):
    """An extension that is to be used is not installed, or is made for another version of the protocols."""

    code = "extension-unusable"


def installed() -> tuple[Installed, ...]:
    """List the extensions that are installed, by name. What has no name or no version that can be used is left out."""
    found: dict[tuple[ExtensionId, str], list[EntryPoint]] = {}
    for package, point in _announced():
        try:
            one = ExtensionId.parse(f"{point.name}=={package.version}")
        except ValueError:
            continue
        found.setdefault((one, package.name), []).append(point)
    return tuple(
        Installed(
            one,
            package,
            tuple(kind for group, kind in _KINDS.items() if any(point.group == group for point in points)),
            tuple(sorted({point.group.rpartition(".v")[2] for point in points})),
        )
        for (one, package), points in sorted(found.items())
    )


def _announced() -> Iterator[tuple[Distribution, EntryPoint]]:
    """Yield each entry point of an extension, of the packages that Python would import."""
    seen = set()
    for package in distributions():
        points = [point for point in package.entry_points if point.group.startswith(_PREFIXES)]
        if points and package.name not in seen:
            seen.add(package.name)
            yield from ((package, point) for point in points)


def wanted(names: Iterable[str], group: str) -> tuple[ExtensionId, ...]:
    """Return the extensions that are to be used, in their order: ``name``, or ``name==version`` of exactly that one.

    ``group`` is the one in which they have to be. Raises ExtensionError if one cannot be used, with what is installed.
    """
    names = tuple(dict.fromkeys(names))
    found = installed() if names else ()
    return tuple(dict.fromkeys(_the_one(name, group, found) for name in names))


def _the_one(name: str, group: str, found: tuple[Installed, ...]) -> ExtensionId:
    wanted_name, _, version = name.partition("==")
    named = [one for one in found if one.id.name == wanted_name]
    match named:
        case []:
            there = ", ".join(str(one.id) for one in found) or "none"
            raise ExtensionError(f"[extensions] names {name}, which is not installed; installed are: {there}")
        case [one]:
            pass
        case _:
            packages = " and ".join(one.package for one in named)
            raise ExtensionError(f"several packages have an extension {wanted_name}: {packages}; remove all but one")
    if version and version != one.id.version:
        raise ExtensionError(f"[extensions] names {name}, and {one.id} is installed")
    if not one.usable:
        theirs = ", ".join(one.api_versions)
        raise ExtensionError(
            f"the extension {one.id} is made for version {theirs} of the protocols; this program has {API_VERSION}; "
            "install another version of one of them"
        )
    if _KINDS[group] not in one.kinds:
        raise ExtensionError(f"[extensions] names {one.id} for what it is not: it has {' and '.join(one.kinds)}")
    return one.id


def entry_of(one: ExtensionId, group: str) -> EntryPoint | None:
    """Return the entry point of an extension in a group; None: it has none there. LookupError: it is not installed."""
    named = [point for package, point in _announced() if (point.name, package.version) == (one.name, one.version)]
    if not named:
        raise LookupError(f"{one} is not installed here")
    return next((point for point in named if point.group == group), None)
