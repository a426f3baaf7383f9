"""The importer for tasks: nothing blocks the loop, nothing is left behind, and every method has its twin."""

import asyncio
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from passagework import (
    AsyncImporter,
    AsyncLibrary,
    AsyncRun,
    AsyncWatch,
    AsyncWritableLibrary,
    FileFinished,
    FileLinked,
    Importer,
    ImporterClosedError,
    InlineExecutor,
    Library,
    LibraryBusyError,
    NoRootsError,
    NotFoundError,
    Run,
    RunFinished,
    RunStarted,
    Watch,
    WritableLibrary,
    load_settings,
)
from passagework.api.calls import BlockingCalls

PATIENCE = 30

NOT_AWAITED = {
    *(
        "listen",
        "events",
        "pause",
        "resume",
        "cancel",
        "stop",
        "rescan",
        "progress",
        "done",
        "closed",
        "paused",
        "wake",
        "number",
        "current_run",
        "number_within_async",
    ),
    *("library", "advance", "emit", "fail", "wait_async", "ended_within_async"),
}
"""Methods that return at once, and those of the importer itself."""


@pytest.fixture
def settings(tmp_path):
    return load_settings(overrides={"library.path": str(tmp_path / "music.passages")})


@pytest.fixture
def music(make_music, tmp_path):
    make_music("music/One.flac", seconds=1.0, sample_rate=22_050)
    return tmp_path / "music"


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive(), thread


def open_importer(settings, **more):
    return AsyncImporter(settings, make_executor=InlineExecutor, **more)


@pytest.mark.parametrize(
    ("blocking", "for_tasks"),
    [
        (Importer, AsyncImporter),
        (Run, AsyncRun),
        (Watch, AsyncWatch),
        (Library, AsyncLibrary),
        (WritableLibrary, AsyncWritableLibrary),
    ],
)
def test_every_method_has_its_twin_with_the_same_parameters_and_documentation(blocking, for_tasks):
    public = {name for name in dir(blocking) if not name.startswith("_")}
    assert public - set(dir(for_tasks)) - {
        "advance",
        "emit",
        "fail",
        "wake",
        "wait_async",
        "ended_within_async",
        "number_within_async",
    } <= {"library"}
    for name in public - NOT_AWAITED:
        method, its_twin = getattr(blocking, name), getattr(for_tasks, name)
        iterated = "Iterator" in str(inspect.signature(method).return_annotation)
        assert inspect.iscoroutinefunction(its_twin) or iterated, name
        assert list(inspect.signature(its_twin).parameters) == list(inspect.signature(method).parameters), name
        assert its_twin.__doc__, name


def test_a_task_imports_hears_and_asks_without_a_thread_that_waits(settings, music):
    async def main():
        async with open_importer(settings) as importer:
            all_events = importer.events()
            run = await importer.start(music)
            kinds = [type(event) async for event in run.events()]
            report = await run.wait(PATIENCE)
            assert (await run.ended_within(0), run.done, run.progress.files_analysed) == (True, True, 1)
            (passage,) = [one async for one in importer.library.passages()]
            assert (await importer.library.passage(passage.guid)).guid == passage.guid
            (edited,) = await importer.library.set(passage.guid, title="Another")
            assert (await importer.undo(report.summary.run.id)).kept == 1
            with pytest.raises(NotFoundError):
                await importer.library.file(b"/nothing")
        heard = [type(event) async for event in all_events]
        assert [kind for kind in heard if kind in kinds] == kinds
        return kinds, edited

    kinds, edited = asyncio.run(main())
    assert edited.field == "title"
    assert (kinds[0], kinds[-1], FileFinished in kinds, FileLinked in kinds) == (RunStarted, RunFinished, True, True)


def test_errors_are_those_of_the_importer_and_leave_nothing_open(settings, music):
    async def main():
        async with open_importer(settings) as importer:
            with pytest.raises(LibraryBusyError):
                await open_importer(settings).open()
            with pytest.raises(NoRootsError):
                await importer.start("")
            await importer.close()
            await asyncio.gather(importer.close(), importer.close())
            with pytest.raises(ImporterClosedError):
                await importer.start(music)
        with pytest.raises(ImporterClosedError):
            importer.events()
        with pytest.raises(ImporterClosedError):
            await AsyncImporter(settings).start(music)

    asyncio.run(main())


def test_whoever_is_cancelled_while_it_waits_leaves_the_run_alone(settings, music):
    async def main():
        async with open_importer(settings) as importer:
            run = await importer.start(music)
            run.pause()
            waiting = [asyncio.create_task(run.wait()), asyncio.create_task(anext(importer.events()))]
            await asyncio.sleep(0)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            assert not run._run._ended._tasks
            with pytest.raises(TimeoutError):
                await run.wait(0)
            run.resume()
            assert (await run.wait(PATIENCE)).summary.analysed == 1

    asyncio.run(main())


def test_whoever_is_cancelled_while_it_opens_leaves_the_library_free(settings, monkeypatch):
    begun, may_go_on = threading.Event(), threading.Event()
    opened = Importer.__init__

    def slowly(self, *arguments, **more):
        begun.set()
        assert may_go_on.wait(PATIENCE)
        opened(self, *arguments, **more)

    async def main():
        monkeypatch.setattr(Importer, "__init__", slowly)
        task = asyncio.create_task(open_importer(settings).open())
        await asyncio.to_thread(begun.wait, PATIENCE)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        may_go_on.set()
        monkeypatch.setattr(Importer, "__init__", opened)
        while True:
            try:
                async with open_importer(settings):
                    return
            except LibraryBusyError:
                await asyncio.sleep(0.01)

    asyncio.run(main())


def test_two_loops_use_one_importer(settings, music):
    importer = open_importer(settings)
    asyncio.run(importer.open())
    run = asyncio.run(importer.start(music))

    async def count():
        await run.wait(PATIENCE)
        return len([one async for one in importer.library.passages()])

    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(asyncio.run, (count(), count()))] == [1, 1]
    asyncio.run(importer.close())


def test_what_a_call_makes_for_a_loop_that_was_closed_is_given_back(capfd):
    calls, given_back, may_go_on = BlockingCalls(), [], threading.Event()
    loop = asyncio.new_event_loop()
    task = loop.create_task(calls.call(lambda: may_go_on.wait(PATIENCE), unwanted=given_back.append))
    loop.call_soon(loop.stop)
    loop.run_forever()
    task._log_destroy_pending = False
    loop.close()
    may_go_on.set()
    calls.close()
    for thread in threading.enumerate():
        if thread.name == "passagework-unwanted":
            thread.join(PATIENCE)
    assert given_back == [True]
    task.get_coro().close()
    assert capfd.readouterr() == ("", "")


def test_a_watch_ends_with_its_block(settings, music):
    async def main():
        async with open_importer(settings) as importer:
            events = importer.events()
            async with await importer.watch([music]) as watch:
                assert not watch.done
                watch.rescan()
                async for event in events:
                    if isinstance(event, RunFinished):
                        break
            assert watch.done
            await watch.wait()

    asyncio.run(main())


def test_a_library_is_read_without_an_importer(settings, music):
    async def main():
        async with open_importer(settings) as importer:
            await (await importer.start(music)).wait(PATIENCE)
        async with AsyncLibrary.open(settings.library.path) as library:
            assert (await library.status()).passages == 1
            assert [passage.title.name async for passage in library.passages()] == ["One"]
        assert (await AsyncLibrary.check(settings.library.path)).is_whole

    asyncio.run(main())
