"""Analyse one file: checks, tags and hashes around one decode, and the passages it holds."""

from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from typing import Final

from passagework.audio.comparison import compare
from passagework.audio.decoding.chain import open_chain
from passagework.audio.decoding.declared_length import ends_early
from passagework.audio.decoding.moving_pictures import is_video
from passagework.audio.decoding.opening import OpenFile, opened, refusals
from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.decoding.second_decoder import may_read, open_with_second
from passagework.audio.decoding.source import AudioSource, OpenSource
from passagework.audio.decoding.stream import open_audio
from passagework.audio.decoding.visible import Visible, show
from passagework.audio.fingerprint.pcm_spool import PcmSpool
from passagework.audio.joins.net import HeardJoins
from passagework.audio.measure.envelope import stored_envelope
from passagework.audio.measure.hashing import HashingFile
from passagework.audio.measure.waveform import draw_waveform
from passagework.audio.one_decode import decode, decode_for_fingerprints
from passagework.audio.own_pieces import own_pieces
from passagework.audio.passages import analyze_passages
from passagework.audio.sniff import AUDIO_EXTENSIONS, extension_matches, sniff_behind_tags, suffix_of
from passagework.audio.tags import ReadTags, read_all_tags
from passagework.audio.tags.bounded_reader import BoundedReader
from passagework.audio.tags.ogg_links import read_link
from passagework.domain.analysis import AnalysisResult, AudioFormat, Damage, FailedAnalysis, FileAnalysis
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.chosen_cuts import Heard, choose
from passagework.domain.cues import find_cues
from passagework.domain.failures import FailureCode, WarningCode
from passagework.domain.file_levels import FileLevels
from passagework.domain.given_cuts import CutSource, Given, cuts_hash, cuts_of_links
from passagework.domain.jobs import AnalysisJob
from passagework.domain.segmentation import find_cuts
from passagework.domain.sheets.completed import completed
from passagework.domain.spans import Span
from passagework.domain.tags import Tags
from passagework.domain.track_lists.cut_by_list import cut_by_list
from passagework.domain.units import ticks_from_samples

_EXACT_CODECS: Final = frozenset({"alac", "ape", "flac", "tak", "tta", "wavpack"})
"""Lossless codecs other than PCM: their declared length contains no encoder delay."""

_DELAYS_PER_SECOND: Final = 10
"""For other codecs less than a tenth of a second does not count as missing: the declared length may include padding."""


def analyze_file(job: AnalysisJob) -> AnalysisResult:
    """Analyse a file, or say why it cannot be analysed. The file is only read.

    A file whose content or audio is ``job.known`` is not decoded (SameContent, SameAudio). Any other is read once and
    decoded once; memory grows by some KB per minute of audio. Errors of the file or the
    operating system become a FailedAnalysis, with the stamp that the file had when it was opened.
    MemoryError is raised, and so is every error that only a defect of this program can cause;
    :func:`passagework.workers.processes.attempt.attempt` turns those into failures. Best run in a separate process.
    """
    stamp = job.stamp
    try:
        with opened(job.path) as file:
            stamp = file.stamp
            given = job.given or Given()
            same = None if job.known is None else compare(file, job.known, job.rules.tags, given.sheet)
            return _analyze(file, job.rules, given) if same is None else same
    except RefusedError as refused:
        return FailedAnalysis(job.path, stamp, refused.failure)


