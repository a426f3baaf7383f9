"""Streams of events: for threads and for tasks, bounded, and never in anybody's way."""

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework import EventsMissed, LibraryResumed
from passagework.api.event_stream import EventStream, EventStreams

PATIENCE = 30


def filled(number, kept=100):
    stream = EventStream(kept)
    for run in range(number):
        stream.put(LibraryResumed(run))
    return stream


async def taken(stream):
    return [event async for event in stream]


@given(st.integers(0, 30), st.integers(1, 10))
def test_what_is_taken_and_what_is_missed_is_all_of_it_in_order(number, kept):
    stream = filled(number, kept)
    stream.end()
    missed = max(0, number - kept)
    expected = [EventsMissed(missed)] * bool(missed) + [LibraryResumed(run) for run in range(missed, number)]
    assert list(stream) == expected


def test_a_task_and_a_thread_take_the_same_events():
    stream = filled(3)
    stream.end()
    assert asyncio.run(taken(stream)) == [LibraryResumed(0), LibraryResumed(1), LibraryResumed(2)]
    assert list(stream) == []


@pytest.mark.parametrize("end", [EventStream.end, EventStream.close])
def test_tasks_of_two_loops_and_a_thread_that_wait_come_to_the_end(end):
    stream = EventStream()
    begun = threading.Semaphore(0)

    async def wait():
        task = asyncio.create_task(taken(stream))
        await asyncio.sleep(0)
        begun.release()
        return await task

    def iterate():
        begun.release()
        return list(stream)

    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(asyncio.run, wait()), pool.submit(asyncio.run, wait()), pool.submit(iterate)]
        for _ in waiting:
            begun.acquire(timeout=PATIENCE)
        end(stream)
        assert [future.result(PATIENCE) for future in waiting] == [[], [], []]


def test_a_task_that_is_cancelled_while_it_waits_loses_no_event_and_leaves_nothing():
    stream = EventStream()

    async def main():
        task = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not stream._bell._tasks
        stream.put(LibraryResumed(1))
        return await anext(stream)

    assert asyncio.run(main()) == LibraryResumed(1)


def test_a_loop_that_was_closed_while_a_task_waited_is_in_nobodys_way(capfd):
    stream = EventStream()
    loop = asyncio.new_event_loop()
    waiting = stream._bell.task_wait_for(lambda: False)
    loop.call_soon(loop.stop)
    task = loop.create_task(waiting)
    loop.run_forever()
    task._log_destroy_pending = False
    loop.close()
    stream.put(LibraryResumed(1))
    stream.end()
    assert list(stream) == [LibraryResumed(1)]
    waiting.close()
    assert capfd.readouterr() == ("", "")


def test_events_that_are_put_from_another_thread_wake_the_task():
    stream = EventStream()

    async def main():
        task = asyncio.create_task(taken(stream))
        await asyncio.sleep(0)
        thread = threading.Thread(target=lambda: (stream.put(LibraryResumed(1)), stream.end()))
        thread.start()
        events = await asyncio.wait_for(task, PATIENCE)
        thread.join()
        return events

    assert asyncio.run(main()) == [LibraryResumed(1)]


def test_a_stream_that_nobody_has_any_more_is_forgotten_and_a_late_one_has_ended():
    streams = EventStreams()
    kept, dropped = streams.add(), streams.add()
    del dropped
    gc.collect()
    streams.put(LibraryResumed(1))
    another = streams.add()
    assert len(streams._streams) == 2
    streams.end()
    assert (list(kept), list(another), list(streams.add())) == ([LibraryResumed(1)], [], [])
