"""The command: one line, a report, and exit codes."""

import json

import pytest
from click.testing import CliRunner

from passagework.cli.group import cli
from passagework.domain.errors import PassageworkError


@pytest.fixture
def export(hostile_library):
    """Give a function that runs the command in this process."""

    def run(*arguments):
        return CliRunner().invoke(cli, ["export", *arguments, "--library", str(hostile_library)])

    return run


@pytest.mark.slow
def test_the_command_exports_with_a_password_from_a_file_and_reports(export, database, tmp_path):
    (tmp_path / "password").write_text(database.password + "\n")
    url = f"mariadb://{database.user}@localhost/{database.database}?socket={database.socket}"
    first = export(url, "--password-file", str(tmp_path / "password"), "--json", "--quiet")
    assert first.exit_code == 0, first.output
    report = json.loads(first.output)
    assert report["tables"]["passage"]["rows"] == 8
    assert set(report["sent"]) == set(report["tables"])
    again = export(url.replace("mariadb", "mysql", 1), "--password-file", str(tmp_path / "password"))
    assert "nothing had changed" in again.output
    assert database.password not in first.output + again.output


@pytest.mark.slow
def test_a_refused_password_is_an_error_with_a_code_and_without_the_password(export, database, monkeypatch):
    monkeypatch.setenv("PASSAGEWORK_EXPORT_PASSWORD", "an open secret")
    refused = export(f"mysql://{database.user}@localhost/{database.database}?socket={database.socket}")
    assert isinstance(refused.exception, PassageworkError)
    assert refused.exception.code == "export-server"
    assert "an open secret" not in f"{refused.output} {refused.exception}"
