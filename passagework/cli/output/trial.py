"""An import that is only tried: what would be different in the library, by name."""

from collections.abc import Iterable
from pathlib import Path

from passagework import Library
from passagework.cli.output.document import print_document
from passagework.cli.output.report import print_report
from passagework.cli.output.run_text import findings_by_kind
from passagework.cli.output.say import say
from passagework.domain.files import display_path
from passagework.domain.progress import Event, FileLinked, RunReport
from passagework.domain.views import Finding, RunView
from passagework.json_forms.document import path_json
from passagework.json_forms.report import problem_json
from passagework.json_forms.runs import finding_json


class Trial:
    """What is heard while an import into a copy of ``library`` is tried, and what it has found."""

    def __init__(self, library: Path) -> None:
        self.library = library
        self._linked: set[bytes] = set()

    def hear(self, event: Event) -> None:
        """Remember which files were linked."""
        if isinstance(event, FileLinked):
            self._linked.add(event.path)

    def tell(self, report: RunReport, copy: Path, *, as_json: bool) -> None:
        """Print what is different in the copy."""
        linked = sorted(self._linked)
        with Library.open(copy) as library:
            run = library.run(report.summary.run.id)
            if as_json:
                print_document(trial_json(self.library, report, run, library.findings(run.id), linked))
                return
            for line in findings_by_kind(run, lambda: library.findings(run.id)):
                say(line)
        if linked:
            say()
            say("linked:")
            for path in linked:
                say(f"  {display_path(path)}")
        say()
        print_report(report, self.library, tried=True)
        say("this was only tried: the library is as it was")


def trial_json(
    library: Path, report: RunReport, run: RunView, findings: Iterable[Finding], linked: Iterable[bytes]
) -> dict[str, object]:
    """Return what an import would find and link."""
    return {
        "library": str(library),
        "state": report.ending,
        "error": report.error,
        "problems": [problem_json(problem) for problem in report.problems],
        "found": {kind.value: number for kind, number in run.found},
        "findings": [finding_json(one) for one in findings],
        "linked": [path_json(path) for path in linked],
    }
