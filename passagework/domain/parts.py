"""The parts of an analysis: the version of each, the settings that it depends on, and what it can be redone from.

A part is *stale* where an older version or other settings made it. A new part, or a new version of one, is a line of
``PARTS``; that files lack it or have it of an older version follows from what is stored with them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar

from passagework.domain.flavor.values import FLAVOR_VERSION, FlavorLevel
from passagework.domain.json_text import read_json, write_sorted_json

T = TypeVar("T")
D = TypeVar("D")


class PartName(StrEnum):
    """The name of a part, as it is stored."""

    AUDIO = "audio"
    TAGS = "tags"
    LOUDNESS = "loudness"
    TRUE_PEAK = "true-peak"
    CURVES = "curves"
    PASSAGES = "passages"
    FINGERPRINT = "fingerprint"
    CUES = "cues"
    FLAVOR = "flavor"
    EXTENSIONS = "extensions"


class RedoneFrom(StrEnum):
    """What a part is redone from, the cheapest first."""

    LIBRARY = "library"
    """What the library holds is enough: the file is not even opened."""

    TAGS = "tags"
    """The file is opened, and its tags are read."""

    CURVES = "curves"
    """The curves in the library are enough for most files; the others are decoded."""

    DECODE = "decode"
    """The file is decoded, and with it all parts are made anew."""


ANYTHING: Final = frozenset(RedoneFrom)
FROM_LIBRARY: Final = frozenset({RedoneFrom.LIBRARY, RedoneFrom.CURVES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an analysis. ``settings`` are keys of the configuration; ``switch``: it is only made with this one.

    ``made`` says for people what became of a file: "3 files were *measured* by an older version". ``before`` has values
    of settings by which programs that did not know them did the same. ``alike``: a value by which a part was made,
    and one that is set now, which make no difference. ``parts_of_list``: the settings are lists, and what is made with
    more is not stale.
    """

    name: PartName
    version: int
    redone_from: RedoneFrom
    made: str
    settings: tuple[str, ...] = ()
    switch: str | None = None
    before: tuple[tuple[str, object], ...] = ()
    alike: tuple[tuple[object, object], ...] = ()
    parts_of_list: bool = False


PARTS: Final = (
    Part(name=PartName.AUDIO, version=1, redone_from=RedoneFrom.DECODE, made="decoded"),
    Part(
        name=PartName.TAGS,
        # 2: with the pieces that the file itself states.
        version=2,
        redone_from=RedoneFrom.TAGS,
        made="read for tags",
        settings=("tags.artist_delimiters", "tags.artist_exceptions"),
        before=(("tags.artist_delimiters", []),),
    ),
    # 2: also of files with a few samples that are no numbers; of channels without names the bass does not count.
    # 3: with how many blocks are how loud, for the loudness of albums.
    Part(name=PartName.LOUDNESS, version=3, redone_from=RedoneFrom.DECODE, made="measured for loudness"),
    Part(
        name=PartName.TRUE_PEAK,
        version=1,
        redone_from=RedoneFrom.DECODE,
        made="measured for true peaks",
        settings=("analysis.true_peak",),
        switch="analysis.true_peak",
    ),
    # 2: with the levels by which passages are found. 3: with what is heard at edges that cut through sound.
    Part(name=PartName.CURVES, version=3, redone_from=RedoneFrom.DECODE, made="drawn"),
    Part(
        name=PartName.PASSAGES,
        # 2: by what is loud in a file, over its own noise, and by rhythm. 3: gaps are measured to 0.1 s.
        version=3,
        redone_from=RedoneFrom.CURVES,
        made="cut",
        settings=(
            "segmentation.silence_drop",
            "segmentation.shortest_gap",
            "segmentation.shortest_sound",
            "segmentation.shortest_passage",
            "segmentation.trim",
        ),
    ),
    Part(
        name=PartName.FINGERPRINT,
        version=1,
        redone_from=RedoneFrom.DECODE,
        made="fingerprinted",
        settings=("analysis.fingerprint",),
        switch="analysis.fingerprint",
    ),
    Part(
        name=PartName.CUES,
        # 3: from the levels by which passages are found; none at a cut through sound.
        version=3,
        redone_from=RedoneFrom.LIBRARY,
        made="cued",
        settings=("cues.lead_drop", "cues.quick_ramp", "cues.longest_lead"),
    ),
    Part(
        name=PartName.FLAVOR,
        version=FLAVOR_VERSION,
        redone_from=RedoneFrom.DECODE,
        made="heard for flavor",
        settings=("flavor.level",),
        switch="flavor.level",
        # What the nets heard is not forgotten because they are not there.
        alike=(
            (FlavorLevel.FULL, FlavorLevel.LACKING),
            (FlavorLevel.BASIC, FlavorLevel.LACKING),
            (FlavorLevel.LACKING, FlavorLevel.BASIC),
        ),
    ),
    Part(
        name=PartName.EXTENSIONS,
        version=1,
        redone_from=RedoneFrom.DECODE,
        made="measured by extensions",
        settings=("extensions.measures",),
        switch="extensions.measures",
        before=(("extensions.measures", []),),
        parts_of_list=True,
    ),
)

