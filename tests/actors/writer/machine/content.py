"""What the library says, against what the model says; and the whole library against one that heard all this singly."""

from dataclasses import replace

from passagework.domain.edits import Edit
from passagework.domain.failures import FailureCode
from passagework.domain.views import FileState
from passagework.persistence.read.dispatch import run_query
from passagework.persistence.read.queries import KnownFiles, KnownFolders, Runs, ShowFile, Status, Summary, WaitingFiles
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.write.batch import write_batch
from passagework.persistence.write.opening import open_writer
from passagework.persistence.write.runs import close_run, open_run
from passagework.persistence.write.writes import StoreLinks

from .model import Model
from .writes import PATHS, Letter

MANY = 1000


def check(ask, model):
    """Compare the answers with the model, and hold the library to the guids that it gave before."""
    for path in PATHS:
        view, file = ask(ShowFile(path)), model.files.get(path)
        assert (view is None) == (file is None)
        if view is not None:
            _check_file(view, file)
            _check_passages(view.passages, file, model)
    known = {entry.path: entry for folder in ask(KnownFolders(b"/")) for entry in ask(KnownFiles((folder,)))}
    present = {path for path, file in model.files.items()}
    assert {path for path in present if not model.files[path].missing} <= set(known) <= present
    for path, entry in known.items():
        _check_known(entry, model.files[path])
    assert {run.id: run.state for run in ask(Runs(MANY))} == model.runs
    waiting = {file.path: file.revision for file in ask(WaitingFiles(MANY))}
    assert waiting == {path: file.revision for path, file in model.files.items() if _waits(file)}
    rows = dict(ask(Status()).rows)
    assert rows["rejection"] == len(model.rejections)
    assert rows["run_file"] == len(model.run_files)
    assert rows["passage"] == sum(len(file.passages) for file in model.files.values())
    entities = sum(rows[table] for table in ("artist", "work", "song", "album"))
    assert entities == len(model.entities)


def _waits(file):
    return any(passage.state == "waiting" for passage in file.live)


def _state(file):
    return FileState.BEGUN if file.attempt is not None and file.attempt.open else file.state


def _check_file(view, file):
    attempts = file.attempt.attempts if file.attempt is not None else 0
    failure = file.failure if _state(file) is not FileState.BEGUN else None
    assert (view.state, view.failure and view.failure.code, view.attempts) == (_state(file), failure, attempts)
    assert (view.missing, view.stamp, view.audio_hash) == (file.missing, file.stamp, file.audio)
    if failure is FailureCode.LIBRARY_REJECTED:
        assert view.failure.detail, "rejected without a reason"
    file.guid = file.guid or view.guid
    assert view.guid == file.guid


def _check_passages(views, file, model):
    assert [(view.start, view.end, view.link_state) for view in views] == [(*p.bounds, p.state) for p in file.live]
    for view, passage in zip(views, file.live, strict=True):
        named = (model.title(file, passage), model.artists(file, passage), model.album(passage))
        assert (view.title, view.artists, (view.album, view.medium, view.track)) == named
        assert set(view.evidence) == set(passage.evidence)
        assert len(view.evidence) == len(set(passage.evidence))
        passage.guid = passage.guid or view.guid
        assert view.guid == passage.guid
        assert {(own.subject, own.key, own.field): own.value for own in view.own} == model.own(passage)


def _check_known(entry, file):
    attempt = file.attempt
    begun = attempt is not None and attempt.open
    expected = (attempt.stamp if begun else file.stamp, attempt.alone if attempt is not None else 0)
    assert (entry.stamp, entry.attempts) == expected
    assert (entry.state, entry.missing) == (_state(file), file.missing)


def singly(path, deliveries, model):
    """Give the content of a library that heard the same messages, each in a transaction of its own.

    Its passages have other guids; which of them is which, a model of its own tells by their births.
    """
    births = {p.guid: p.born for file in model.files.values() for p in file.passages}
    names = {}
    model = Model()
    connection = open_writer(path, synchronous="normal")

    def ask(query):
        return run_query(connection, query)

    for now, delivery in enumerate(deliveries):
        match delivery:
            case "open":
                model.open_run()
                open_run(connection, config_hash="", config_text="{}", roots=(b"/music",), now_ns=now)
            case (int() as run, state):
                model.close_run(run, state)
                close_run(connection, run, state, files_seen=2, files_unchanged=1, now_ns=now)
            case (Edit(), *_):
                edits = tuple(replace(edit, key=names.get(edit.key, edit.key)) for edit in delivery)
                model.edit(edits)
                apply_edits(connection, edits, now)
            case letters:
                for letter in letters:
                    write = _renamed(letter.write, names)
                    write_batch(connection, [write], now)
                    model.apply(Letter(write, letter.poison))
                check(ask, model)
                guids = {p.born: p.guid for file in model.files.values() for p in file.passages}
                names = {guid: guids.get(born) or "unknown" for guid, born in births.items() if guid}
    content = content_of(ask)
    connection.close()
    return content


def _renamed(write, names):
    if not isinstance(write, StoreLinks):
        return write
    passages = tuple(replace(links, passage=names.get(links.passage, "unknown")) for links in write.links.passages)
    return replace(write, links=replace(write.links, passages=passages))


def content_of(ask):
    """Give everything that can be asked, without guids, moments and what the writing cost."""
    folders = ask(KnownFolders(b"/"))
    known = [entry for folder in folders for entry in ask(KnownFiles((folder,)))]
    status = ask(Status())
    return {
        "known": known,
        "files": [_without_guids(ask(ShowFile(entry.path))) for entry in known],
        "summaries": [_without_circumstances(ask(Summary(run.id))) for run in ask(Runs(MANY))],
        # What undo would need depends on where the batches ended: an image is of the row as it was before.
        "rows": [(table, count) for table, count in status.rows if table != "before_image"],
        "states": (status.file_states, status.link_states, status.missing, status.audio, status.passages),
    }


def _without_guids(file):
    return replace(file, guid=None, passages=tuple(_without_guid(passage) for passage in file.passages))


def _without_guid(passage):
    own = tuple(replace(value, key=None) if value.key == passage.guid else value for value in passage.own)
    return replace(passage, guid=None, own=own)


def _without_circumstances(summary):
    run = summary.run
    ended = run.ended_ns is not None
    # A writer that took over a run does not know whether the run has changed anything.
    said = {"config_hash": "", "accounts": None, "changed": None}
    return replace(summary, run=replace(run, guid=None, started_ns=0, ended_ns=ended, **said))
