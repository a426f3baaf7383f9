"""Runs and what they found, for programs. docs/json.md describes each name."""

from passagework.domain.files import display_path
from passagework.domain.views import Finding, RunView
from passagework.json_forms.document import path_json


def run_json(run: RunView) -> dict[str, object]:
    """Return a run."""
    return {
        "run": run.id,
        "guid": run.guid,
        "state": run.state,
        "started_ns": run.started_ns,
        "ended_ns": run.ended_ns,
        "undone_ns": run.undone_ns,
        "folders": [display_path(root) for root in run.roots],
        "config_hash": run.config_hash,
        "seen": run.files_seen,
        "unchanged": run.files_unchanged,
        "changed": run.changed,
        "found": {kind.value: number for kind, number in run.found},
        "has_findings": run.has_findings,
        "folded": run.folded,
        "folded_since_ns": run.folded_since_ns,
    }


def finding_json(one: Finding) -> dict[str, object]:
    """Return what a run found about a file."""
    from_path = path_json(one.from_path) if one.from_path is not None else {"path": None, "path_hex": None}
    return {
        "guid": one.guid,
        **path_json(one.path),
        "found": [kind.value for kind in one.found],
        **{f"from_{name}": value for name, value in from_path.items()},
        "placed": [path_json(place) for place in one.placed],
        "unplaced": [path_json(place) for place in one.unplaced],
        "code": one.failure and one.failure.code,
        "reason": one.failure and str(one.failure),
        "warnings": list(one.warnings),
    }