_FIRST_VERSIONS: Final = MappingProxyType(dict.fromkeys(set(PartName) - {PartName.FLAVOR, PartName.EXTENSIONS}, 1))
"""Of files whose analysis does not say what made it: libraries of schema 10 and before. A later part is not in here."""


class Refresh(StrEnum):
    """When an import redoes what is stale: the setting ``scan.refresh``."""

    NOW = "now"
    """After the new and changed files, with all workers."""

    IDLE = "idle"
    """What needs no decoding, as with NOW; the rest one file at a time, in an import that finds no news."""

    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRules:
    """When stale parts are redone, and what an import makes ``now``."""

    when: Refresh = Refresh.NEVER
    now: "Wanted | None" = None


class StaleReason(StrEnum):
    """Why a part is stale."""

    VERSION = "version"
    """An older version of the program made it."""

    SETTINGS = "settings"
    """It was made with other settings."""

    ABSENT = "absent"
    """The program that analysed the file did not make it."""


@dataclass(frozen=True, slots=True)
class StalePart:
    """A part that is stale, and why; ``settings`` are the keys that have other values now."""

    part: PartName
    reason: StaleReason
    settings: tuple[str, ...] = ()


_OFF: Final = (None, False, FlavorLevel.OFF)
"""Values of a switch with which a part is not made; None: the configuration is of before."""

_Made = Mapping[str, tuple[int, Mapping[str, object]]]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which version and which settings made each part of an analysis; ``text`` is its stored form, equal if it is."""

    text: str

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> "Provenance":
        """Return what this program makes with a configuration, given by sections."""
        return cls._of({part.name: part.version for part in PARTS}, config)

    @classmethod
    def of_first(cls, config_text: str) -> "Provenance | None":
        """Return what a program that did not note it made with a configuration; None if that does not tell."""
        config = _config(config_text)
        return None if config is None else cls._of(_FIRST_VERSIONS, config)

    @classmethod
    def of_run(cls, config_text: str) -> "Provenance | None":
        """Return what this program makes with the configuration of a run; None if that does not tell."""
        config = _config(config_text)
        return None if config is None else cls.of_config(config)

    @classmethod
    def _of(cls, versions: Mapping[PartName, int], config: Mapping[str, Any]) -> "Provenance":
        return cls._from(
            {part.name: (versions[part.name], _values(config, part)) for part in PARTS if part.name in versions}
        )

    @classmethod
    def _from(cls, made: _Made) -> "Provenance":
        return cls(write_sorted_json(made))

    def stale(self, now: "Provenance") -> tuple[StalePart, ...]:
        """Return the parts that ``now`` makes otherwise, in the order of ``PARTS``.

        A part that is switched off now stays as it is, and so does one that a newer program made.
        """
        made, wanted = _read(self), _read(now)
        found = (_compare(part, made.get(part.name), wanted.get(part.name)) for part in PARTS)
        return tuple(one for one in found if one is not None)

    def version(self, part: PartName) -> int:
        """Return the version that made a part; 0 if none did."""
        return _read(self).get(part, (0, {}))[0]

    def settings(self, part: PartName) -> Mapping[str, object]:
        """Return the settings that made a part."""
        return _read(self).get(part, (0, {}))[1]

    def with_parts(self, redone: Iterable[PartName], now: "Provenance") -> "Provenance":
        """Return what made a file of which some parts were redone."""
        made, wanted = _read(self), _read(now)
        return self._from({**made, **{name: wanted[name] for name in redone}})


@dataclass(frozen=True, slots=True)
class Region:
    """Where the same is made: below ``roots`` (None: in the whole library), but not ``without``."""

    now: Provenance
    roots: tuple[bytes, ...] | None
    without: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an import makes of files: ``now``, and otherwise in some ``folders`` and below; the deepest one counts."""

    now: Provenance
    folders: tuple[tuple[bytes, Provenance], ...] = ()

    def at(self, path: bytes) -> Provenance:
        """Return what is made of the file at a path."""
        return deepest_around(path, self.folders, self.now)

    def regions(self, roots: tuple[bytes, ...] | None) -> tuple[Region, ...]:
        """Return where what is made, in the whole library or below some roots."""
        if not self.folders:
            return (Region(self.now, roots),)
        everywhere = (b"/",) if roots is None else roots
        found = [Region(self.now, everywhere, tuple(folder for folder, _ in self.folders))]
        for folder, now in self.folders:
            inside = tuple(root for root in everywhere if root != folder and is_in(root, folder))
            if any(is_in(folder, root) for root in everywhere):
                inside = (folder, *inside)
            deeper = tuple(other for other, _ in self.folders if other != folder and is_in(other, folder))
            if inside:
                found.append(Region(now, inside, deeper))
        return tuple(found)


