"""The fixture that holds each event of these tests to docs/log-events.md is in conftest.py."""

import re


def test_each_documented_event_is_logged_somewhere(pytestconfig):
    page = (pytestconfig.rootpath / "docs" / "log-events.md").read_text("utf-8")
    code = "".join(path.read_text("utf-8") for path in (pytestconfig.rootpath / "passagework").rglob("*.py"))
    documented = re.findall(r"^\| `([a-z-]+)`", page, re.MULTILINE)
    assert len(documented) > 20
    assert [event for event in documented if f'"{event}"' not in code] == []
