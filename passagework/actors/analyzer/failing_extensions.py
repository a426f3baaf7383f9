"""Extensions that fail on file after file: they are left out for the rest of a run."""

from typing import Final

from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.encoded_analysis import WorkResult
from passagework.domain.extensions import ExtensionId
from passagework.domain.ids import RunId
from passagework.persistence.rows.passage_values import failed_as_a_whole

IN_A_ROW: Final = 5
"""So many files one after the other are no accident."""

_REASON: Final = f"left out: it failed on {IN_A_ROW} files one after the other in this import"


class FailingExtensions:
    """Counts the failures of the extensions that measure, in the results of one run after the other."""

    def __init__(self, extensions: tuple[ExtensionId, ...]) -> None:
        self._extensions = extensions
        self._run: RunId | None = None
        self._in_a_row: dict[ExtensionId, int] = {}
        self._left_out: tuple[ExtensionId, ...] = ()

    def note(self, run: RunId, result: WorkResult) -> tuple[ExtensionId, ...]:
        """Count the failures in an encoded result; return the extensions that are left out from now on."""
        self._begin(run)
        failed = failed_as_a_whole(result)
        if failed is None:
            return ()
        for one in self._extensions:
            self._in_a_row[one] = self._in_a_row.get(one, 0) + 1 if one in failed else 0
        new = tuple(one for one in self._extensions if self._in_a_row[one] >= IN_A_ROW and one not in self._left_out)
        self._left_out += new
        return new

    def rules(self, run: RunId, rules: AnalysisRules) -> AnalysisRules:
        """Return the rules for a file of a run, without the extensions that are left out of it."""
        self._begin(run)
        if not self._left_out:
            return rules
        return rules.leaving_out(tuple((one, _REASON) for one in self._left_out))

    def _begin(self, run: RunId) -> None:
        if run != self._run:
            self._run, self._in_a_row, self._left_out = run, {}, ()
