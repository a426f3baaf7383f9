"""``passagework doctor``: check what an import needs on this machine."""

import sys

import click

from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.say import say
from passagework.doctor.checks import examine
from passagework.domain.exit_codes import ExitCode


@click.command(cls=SettingsCommand)
@click.pass_obj
def doctor(chosen: Chosen) -> None:
    """Check what an import needs: packages, decoders, worker processes, limits, services, library, disk, folders.

    Each service that is configured gets one question. Changes nothing. Exit code 3 if a check
    fails; every such line says what to do.
    """
    resolved = chosen.resolve()
    say(f"ok    configuration: {resolved.file or 'no file, defaults'}")
    findings = examine(resolved.settings)
    for finding in findings:
        say(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what}: {finding.detail}")
    sys.exit(ExitCode.OK if all(finding.ok for finding in findings) else ExitCode.LIBRARY_UNAVAILABLE)
