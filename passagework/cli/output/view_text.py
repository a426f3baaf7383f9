"""Files and passages of the library as text for people."""

from collections.abc import Iterable, Mapping

from passagework.domain.counted import counted
from passagework.domain.edits import Subject, Value
from passagework.domain.extensions import PassageValue
from passagework.domain.files import display_path
from passagework.domain.flavor.values import Flavor
from passagework.domain.flavor.words import in_words
from passagework.domain.gains import PassageGains
from passagework.domain.ids import Guid
from passagework.domain.measured import Loudness, PassageMeasures, Unit, measured_columns
from passagework.domain.playable import NotPlayable
from passagework.domain.tags import ReplayGain, Tags
from passagework.domain.units import clock_time, seconds
from passagework.domain.views import FileView, HeldRelease, Named, PassageView


def _name(named: Named) -> str:
    mark = ""
    if named.name is not None and not named.set_by_user:
        mark = "~~" if named.from_file_name else "" if named.mbid else "~"
    return f"{mark}{named.name or named.mbid or '?'}"


def what(passage: PassageView) -> str:
    """Name a passage by artists, title and album.

    ``~`` marks names that are only text of the tags, ``~~`` those that only the names of the file and its folders say.
    """
    artists = ", ".join(_name(artist) for artist in passage.artists) or "?"
    album = f" ({_name(passage.album)})" if passage.album.name or passage.album.mbid else ""
    return f"{artists} - {_name(passage.title)}{album}"


def verdict(passage: PassageView) -> str:
    """Return a person's decisions about playing a passage, as a suffix of its name; empty if there are none."""
    said = {own.field: own.value for own in passage.own if own.subject is Subject.PASSAGE}
    words = [str(said["approval"])] if "approval" in said else []
    if "probability" in said:
        words.append(f"probability {value_text(said['probability'])}")
    return f"  ({', '.join(words)})" if words else ""


def why_not(passage: PassageView) -> str:
    """Return why a passage cannot be played, as a suffix of its name; that it is rejected is a person's verdict."""
    words = [reason for reason in passage.not_playable_because if reason is not NotPlayable.REJECTED]
    return f"  ({', '.join(words)})" if words else ""


def value_text(value: Value) -> str:
    """Return a value that a person can set; ``-`` if there is none."""
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _own_lines(passage: PassageView) -> Iterable[str]:
    """List the user values by subject; only the passage itself needs no name."""
    said: dict[tuple[Subject, str], list[str]] = {}
    for own in passage.own:
        part = f".{own.part}" if own.part else ""
        said.setdefault((own.subject, own.key), []).append(f"{own.field}{part}={value_text(own.value)}")
    for (subject, key), words in said.items():
        of = "" if subject is Subject.PASSAGE else f"{subject} {key}: "
        yield f"  yours   {of}{', '.join(words)}"


def _levels_line(measured: PassageMeasures | Loudness) -> str:
    """Name every level except the first, the subject of the line; a new one needs no change here."""
    of = Loudness if isinstance(measured, Loudness) else PassageMeasures
    said = []
    for column in measured_columns(of):
        # Times have lines of their own.
        if column.unit is not Unit.TICKS:
            name = column.name.removeprefix("loudness").replace("_", " ").strip()
            said.append(f"{name} {_level(column.of(measured), column.unit)}".strip())
    return f"  loud    {', '.join(said)}"


def _level(value: float | None, unit: Unit) -> str:
    # No minus before nothing.
    return "-" if value is None else f"{round(value, unit.decimals) + 0.0:.{unit.decimals}f} {unit.symbol}"


def _works_line(passage: PassageView) -> Iterable[str]:
    """Name the works and their composers; nothing if neither is known."""
    words = [", ".join(map(_name, passage.works))] if passage.works else []
    words += [f"composed by {', '.join(map(_name, passage.composers))}"] if passage.composers else []
    if words:
        yield f"  works   {', '.join(words)}"


