"""The versions that affect the result of an analysis: of this code, and of the libraries it uses."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

import passagework
from passagework.domain.extensions import ExtensionId
from passagework.extensions.installed import installed

_LIBRARIES: Final = ("av", "mutagen", "numpy", "soundfile")
_PARTS: Final = ("audio", "domain", "extensions")


def code_versions() -> dict[str, str]:
    """Return the versions by name. For this code it is a hash of its text: a checkout changes without a new version."""
    return {
        "passagework": version("passagework"),
        "analysis code": _hash_of_the_code(),
        **{name: version(name) for name in _LIBRARIES},
    }


def versions_of(extensions: Iterable[ExtensionId]) -> dict[str, str]:
    """Return the versions of extensions by the name under which they are compared."""
    return {f"extension {one.name}": one.version for one in extensions}


def extension_versions() -> dict[str, str]:
    """Return the versions of all extensions that are installed here."""
    return versions_of(one.id for one in installed())


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """List each name that differs with the version there and here, such as ``numpy 2.1.0 (here 2.4.6)``."""
    return [
        f"{name} {theirs.get(name, 'missing')} (here {wanted})"
        for name, wanted in ours.items()
        if theirs.get(name) != wanted
    ]


def _hash_of_the_code() -> str:
    total = hashlib.blake2b(digest_size=6)
    for place, text in _sources():
        total.update(f"{place} {len(text)}\n".encode())
        total.update(text)
    return total.hexdigest()


def _sources() -> Iterator[tuple[str, bytes]]:
    root = Path(passagework.__path__[0])
    for part in _PARTS:
        for path in sorted((root / part).rglob("*.py")):
            yield path.relative_to(root).as_posix(), path.read_bytes()
