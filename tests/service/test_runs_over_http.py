"""Imports that are started, paused and ended over HTTP."""

import pytest

from tests.service.test_event_stream import wait_until


@pytest.fixture
def paused(served, client):
    """Give a run that was paused before it could do anything."""
    importer = served.importer
    run = importer.start(reanalyze=True)
    run.pause()
    number = run.number_within(20)
    yield number
    run.cancel()
    run.ended_within(20)


def test_a_run_that_goes_on_is_paused_resumed_and_cancelled(served, client, paused):
    for what in ("pause", "resume", "pause"):
        answer = client.post(f"/api/1/runs/{paused}/{what}")
        assert (answer.status, answer.json["run"]) == (202, paused)
    assert client.get("/api/1/now").json["current_run"]["run"] == paused
    assert client.get("/metrics").body.decode().count("\npassagework_run_active 1.0") == 1
    again = client.post("/api/1/runs")
    assert (again.status, again.code) == (409, "run-under-way")
    undo = client.post("/api/1/runs/1/undo")
    assert (undo.status, undo.code) == (409, "undo-refused")
    assert client.post(f"/api/1/runs/{paused}/cancel").status == 202
    wait_until(lambda: served.importer.current_run.done)
    assert client.get(f"/api/1/runs/{paused}").json["state"] == "cancelled"


def test_the_whole_importer_rests_and_goes_on(served, client):
    for what, rests in (("pause", True), ("pause", True), ("resume", False)):
        answer = client.post(f"/api/1/{what}")
        assert (answer.status, answer.json["paused"]) == (202, rests)
        assert served.importer.paused == rests


def test_what_does_not_go_on_cannot_be_paused(client):
    for path in ("/api/1/runs/1/pause", "/api/1/watch/rescan"):
        answer = client.post(path)
        assert (answer.status, answer.code) == (409, "not-active")


def test_a_run_is_taken_back(serve_folder, music):
    served = serve_folder(music)
    undone = served.client.post("/api/1/runs/1/undo")
    assert (undone.status, undone.json["files"]) == (200, 3)
    assert served.client.get("/api/1/passages").json["items"] == []


def test_a_folder_below_a_root_is_imported_alone(serve_folder, make_music, tmp_path):
    for name in ("a/one.wav", "b/two.wav"):
        make_music(name, seconds=1.0)
    served = serve_folder(tmp_path, import_it=False)
    number = served.client.post("/api/1/runs", {"roots": [str(tmp_path / "a")]}).json["run"]
    wait_until(lambda: served.importer.current_run.done)
    assert number == 1
    assert len(list(served.importer.library.passages())) == 1


def test_a_host_keeps_the_level_of_its_log(client):
    assert client.get("/api/1/log-level").code == "not-active"
    assert client.ask("PUT", "/api/1/log-level", {"level": "debug"}).code == "not-active"