def passage_lines(
    passage: PassageView,
    gains: PassageGains | None = None,
    flavor: Flavor | None = None,
    values: tuple[PassageValue, ...] = (),
) -> Iterable[str]:
    """Describe a passage completely; ``gains`` None: without them, and so with ``flavor`` and ``values``."""
    yield f"passage   {passage.guid}"
    yield f"  what    {what(passage)}"
    yield from _works_line(passage)
    yield f"  file    {display_path(passage.path)}"
    for reason in passage.not_playable_because:
        yield f"  no play {reason}: {reason.explanation}"
    if place := [f"{name} {n}" for name, n in (("medium", passage.medium), ("track", passage.track)) if n is not None]:
        yield f"  on      {', '.join(place)}"
    yield f"  span    {clock_time(passage.start)} - {clock_time(passage.end)}"
    runs_on = ", runs on in the next passage" if passage.gapless_with_next else ""
    yield f"  leads   in {seconds(passage.lead_in):.3f} s, out {seconds(passage.lead_out):.3f} s{runs_on}"
    fades = [
        f"{name} {seconds(fade):.3f} s"
        for name, fade in (("in", passage.fade_in), ("out", passage.fade_out))
        if fade is not None
    ]
    if fades:
        yield f"  fades   {', '.join(fades)}"
    yield _levels_line(passage)
    yield from () if gains is None else _gain_lines(gains)
    yield from () if flavor is None else _flavor_lines(flavor)
    yield from map(_value_line, values)
    yield f"  state   {passage.link_state.explanation}{_how_sure(passage)}"
    if passage.reason:
        yield f"  reason  {passage.reason}"
    yield from candidate_lines(passage)
    yield from _own_lines(passage)
    for evidence in passage.evidence:
        strength = "" if evidence.strength is None else f" ({evidence.strength:.2f})"
        yield f"  because {evidence.source} {evidence.kind} {evidence.value}{strength}"


def _how_sure(passage: PassageView) -> str:
    words = [] if passage.confidence is None else [f"confidence {_percent(passage.confidence)}"]
    words += [f"in doubt: {doubt}" for doubt in sorted(passage.doubts)]
    words += [] if passage.weights is None or not words else [f"weights {passage.weights}"]
    return f" ({', '.join(words)})" if words else ""


def candidate_lines(passage: PassageView) -> Iterable[str]:
    """List the candidates, best first, each with the evidence for and against it."""
    for number, candidate in enumerate(passage.candidates, 1):
        place = f" ({candidate.album}, medium {candidate.medium}, track {candidate.track})" if candidate.album else ""
        yield (
            f"  may be {number} {_percent(candidate.confidence)}  {', '.join(candidate.artists) or '?'} - "
            f"{candidate.title}{place}  {candidate.recording}"
        )
        for term in sorted(candidate.terms, key=lambda term: -abs(term.value * term.weight)):
            yield f"         {term.value * term.weight:+6.2f}  {term.kind}: {term.note}"
        if candidate.caps:
            yield f"         capped: {', '.join(candidate.caps)}"


def _percent(share: float) -> str:
    # 99.96 % is not certain.
    return f"{min(share, 0.999):.1%}"


