"""From the settings to the rules of actors and workers: the only place that knows both."""

import os
from dataclasses import replace

from passagework.actors.analyzer.analyzer import DeadlineRules
from passagework.actors.linker.linker import Source
from passagework.actors.scanner.plan import Extensions
from passagework.actors.scanner.walk import ScanRules
from passagework.actors.session.parts import SessionRules
from passagework.actors.system import LookupRules, SystemRules
from passagework.actors.writer.flush_policy import FlushRules
from passagework.audio.sniff import AUDIO_EXTENSIONS, never_audio_extensions
from passagework.config.settings import Settings
from passagework.domain.flavor.values import FlavorLevel
from passagework.domain.parts import Refresh, RefreshRules
from passagework.lookup.acoustid.transport import AcoustidSettings
from passagework.lookup.musicbrainz.transport import MusicBrainzSettings
from passagework.lookup.stored_form import AnswerAges
from passagework.watching.follower import FollowRules
from passagework.workers.maker import ExecutorRules
from passagework.workers.root_map import RootMap


def system_rules(settings: Settings, sources: tuple[Source, ...] = ()) -> SystemRules:
    """Return the rules of all actors. ``sources`` state something about files beside their tags."""
    analysis, batch = settings.analysis, settings.batch
    return SystemRules(
        scan=scan_rules(settings),
        analysis=settings.analysis_rules,
        folders=settings.folder_rules,
        session=SessionRules(credits=settings.session.credits, max_attempts=settings.session.max_attempts),
        flush=FlushRules(
            linger_seconds=batch.linger_ms / 1000,
            max_messages=batch.max_files,
            max_bytes=batch.max_bytes_mb * 2**20,
        ),
        deadlines=DeadlineRules(seconds=analysis.deadline_seconds, factor=analysis.deadline_factor),
        lookup=replace(_lookup_rules(settings), sources=sources),
        link=settings.link.enabled,
        refresh=RefreshRules(when=Refresh(settings.scan.refresh), now=settings.wanted),
    )


def follow_rules(settings: Settings) -> FollowRules:
    """Return the rules by which a watch follows folders."""
    watch = settings.watch
    return FollowRules(
        scan=scan_rules(settings),
        extensions=Extensions(audio=AUDIO_EXTENSIONS, never=never_audio_extensions(video=settings.scan.video)),
        library=os.fsencode(settings.library.path),
        follow=watch.follow,
        debounce_seconds=watch.debounce_seconds,
        rest_seconds=watch.rest_seconds,
        poll_seconds=watch.poll_seconds,
        schedule=settings.scan.schedule,
    )


def scan_rules(settings: Settings) -> ScanRules:
    """Return which files are scanned."""
    scan = settings.scan
    return ScanRules(
        include=scan.include, exclude=scan.exclude, follow_symlinks=scan.follow_symlinks, hidden=scan.hidden
    )


def _lookup_rules(settings: Settings) -> LookupRules:
    wanted, acoustid, musicbrainz = settings.identification, settings.acoustid, settings.musicbrainz
    return LookupRules(
        acoustid=AcoustidSettings(
            key=acoustid.key.get_secret_value(),
            base_url=f"{acoustid.url}/v2/",
            timeout_seconds=acoustid.timeout_seconds,
            batch=acoustid.batch,
        )
        if acoustid.asked
        else None,
        acoustid_per_second=acoustid.per_second,
        musicbrainz=MusicBrainzSettings(
            base_url=musicbrainz.url,
            path=musicbrainz.path,
            per_second=musicbrainz.per_second,
            contact=musicbrainz.contact or None,
            timeout_seconds=musicbrainz.timeout_seconds,
        )
        if musicbrainz.asked
        else None,
        search=musicbrainz.search,
        works=wanted.works,
        ages=AnswerAges(answer_days=wanted.answers_days, no_match_days=wanted.no_match_days),
        gate_folder=wanted.gate_folder,
    )


def executor_rules(settings: Settings) -> ExecutorRules:
    """Return the rules by which the executor of an importer is made."""
    analysis = settings.analysis
    return ExecutorRules(
        choice=analysis.choice,
        worker_count=analysis.worker_count,
        fixed_worker_count=analysis.workers > 0,
        priority=analysis.priority,
        memory_mb=analysis.memory_mb,
        roots=RootMap.of(analysis.roots),
        nets=FlavorLevel(settings.flavor.level) is FlavorLevel.FULL,
        extensions=settings.analysis_rules.extensions,
    )
