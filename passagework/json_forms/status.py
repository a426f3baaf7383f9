"""The content of a library in numbers, for programs."""

from passagework.domain.views import LibraryStatus
from passagework.domain.writer_statistics import Writer
from passagework.json_forms.old_names import old_status_names
from passagework.json_forms.report import waiting_json
from passagework.json_forms.views import ticks_json
from passagework.json_forms.writer import statistics_json


def status_json(found: LibraryStatus, writer: Writer | None) -> dict[str, object]:
    """Return what the library holds, how its last run ended and what was written, and who writes it now."""
    last = found.last_run
    return {
        "guid": found.guid,
        "schema_version": found.schema_version,
        "size_bytes": found.bytes,
        "files": dict(found.file_states),
        "missing": found.missing,
        "excluded": found.excluded,
        **ticks_json("audio", found.audio),
        "passages": found.passages,
        "links": dict(found.link_states),
        "waiting": waiting_json(found.put_off),
        "rows": dict(found.rows),
        "last_run": last and last.state,
        "last_run_id": last and last.id,
        "last_run_guid": last and last.guid,
        "last_run_started_ns": last and last.started_ns,
        "last_run_ended_ns": last and last.ended_ns,
        "last_run_undone_ns": last and last.undone_ns,
        "last_run_writes": last and last.accounts and statistics_json(last.accounts),
        "writer": writer and {"holder": writer.holder, "writes": writer.accounts and statistics_json(writer.accounts)},
        **old_status_names(found.bytes),
    }