def file_lines(
    file: FileView,
    gains: Mapping[Guid, PassageGains] | None = None,
    flavors: Mapping[Guid, Flavor] | None = None,
    values: Mapping[Guid, tuple[PassageValue, ...]] | None = None,
) -> Iterable[str]:
    """Describe a file, and then its passages; ``gains`` None: without them, and so with ``flavors`` and ``values``."""
    yield f"file      {display_path(file.path)}"
    yield from (f"  place   {display_path(place)}" for place in file.places)
    yield f"  state   {', '.join((file.state, *_presence(file)))}"
    if file.failure is not None:
        yield f"  reason  {file.failure.code}: {file.failure}"
    yield from (f"  warns   {warning}: {warning.explanation}" for warning in file.warnings)
    if file.format is not None and file.duration is not None:
        rate = f", {file.format.bit_rate // 1000} kbit/s" if file.format.bit_rate else ""
        yield (
            f"  audio   {file.format.codec} in {file.format.container}, {file.format.sample_rate} Hz, "
            f"{counted(file.format.channels, 'channel')}{rate}, {clock_time(file.duration)}"
            f"{f', decoded by {file.format.decoder}' if file.format.decoder else ''}"
        )
    if file.loudness is not None:
        yield _levels_line(file.loudness)
    if file.doubtful_gaps:
        gaps = (f"{clock_time(gap.start)}-{clock_time(gap.end)}" for gap in file.doubtful_gaps)
        yield f"  gaps    perhaps: {', '.join(gaps)}"
    if file.cut_by is not None:
        yield f"  cut by  {file.cut_by}"
    if file.held is not None:
        yield _held_line(file.held)
    yield from _tag_lines(file.tags)
    for passage in file.passages:
        guid = passage.guid
        yield from passage_lines(
            passage, (gains or {}).get(guid), (flavors or {}).get(guid), (values or {}).get(guid, ())
        )


def _held_line(held: HeldRelease) -> str:
    """Tell which release a file was found to hold, and whether its track list has cut the file."""
    name = f"{held.artist} - {held.title}" if held.artist else held.title
    score = "" if held.score is None else f", score {held.score:.2f}"
    fits = "" if held.matched else ", which does not fit the sound"
    date = f" ({held.date})" if held.date else ""
    what = f"{name}{date}, {counted(held.tracks, 'track')}"
    return f"  holds   {what}, by its {held.named_by.replace('-', ' ')}{score}{fits}  {held.release}"


def _gain_lines(gains: PassageGains) -> Iterable[str]:
    """Tell how loud its disc and its album are, and which gains follow; nothing of what is not known."""
    together = [
        f"{name} {programme.integrated:.1f} LUFS"
        for name, programme in (("disc", gains.disc), ("album", gains.album))
        if programme.integrated is not None
    ]
    if together:
        yield f"  of      {', '.join(together)}"
    if words := list(_gains(gains.replay_gain)):
        yield f"  gain    {', '.join(words)}"


def _flavor_lines(flavor: Flavor) -> Iterable[str]:
    if words := in_words(flavor):
        yield f"  flavor  {', '.join(words)}"


def _value_line(one: PassageValue) -> str:
    name = f"{one.extension} {one.measure}" if one.measure else one.extension
    value = f"{one.value:.6g}" if isinstance(one.value, float) else one.value
    said = value if one.failure is None else f"nothing: {one.failure}"
    return f"  says    {name} ({one.version}): {said}"


def _tag_lines(tags: Tags) -> Iterable[str]:
    if tags.original_date is not None and tags.original_date != tags.date:
        yield f"  first   {tags.original_date}"
    if tags.compilation:
        yield "  album   a compilation of several artists"
    if gains := list(_gains(tags.replay_gain)):
        yield f"  gain    {', '.join(gains)} (from the tags)"
    for key, values in tags.raw:
        yield f"  tag     {key}: {' / '.join(values)[:200]}"


def _presence(file: FileView) -> Iterable[str]:
    if file.missing:
        yield "missing on disk"
    if file.excluded:
        yield "excluded by the rules of the scan"


def _gains(found: ReplayGain) -> Iterable[str]:
    """Name the loudness values of the tags; R128 gains refer to -23 LUFS, the others to -18."""
    for name, gain in (
        ("track", found.track_gain),
        ("album", found.album_gain),
        ("R128 track", found.r128_track_gain),
        ("R128 album", found.r128_album_gain),
    ):
        if gain is not None:
            yield f"{name} {gain:+.2f} dB"
    for name, peak in (("track", found.track_peak), ("album", found.album_peak)):
        if peak is not None:
            yield f"{name} peak {peak:.3f}"
