"""The rules of an analysis: everything besides the file that affects its result."""

from dataclasses import dataclass, field, replace

from passagework.domain.extensions import ExtensionId
from passagework.domain.flavor.values import FlavorLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationRules:
    """How silence separates passages. Lengths in seconds.

    What is ``silence_drop`` dB below the file as a whole is silence, and so is the noise that it has without music.
    Silence of at least ``shortest_gap`` separates passages. Sound shorter than ``shortest_sound`` inside silence is
    noise (a click), unless it is a hit or in a rhythm (:mod:`passagework.domain.sounds`): it neither begins a passage
    nor interrupts a gap. A piece shorter than ``shortest_passage`` is joined to its nearer neighbour or stands alone;
    it is never lost.
    ``trim`` False keeps the whole file as one passage.
    """

    silence_drop: float = 60.0
    shortest_gap: float = 2.0
    shortest_sound: float = 0.3
    shortest_passage: float = 10.0
    trim: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CueRules:
    """How quiet the edge of a passage must be to be overlapped. Levels in dB, lengths in seconds.

    A lead ends where the level first comes within ``lead_drop`` of the passage's own loudness, or where the passage
    does not fall towards its edge (:mod:`passagework.domain.cues`). A ramp that reaches
    that level in less than ``quick_ramp`` has no lead; no lead is longer than ``longest_lead``.
    """

    lead_drop: float = 24.0
    quick_ramp: float = 0.25
    longest_lead: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRules:
    """How a text that names several artists is split into their names.

    A list that artist MBIDs prove is split at usual delimiters whatever these say. ``artist_delimiters``: where else;
    none by default, since most delimiters are part of some name. ``artist_exceptions`` are never split.
    """

    artist_delimiters: tuple[str, ...] = ()
    artist_exceptions: tuple[str, ...] = (
        *("AC/DC", "Earth, Wind & Fire", "Tyler, The Creator", "Emerson, Lake & Palmer", "Simon & Garfunkel"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisRules:
    """Everything besides the file that affects the result of an analysis. ``video``: the sound of videos is wanted.

    ``extensions`` measure each passage; those of ``left_out`` are not asked any more in this run, for a reason.
    """

    segmentation: SegmentationRules = field(default_factory=SegmentationRules)
    cues: CueRules = field(default_factory=CueRules)
    tags: TagRules = field(default_factory=TagRules)
    true_peak: bool = True
    fingerprint: bool = True
    video: bool = False
    flavor: FlavorLevel = FlavorLevel.BASIC
    extensions: tuple[ExtensionId, ...] = ()
    left_out: tuple[tuple[ExtensionId, str], ...] = ()

    def leaving_out(self, extensions: tuple[tuple[ExtensionId, str], ...]) -> "AnalysisRules":
        """Return the same rules, by which some of the extensions are not asked, for a reason."""
        return replace(self, left_out=tuple(one for one in extensions if one[0] in self.extensions))


@dataclass(frozen=True, slots=True)
class RulesBelow:
    """The rules for files in a folder and below. ``parts`` is what makes them, as it is stored with them."""

    folder: bytes
    rules: AnalysisRules
    parts: str
