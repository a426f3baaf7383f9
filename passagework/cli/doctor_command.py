"""``passagework doctor``: check what an import needs on this machine."""

import sys

import click

from passagework.cli.exit_codes import ExitCode
from passagework.cli.options import Chosen, SettingsCommand
from passagework.doctor import examine


@click.command(cls=SettingsCommand)
@click.pass_obj
def doctor(chosen: Chosen) -> None:
    """Check what an import needs: configuration, folders, library, decoders, worker processes, room on the disk."""
    findings = examine(chosen.settings())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what}: {finding.detail}")
    sys.exit(ExitCode.OK if all(finding.ok for finding in findings) else ExitCode.LIBRARY_UNAVAILABLE)
