"""From the settings to the rules of actors and workers: the only place that knows both."""

from passagework.actors.analyzer.analyzer import DeadlineRules
from passagework.actors.scanner.walk import ScanRules
from passagework.actors.session.parts import SessionRules
from passagework.actors.system import LookupRules, SystemRules
from passagework.actors.writer.flush_policy import FlushRules
from passagework.config.settings import Settings
from passagework.domain.parts import Refresh, RefreshRules
from passagework.lookup.acoustid.transport import AcoustidSettings
from passagework.lookup.musicbrainz.transport import MusicBrainzSettings
from passagework.lookup.stored_form import AnswerAges
from passagework.workers.maker import ExecutorRules
from passagework.workers.root_map import RootMap


def system_rules(settings: Settings) -> SystemRules:
    """Return the rules of all actors."""
    scan, analysis, batch = settings.scan, settings.analysis, settings.batch
    return SystemRules(
        scan=ScanRules(
            include=scan.include, exclude=scan.exclude, follow_symlinks=scan.follow_symlinks, hidden=scan.hidden
        ),
        analysis=settings.analysis_rules,
        session=SessionRules(credits=settings.session.credits, max_attempts=settings.session.max_attempts),
        flush=FlushRules(
            linger_seconds=batch.linger_ms / 1000,
            max_messages=batch.max_files,
            max_bytes=batch.max_bytes_mb * 2**20,
        ),
        deadlines=DeadlineRules(seconds=analysis.deadline_seconds, factor=analysis.deadline_factor),
        lookup=_lookup_rules(settings),
        link=settings.link.enabled,
        refresh=RefreshRules(when=Refresh(scan.refresh), now=settings.provenance),
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
    )
