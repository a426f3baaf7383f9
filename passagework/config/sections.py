"""The sections of the configuration: names, types, limits and defaults. ``default.toml`` explains each key."""

import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    SecretStr,
    ValidationInfo,
)

from passagework.config.places import default_library, default_token_file, usable_cores
from passagework.domain.analysis_rules import CueRules, SegmentationRules, TagRules
from passagework.domain.executor_choice import ExecutorChoice, read_executor
from passagework.domain.extensions import NAME as EXTENSION
from passagework.domain.extensions import ExtensionId
from passagework.domain.schedule import Schedule, read_at, read_every

_CUT = SegmentationRules()
_CUE = CueRules()
_TAGS = TagRules()
_LEAST_MEMORY_MB: Final = 128
_MOST_MEMORY_MB: Final = 2**20
_DAY: Final = 86_400
_TEN_YEARS: Final = 10 * 366 * _DAY
_LONGEST_HOST: Final = 253
_SLOWEST: Final = 0.02
"""Requests per second: no request waits longer than an import waits for a service."""


class Section(
    BaseModel,
    frozen=True,
    extra="forbid",
    strict=True,
    allow_inf_nan=False,
    defer_build=True,
    hide_input_in_errors=True,
):
    """Base of all sections: immutable, no unknown keys, no conversion between types, no values in texts of errors."""


def _absolute(value: object, info: ValidationInfo) -> object:
    """Convert text to a path, relative to the folder of the file that names it, otherwise to the current folder."""
    if isinstance(value, str):
        if not value or "\0" in value:
            raise ValueError("must be the path of a file or folder")
        try:
            value = Path(value).expanduser()
        except RuntimeError as error:
            raise ValueError("names a home folder that does not exist") from error
    if isinstance(value, Path):
        base = info.context.get("base") if info.context else None
        return _given((base or Path.cwd()) / value, info)
    return value


def _given(path: Path, info: ValidationInfo) -> Path | str:
    """Return a path as it is taken: from JSON, pydantic takes text alone."""
    return str(path) if info.mode == "json" else path


def _library(value: object, info: ValidationInfo) -> object:
    return _given(default_library(), info) if value == "" else _absolute(value, info)


def _token_file(value: object, info: ValidationInfo) -> object:
    return _given(default_token_file(), info) if value == "" else _absolute(value, info)


def _unset_or_absolute(value: object, info: ValidationInfo) -> object:
    return None if value == "" else _absolute(value, info)


