"""The bytes between parent and worker, and what is read from a death."""

import os
import pickle
import signal
import socket
import threading
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.analysis import Damage, FailedAnalysis
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.failures import Failure, FailureCode, WarningCode
from passagework.domain.files import FileStamp
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.jobs import AnalysisJob
from passagework.domain.tags import ReplayGain, Tags
from passagework.workers.processes.message_stream import MessageStream
from passagework.workers.processes.wire_protocol import (
    LARGEST_FRAME,
    FrameError,
    FrameReader,
    JobResult,
    Ready,
    RunJob,
    Setup,
    Unusable,
    WorkerRules,
    made,
    pack,
)
from passagework.workers.processes.worker_death import explain_death
from tests.support.library import Maker

FLAVOR = Flavor(
    level=FlavorLevel.FULL,
    version=3,
    groups=(("mood", (("sad", 0.25), ("glad", 0.75))),),
    seconds=59.5,
    tempo=96.25,
    timbre=b"t",
    rhythm=b"r",
    embedding=b"e",
    patches=8,
    gain=-2.5,
    weights="w",
)
RESULT = FailedAnalysis(b"/a\xff", FileStamp(1, 2), Failure(FailureCode.DAMAGED, "x" * 3000))
MESSAGES = [Unusable("no"), JobResult(RESULT, 0.5, None, last=False), JobResult(RESULT, 0.1, "trace", last=True)]


@given(st.lists(st.sampled_from(MESSAGES)), st.lists(st.integers(1, 4000)))
def test_messages_arrive_whole_and_in_order_however_the_stream_is_cut(messages, cuts):
    stream = b"".join(map(pack, messages))
    reader = FrameReader()
    arrived = []
    for size in [*cuts, len(stream) + 1]:
        reader.feed(stream[:size])
        stream = stream[size:]
        while (message := reader.take()) is not None:
            arrived.append(message)

    assert arrived == messages


def test_a_message_that_the_socket_takes_in_parts_arrives_whole_with_its_descriptor(tmp_path):
    failed = FailedAnalysis(b"/a", FileStamp(1, 2), Failure(FailureCode.DAMAGED, "x" * 2**20))
    large = JobResult(failed, 0.5, None, last=False)
    (tmp_path / "file").write_bytes(b"x")
    sending, receiving = socket.socketpair()
    # A socket that waits takes all at once, unless a signal arrives; one with a time limit takes what fits.
    sending.settimeout(30)
    with closing(sending), closing(receiving), open(tmp_path / "file", "rb") as file:
        sender = threading.Thread(target=MessageStream(sending).send_with_descriptor, args=(pack(large), file.fileno()))
        sender.start()
        receiving.settimeout(30)
        message, descriptor = MessageStream(receiving).receive_with_descriptor()
        sender.join()
    with open(descriptor, "rb") as arrived:
        assert (message, arrived.read()) == (large, b"x")


@pytest.mark.parametrize("message", MESSAGES)
def test_codes_arrive_from_a_python_that_pickles_them_by_name(monkeypatch, message):
    by_name = lambda code, _protocol: (getattr, (type(code), code.name))  # noqa: E731 - as Python 3.11.2 has it
    monkeypatch.setattr(FailureCode, "__reduce_ex__", by_name, raising=False)
    reader = FrameReader()
    reader.feed(pack(message))
    assert reader.take() == message


@pytest.mark.parametrize("intruder", [os.system, pickle.Unpickler, Exception(), object()])
def test_a_frame_can_name_nothing_but_values_of_the_domain(intruder):
    payload = pickle.dumps(intruder)
    reader = FrameReader()
    reader.feed(len(payload).to_bytes(4) + payload)

    with pytest.raises(FrameError, match="is not a value of the domain"):
        reader.take()


def test_a_frame_cannot_reach_through_our_modules_to_others():
    payload = b"\x80\x04\x8c\x2bpassagework.workers.processes.wire_protocol\x8c\x10pickle.Unpickler\x93."
    reader = FrameReader()
    reader.feed(len(payload).to_bytes(4) + payload)

    with pytest.raises(FrameError, match="is not a value of the domain"):
        reader.take()


def test_a_value_that_is_not_a_message_is_refused():
    payload = pickle.dumps(RESULT.stamp)
    reader = FrameReader()
    reader.feed(len(payload).to_bytes(4) + payload)

    with pytest.raises(FrameError, match="FileStamp is not a message"):
        reader.take()


def test_a_length_beyond_the_largest_frame_is_refused_before_it_is_read():
    reader = FrameReader()
    reader.feed((LARGEST_FRAME + 1).to_bytes(4))

    with pytest.raises(FrameError):
        reader.take()


@pytest.mark.parametrize(
    ("exit_code", "machine_ran_out", "detail", "out_of_memory"),
    [
        (None, False, "ended in an unknown way", False),
        (-signal.SIGKILL, False, "killed by SIGKILL", False),
        (-signal.SIGKILL, True, "killed by SIGKILL when the machine ran out of memory", True),
        (-signal.SIGSEGV, True, "killed by SIGSEGV", False),
        (-signal.SIGRTMIN - 3, False, f"killed by signal {signal.SIGRTMIN + 3}", False),
        (1, False, "ended without a result, exit code 1", False),
    ],
)
def test_a_death_is_explained_by_what_can_be_known(exit_code, machine_ran_out, detail, out_of_memory):
    death = explain_death(exit_code, "", machine_ran_out=machine_ran_out)

    assert (death.detail, death.out_of_memory) == (detail, out_of_memory)


def test_a_whole_result_and_a_job_arrive_as_they_were_sent():
    tags = Tags(title="T", artists=("a", "b"), replay_gain=ReplayGain(1.5, 0.25), raw=(("title", ("T",)),))
    passage = Maker.passage(1, 2, fade_in=3, flavor=FLAVOR)
    analysis = Maker.analysis(
        b"/a\xff", tags=tags, passages=(passage,), damage=Damage(4, 5, 6), warnings=(WarningCode.TRUNCATED,)
    )
    messages = [
        JobResult(analysis, 0.5, "trace", last=True),
        RunJob(AnalysisJob(b"/a\xff", FileStamp(1, 2, 3, 4), AnalysisRules()), 7.5),
        Setup(8, WorkerRules("idle", 9, 10, "module:function", confined=False)),
        Ready(11, ("landlock", "seccomp")),
    ]
    reader = FrameReader()
    for message in messages:
        reader.feed(pack(message))
        arrived = reader.take()
        assert arrived == message
        assert repr(arrived) == repr(message)


@pytest.mark.parametrize(
    ("kind", "values"), [(FileStamp, (1,)), (FileStamp, (1, 2, 3, 4, 5)), (FailureCode, ()), (FrameError, ())]
)
def test_a_frame_makes_no_value_but_with_all_of_its_fields(kind, values):
    class Forged:
        def __reduce__(self):
            return made, (kind, *values)

    payload = pickle.dumps(Forged())
    reader = FrameReader()
    reader.feed(len(payload).to_bytes(4) + payload)

    with pytest.raises(FrameError):
        reader.take()