def _analyze(file: OpenFile, rules: AnalysisRules, given: Given) -> FileAnalysis:
    with refusals(), BoundedReader(file.descriptor, file.stamp.size) as reader:
        found = sniff_behind_tags(reader)
        if found is None:
            raise RefusedError(FailureCode.NOT_AUDIO)
        visible = show(reader, found, file.stamp.size)
        read = read_all_tags(reader, found.container, rules.tags)
        if found.pictures and not rules.video:
            seen_by_decoder = HashingFile(file.descriptor, file.stamp.size, visible.cover)
            if is_video(seen_by_decoder, found.container, named_audio=suffix_of(file.path) in AUDIO_EXTENSIONS):
                raise RefusedError(FailureCode.NOT_AUDIO, "a video; scan.video = true imports its sound")
        of_links = tuple(read_link(reader, *link, rules.tags) for link in visible.links)
    seen = _Seen(file, found.container, visible, read, of_links)
    try:
        first = partial(open_chain, links=visible.links) if visible.links else open_audio
        return _analyze_with(first, seen, rules, given)
    except RefusedError as refused:
        if not may_read(refused, found.container):
            raise
        try:
            return _analyze_with(open_with_second, seen, rules, given)
        except RefusedError as too:
            # What FFmpeg says of the file tells more, unless the disk failed since.
            raise (refused if may_read(too, found.container) else too) from None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of a file before its audio is read."""

    file: OpenFile
    container: str
    visible: Visible
    read: ReadTags
    of_links: tuple[Tags, ...]


def _analyze_with(open_source: OpenSource, seen: _Seen, rules: AnalysisRules, given: Given) -> FileAnalysis:
    """Analyse the audio of a file with one decoder. Raises RefusedError if it can make nothing of it."""
    file, container, read = seen.file, seen.container, seen.read
    hashing_file = HashingFile(file.descriptor, file.stamp.size, seen.visible.cover)
    with ExitStack() as stack:
        stack.enter_context(refusals())
        source = stack.enter_context(open_source(hashing_file, container))
        own = own_pieces(file.path, container, read, source)
        said = own if given.sheet is None else (given.sheet, *own)
        cuts_are_given = given.bounds is not None or given.track_list is not None or bool(seen.visible.links)
        cuts_are_given = cuts_are_given or any(len(one.pieces) > 1 for one in said)
        listens = given.track_list is not None
        decoded = decode(source, rules, stack, everything=cuts_are_given, listens=listens)
        measured, sample_rate = decoded.measured, decoded.sample_rate
        # From the levels as they are stored, so that other settings need no other decode (domain/redo.py).
        levels = FileLevels.of(measured.weighted, measured.hop, sample_rate)
        cuts = find_cuts(levels, measured.samples, rules.segmentation)
        heard = Heard.of(cuts, measured.samples, sample_rate, rules.segmentation)
        if (of_links := cuts_of_links(source.link_starts, seen.of_links)) is not None:
            own, said = (*own, of_links), (*said, of_links)
        listed = None
        if decoded.spectra is not None:
            listed = cut_by_list(given, source.audio_hash(), heard, HeardJoins(decoded.spectra))
        placed = () if listed is None else listed.pieces
        chosen = choose(heard, given.bounds, said, has_title=read.tags.title is not None, placed=placed)
        if chosen.cut_by not in {None, CutSource.TRACK_LIST}:
            listed = None
        pcm = decoded.pcm
        if decoded.cancels or decoded.lacks(chosen.spans):
            again = HashingFile(file.descriptor, file.stamp.size, seen.visible.cover)
            pcm = stack.enter_context(closing(PcmSpool()))
            second = stack.enter_context(open_source(again, container))
            decode_for_fingerprints(second, pcm, measured.hop, difference=decoded.cancels)
        cues = find_cues(levels, chosen.spans, rules.cues)
        passages = analyze_passages(chosen, cues, decoded, pcm)
        begins_with, ends_with = measured.edges.heard(chosen.spans, cues)
        cut_short = ends_early(container, hashing_file)
        content_hash = hashing_file.digest()
    file.check_unchanged()

    samples = measured.samples
    damage = Damage(source.bad_packets, _missing_samples(source, samples, sample_rate), measured.invalid_samples)
    warned = {
        WarningCode.DAMAGED_PACKETS: damage.bad_packets > 0,
        WarningCode.TRUNCATED: damage.missing_samples > 0 or cut_short,
        WarningCode.TAGS_UNREADABLE: not read.whole,
        WarningCode.SEVERAL_TAGS: bool(read.tags.disagreeing),
        WarningCode.EXTENSION_MISMATCH: not extension_matches(file.path, container),
        WarningCode.INVALID_SAMPLES: damage.invalid_samples > 0,
        WarningCode.SILENT: not passages or cuts.programme is None,
        WarningCode.SPEECH_CUT: cuts.speech and chosen.cut_by is None,
        WarningCode.NOT_SPEECH: cuts.no_speech and chosen.cut_by is None,
        WarningCode.GAPS_UNCERTAIN: bool(cuts.doubtful) and chosen.cut_by is None,
        WarningCode.CUTS_LEFT_OUT: chosen.left_out > 0,
        WarningCode.SHEET_UNREADABLE: chosen.unreadable,
        WarningCode.LIST_NOT_MATCHED: listed is not None and not listed.matched,
        WarningCode.EXTENSION_FAILED: any(one.failure is not None for found in passages for one in found.values),
    }
    codes = {code for code, applies in warned.items() if applies} | seen.visible.warnings
    return FileAnalysis(
        path=file.path,
        stamp=file.stamp,
        format=AudioFormat(
            container=container,
            codec=source.codec,
            sample_rate=sample_rate,
            channels=decoded.channels,
            bit_rate=round(8 * source.packet_bytes * sample_rate / samples),
            decoder=source.decoder,
        ),
        content_hash=content_hash,
        audio_hash=source.audio_hash(),
        samples=samples,
        duration=ticks_from_samples(samples, sample_rate),
        tags=completed(read.tags, chosen.given),
        loudness=measured.loudness(Span(0, samples)),
        envelope=stored_envelope(measured.hops.levels, measured.hop),
        weighted=measured.weighted.tobytes(),
        doubtful_gaps=tuple(
            (ticks_from_samples(gap.start, sample_rate), ticks_from_samples(gap.end, sample_rate))
            for gap in cuts.doubtful
        ),
        waveform=draw_waveform(measured.hops, measured.hop),
        damage=damage,
        warnings=tuple(code for code in WarningCode if code in codes),
        passages=passages,
        begins_with=begins_with,
        ends_with=ends_with,
        cut_by=chosen.cut_by,
        made_cuts=given.bounds,
        made_list=None if listed is None else listed.text,
        list_score=None if listed is None else listed.score,
        given=chosen.given,
        sheet_hash=None if given.sheet is None else cuts_hash((given.sheet,)),
        pieces_hash=cuts_hash(own),
    )


def _missing_samples(source: AudioSource, samples: int, sample_rate: int) -> int:
    """Compare the decoded length with the declared one."""
    if source.declared_seconds is None:
        return 0
    missing = round(source.declared_seconds * sample_rate) - samples
    exact = source.codec in _EXACT_CODECS or source.codec.startswith("pcm_")
    return missing if missing > (0 if exact else sample_rate // _DELAYS_PER_SECOND) else 0