def is_in(path: bytes, folder: bytes) -> bool:
    """Tell whether a path is a folder, or below it."""
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def deepest_around(path: bytes, folders: Iterable[tuple[bytes, T]], otherwise: D) -> T | D:
    """Return what belongs to the deepest of some folders around a path; ``otherwise`` where none is."""
    around = [one for one in folders if is_in(path, one[0])]
    return max(around, key=lambda one: len(one[0]))[1] if around else otherwise


def _read(provenance: Provenance) -> dict[str, tuple[int, Mapping[str, object]]]:
    return {name: (version, values) for name, (version, values) in read_json(provenance.text).items()}


def _config(text: str) -> Mapping[str, Any] | None:
    try:
        config = read_json(text)
    except ValueError:
        return None
    # Every configuration has all sections; what has none of them is none.
    return config if isinstance(config, dict) and "segmentation" in config else None


def _values(config: Mapping[str, Any], part: Part) -> dict[str, object]:
    """Return the values of the settings of a part, without those that the configuration does not know."""
    found = {}
    for key in part.settings:
        section, _, name = key.partition(".")
        if name in (values := config.get(section, {})):
            found[key] = values[name]
    return found


def _compare(
    part: Part, made: tuple[int, Mapping[str, object]] | None, wanted: tuple[int, Mapping[str, object]] | None
) -> StalePart | None:
    if wanted is None or (part.switch is not None and _is_off(wanted[1].get(part.switch))):
        return None
    if made is None:
        return StalePart(part.name, StaleReason.ABSENT)
    was = {**dict(part.before), **made[1]}
    changed = tuple(key for key in part.settings if key in was and _differs(part, was[key], wanted[1].get(key)))
    if made[0] < wanted[0] and part.switch not in changed:
        return StalePart(part.name, StaleReason.VERSION)
    return StalePart(part.name, StaleReason.SETTINGS, changed) if changed else None


def _is_off(value: object) -> bool:
    return value in _OFF or value == []


def _differs(part: Part, was: object, now: object) -> bool:
    """Tell whether a setting made something else than it makes now."""
    if part.parts_of_list and isinstance(was, list) and isinstance(now, list):
        return any(one not in was for one in now)
    return was != now and (was, now) not in part.alike


def dearest_of(stale: Iterable[StalePart]) -> RedoneFrom:
    """Return what all of these can be redone from."""
    order = list(RedoneFrom)
    return max((BY_NAME[one.part].redone_from for one in stale), key=order.index)


BY_NAME: Final = MappingProxyType({part.name: part for part in PARTS})

SECTIONS: Final = frozenset(key.partition(".")[0] for part in PARTS for key in part.settings)
"""The sections of the configuration that parts depend on."""
