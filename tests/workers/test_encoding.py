"""What a worker makes of an analysis before it sends it."""

import math
from dataclasses import replace

import pytest

from passagework.domain.analysis import FailedAnalysis, FileAnalysis
from passagework.domain.encoded_analysis import EncodedAnalysis, with_stamp
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.identification.linking.at_once import links_of_tags
from passagework.domain.jobs import Finish
from passagework.domain.tags import ReplayGain, Tags
from passagework.persistence.rows.encoded import encode_analysis
from passagework.workers import encoding
from passagework.workers.encoding import encoded
from passagework.workers.processes.wire_protocol import FrameReader, JobResult, pack
from tests.support.distinct import Distinct
from tests.support.library import Maker

ANALYSIS = Maker.analysis(tags=Tags(title="T", recording_ids=(Maker.mbid(1, 1),)))


def test_it_is_encoded_and_linked_as_the_job_wants():
    assert encoded(ANALYSIS, None) is ANALYSIS
    assert encoded(ANALYSIS, Finish.ENCODE) == encode_analysis(ANALYSIS)
    assert encoded(ANALYSIS, Finish.LINK_AND_ENCODE) == encode_analysis(ANALYSIS, links_of_tags(ANALYSIS))
    assert encode_analysis(ANALYSIS) != encode_analysis(ANALYSIS, links_of_tags(ANALYSIS))


def test_a_failure_and_what_is_encoded_stay_as_they_are():
    failed = FailedAnalysis(b"/music/a.flac", Maker.stamp, Failure(FailureCode.NOT_AUDIO))
    done = encode_analysis(ANALYSIS)
    assert (encoded(failed, Finish.ENCODE), encoded(done, Finish.ENCODE)) == (failed, done)


def test_what_cannot_be_encoded_is_sent_as_it_is():
    infinite = replace(ANALYSIS, tags=Tags(replay_gain=ReplayGain(track_gain=math.inf)))
    assert encoded(infinite, Finish.ENCODE) is infinite


def test_a_defect_in_a_decision_leaves_it_to_the_linker(monkeypatch):
    monkeypatch.setattr(encoding, "links_of_tags", lambda _: 1 / 0)
    assert encoded(ANALYSIS, Finish.LINK_AND_ENCODE) == encode_analysis(ANALYSIS)


@pytest.mark.parametrize("finish", Finish)
def test_it_travels_as_it_is(finish):
    sent = encoded(Distinct().of(FileAnalysis), finish)
    assert isinstance(sent, EncodedAnalysis)
    reader = FrameReader()
    reader.feed(pack(JobResult(sent, 1.5, None, last=False)))
    assert reader.take() == JobResult(sent, 1.5, None, last=False)


@pytest.mark.parametrize("result", [ANALYSIS, encode_analysis(ANALYSIS)])
def test_an_analysis_gets_another_stamp_whether_it_is_encoded_or_not(result):
    other = FileStamp(7, 8, 9, 10)
    changed = with_stamp(result, other)
    assert (changed.stamp, with_stamp(changed, result.stamp)) == (other, result)