def _frozen_list(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _readable(value: Path) -> str:
    """Convert a path to text for JSON, which cannot contain bytes that are not UTF-8."""
    return os.fsencode(value).decode("utf-8", "replace")


def _enough_memory(value: int) -> int:
    if 0 < value < _LEAST_MEMORY_MB:
        raise ValueError(f"must be 0 (no limit) or at least {_LEAST_MEMORY_MB}")
    return value


def _executor(value: str) -> str:
    read_executor(value)
    return value


def _every(value: str) -> str:
    read_every(value)
    return value


def _at(value: str) -> str:
    read_at(value)
    return value


class FixedFolders(dict[str, str]):
    """A dictionary that is never changed: part of a value."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("settings are immutable")

    __setitem__ = __delitem__ = __ior__ = setdefault = update = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[type["FixedFolders"], tuple[dict[str, str]]]:
        """Make it at once: pickle would put in one item after the other."""
        return FixedFolders, (dict(self),)

    def __hash__(self) -> int:  # type: ignore[override]  # a dictionary has none
        """Hash the content."""
        return hash(frozenset(self.items()))


def _absolute_folders(value: dict[str, str]) -> dict[str, str]:
    for folder in (*value, *value.values()):
        if not folder.startswith("/") or "\0" in folder:
            raise ValueError("must hold absolute folders, ours = theirs")
    return FixedFolders(value)


AnyPath = Annotated[Path, PlainSerializer(_readable, when_used="json")]
AbsolutePath = Annotated[AnyPath, BeforeValidator(_absolute)]
Globs = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_frozen_list)]


class LibrarySettings(Section, frozen=True):
    """The path of the library, its durability, and how it is checked."""

    path: Annotated[AnyPath, BeforeValidator(_library)] = Field(default_factory=default_library)
    synchronous: Literal["full", "normal"] = "full"
    replicated: bool = False
    check: Literal["quick", "full", "off"] = "quick"
    keep_runs: int = Field(default=100, ge=1, le=100_000)
    socket: bool = True


Profile = Literal["none", "archive", "cassette", "live", "radio", "speech", "vinyl"]


class FolderSettings(Section, frozen=True):
    """A folder whose music is cut as a profile says."""

    path: AbsolutePath
    profile: Profile


class ScanSettings(Section, frozen=True):
    """Which files are scanned."""

    roots: Annotated[tuple[AbsolutePath, ...], BeforeValidator(_frozen_list)] = ()
    include: Globs = ()
    exclude: Globs = ()
    follow_symlinks: bool = True
    hidden: bool = False
    video: bool = False
    every: Annotated[str, AfterValidator(_every)] = ""
    at: Annotated[str, AfterValidator(_at)] = ""
    refresh: Literal["now", "idle", "never"] = "now"
    folders: Annotated[tuple[FolderSettings, ...], BeforeValidator(_frozen_list)] = ()

    @property
    def schedule(self) -> Schedule:
        """When a watch looks through all roots."""
        return Schedule(read_every(self.every), read_at(self.at))


class WatchSettings(Section, frozen=True):
    """How a watch follows the roots."""

    follow: Literal["auto", "poll", "off"] = "auto"
    debounce_seconds: float = Field(default=2.0, ge=0, le=3_600)
    rest_seconds: float = Field(default=10.0, ge=0, le=_DAY)
    poll_seconds: float = Field(default=300.0, ge=1, le=7 * _DAY)


class AnalysisSettings(Section, frozen=True):
    """How files are analysed, and with which resources."""

    executor: Annotated[str, AfterValidator(_executor)] = "process"
    roots: Annotated[dict[str, str], AfterValidator(_absolute_folders)] = Field(default_factory=FixedFolders)
    workers: int = Field(default=0, ge=0, le=256)
    priority: Literal["normal", "low", "idle"] = "normal"
    memory_mb: Annotated[int, AfterValidator(_enough_memory)] = Field(default=1024, ge=0, le=_MOST_MEMORY_MB)
    deadline_seconds: float = Field(default=60.0, gt=0, le=7 * _DAY)
    deadline_factor: float = Field(default=0.25, ge=0, le=1_000)
    true_peak: bool = True
    fingerprint: bool = True

    @property
    def choice(self) -> ExecutorChoice:
        """Where the analyses run."""
        return read_executor(self.executor)

    @property
    def worker_count(self) -> int:
        """The number of worker processes: ``workers``, or every core that this process may use."""
        return self.workers or usable_cores()


class FlavorSettings(Section, frozen=True):
    """How much of the musical character is found out; see ``FlavorLevel`` of the domain."""

    level: Literal["off", "basic", "full"] = "basic"


Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_frozen_list)]


def _extensions(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if not EXTENSION.fullmatch(name.partition("==")[0]):
            raise ValueError("must hold names of extensions: small letters, digits, - and _")
        if "==" in name:
            ExtensionId.parse(name)
    return value


ExtensionNames = Annotated[Names, AfterValidator(_extensions)]


class ExtensionSettings(Section, frozen=True):
    """Which of the installed extensions are used: ``name``, or ``name==version``; see docs/extensions.md."""

    measures: ExtensionNames = ()
    evidence: ExtensionNames = ()
    listeners: ExtensionNames = ()


class SegmentationSettings(Section, frozen=True):
    """How silence separates passages; see :class:`SegmentationRules`."""

    silence_drop: float = Field(default=_CUT.silence_drop, gt=0, le=120)
    shortest_gap: float = Field(default=_CUT.shortest_gap, gt=0, le=_DAY)
    shortest_sound: float = Field(default=_CUT.shortest_sound, ge=0, le=_DAY)
    shortest_passage: float = Field(default=_CUT.shortest_passage, ge=0, le=_DAY)
    trim: bool = _CUT.trim


class CueSettings(Section, frozen=True):
    """Where neighbours may overlap; see :class:`CueRules`."""

    lead_drop: float = Field(default=_CUE.lead_drop, gt=0, le=60)
    quick_ramp: float = Field(default=_CUE.quick_ramp, ge=0, le=_DAY)
    longest_lead: float = Field(default=_CUE.longest_lead, ge=0, le=_DAY)


def _separates(value: str) -> str:
    """Check a delimiter: letters alone would split words."""
    if not value.strip() or value[0].isalnum() or value[-1].isalnum():
        raise ValueError('must begin and end with a sign or a space, such as "; " or " feat. "')
    return value


Delimiters = Annotated[tuple[Annotated[str, AfterValidator(_separates)], ...], BeforeValidator(_frozen_list)]


class TagSettings(Section, frozen=True):
    """How texts of tags are read; see :class:`TagRules`."""

    artist_delimiters: Delimiters = _TAGS.artist_delimiters
    artist_exceptions: Names = _TAGS.artist_exceptions


class LinkSettings(Section, frozen=True):
    """Whether passages are linked to songs, artists and albums."""

    enabled: bool = True


class LoudnessSettings(Section, frozen=True):
    """How players are told to change the loudness."""

    mono: Literal["panned", "copied"] = "panned"


class PlaySettings(Section, frozen=True):
    """How long things rest after they were played, where nobody has set it on them, in seconds; and how loud it is."""

    song_cooldown: Annotated[int, Field(ge=0, le=_TEN_YEARS)] = 900
    song_ramp: Annotated[int, Field(ge=0, le=_TEN_YEARS)] = 604_800
    artist_cooldown: Annotated[int, Field(ge=0, le=_TEN_YEARS)] = 0
    artist_ramp: Annotated[int, Field(ge=0, le=_TEN_YEARS)] = 3_600
    work_cooldown: Annotated[int, Field(ge=0, le=_TEN_YEARS)] = 900
    work_ramp: Annotated[int, Field(ge=0, le=_TEN_YEARS)] = 86_400
    target_lufs: Annotated[float, Field(ge=-70, le=0)] = -18.0


class DuplicatesSettings(Section, frozen=True):
    """Of which pieces lists and exports leave all copies but the best out."""

    leave_out: Literal["none", "audio", "recording"] = "none"


def _address(value: str) -> str:
    """Check the address of a web server: scheme, host, optionally a port, and no user or password."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        usable = False
    if not usable or parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be the address of a web server, such as https://example.org")
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


class IdentificationSettings(Section, frozen=True):
    """What is looked up, and how long answers are valid."""

    works: bool = False
    answers_days: float = Field(default=90.0, gt=0, le=3_650)
    no_match_days: float = Field(default=30.0, gt=0, le=3_650)
    gate_folder: Annotated[AnyPath | None, BeforeValidator(_unset_or_absolute)] = None


class AcoustidSettings(Section, frozen=True):
    """Whether and how fingerprints are looked up at AcoustID. Never without a key."""

    enabled: bool = True
    key: SecretStr = SecretStr("")
    url: Address = "https://api.acoustid.org"
    batch: int = Field(default=10, ge=1, le=20)
    per_second: float = Field(default=3.0, ge=_SLOWEST, le=1_000)
    timeout_seconds: float = Field(default=10.0, gt=0, le=600)

    @property
    def asked(self) -> bool:
        """Whether the service is asked at all."""
        return self.enabled and bool(self.key.get_secret_value())


class MusicBrainzSettings(Section, frozen=True):
    """Whether and how MusicBrainz is asked. The public server is never asked without a contact."""

    enabled: bool = True
    url: Address = "https://musicbrainz.org"
    path: str = "/ws/2"
    per_second: float = Field(default=1.0, ge=_SLOWEST, le=1_000)
    contact: str = ""
    search: bool = True
    timeout_seconds: float = Field(default=10.0, gt=0, le=600)

    @property
    def public(self) -> bool:
        """Whether this is MusicBrainz' own server and not a mirror."""
        host = urlsplit(self.url).hostname or ""
        return host == "musicbrainz.org" or host.endswith(".musicbrainz.org")

    @property
    def asked(self) -> bool:
        """Whether the service is asked at all."""
        return self.enabled and (bool(self.contact.strip()) or not self.public)


class BatchSettings(Section, frozen=True):
    """When a batch of results is committed: at the first of these limits."""

    linger_ms: int = Field(default=500, ge=0, le=60_000)
    max_files: int = Field(default=64, ge=1, le=10_000)
    max_bytes_mb: int = Field(default=64, ge=1, le=1024)


class SessionSettings(Section, frozen=True):
    """How many files are in flight, and when a file is given up."""

    credits: int = Field(default=128, ge=1, le=10_000)
    max_attempts: int = Field(default=3, ge=1, le=100)


class LogSettings(Section, frozen=True):
    """What the command line logs, and where."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"
    file: Annotated[AnyPath | None, BeforeValidator(_unset_or_absolute)] = None


_HOST_LABELS: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")


def _host_name(value: str) -> str:
    """Check a name or an address of a machine, without a port; names are compared in lower case."""
    name = value.lower().strip("[]")
    if not _HOST_LABELS.fullmatch(name) or len(name) > _LONGEST_HOST:
        raise ValueError("must be the name or the address of a machine, without a port")
    return name


def _host_or_none(value: str) -> str:
    return value and _host_name(value)


def _mode(value: str) -> str:
    if not re.fullmatch(r"0?[0-7]{3}", value):
        raise ValueError("must be three octal digits, such as 600 or 660")
    return value


class ServeSettings(Section, frozen=True):
    """Where ``passagework serve`` listens, and within which limits."""

    host: Annotated[str, AfterValidator(_host_or_none)] = "127.0.0.1"
    port: int = Field(default=5723, ge=0, le=65_535)
    socket: Annotated[AnyPath | None, BeforeValidator(_unset_or_absolute)] = None
    socket_mode: Annotated[str, AfterValidator(_mode)] = "600"
    hosts: Annotated[tuple[Annotated[str, AfterValidator(_host_name)], ...], BeforeValidator(_frozen_list)] = ()
    token_file: Annotated[AnyPath, BeforeValidator(_token_file)] = Field(default_factory=default_token_file)
    connections: int = Field(default=200, ge=1, le=10_000)
    streams: int = Field(default=64, ge=0, le=10_000)
    access_log: bool = True


class AllSections(Section, frozen=True):
    """Every key that can be configured, by section."""

    profile: Profile = "none"
    library: LibrarySettings = Field(default_factory=LibrarySettings)
    scan: ScanSettings = Field(default_factory=ScanSettings)
    watch: WatchSettings = Field(default_factory=WatchSettings)
    analysis: AnalysisSettings = Field(default_factory=AnalysisSettings)
    flavor: FlavorSettings = Field(default_factory=FlavorSettings)
    extensions: ExtensionSettings = Field(default_factory=ExtensionSettings)
    segmentation: SegmentationSettings = Field(default_factory=SegmentationSettings)
    cues: CueSettings = Field(default_factory=CueSettings)
    tags: TagSettings = Field(default_factory=TagSettings)
    link: LinkSettings = Field(default_factory=LinkSettings)
    loudness: LoudnessSettings = Field(default_factory=LoudnessSettings)
    play: PlaySettings = Field(default_factory=PlaySettings)
    duplicates: DuplicatesSettings = Field(default_factory=DuplicatesSettings)
    identification: IdentificationSettings = Field(default_factory=IdentificationSettings)
    acoustid: AcoustidSettings = Field(default_factory=AcoustidSettings)
    musicbrainz: MusicBrainzSettings = Field(default_factory=MusicBrainzSettings)
    batch: BatchSettings = Field(default_factory=BatchSettings)
    session: SessionSettings = Field(default_factory=SessionSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    serve: ServeSettings = Field(default_factory=ServeSettings)
