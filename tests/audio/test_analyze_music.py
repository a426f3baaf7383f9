"""The analysis of real music: lengths in many formats, and a file that is too long to be decoded as a whole."""

import json
import subprocess
import sys

import pytest

TOLERANCES = {"aac": 64, "wma": 2_048, "mp3-bare": 2_048}
"""Samples; 0 for all other forms."""

MEMORY = """
import sys
from passagework.audio.analyze import analyze_file
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob
from passagework.domain.analysis_rules import AnalysisRules
result = analyze_file(AnalysisJob(sys.argv[1].encode(), FileStamp(0, 0), AnalysisRules()))
# ru_maxrss would count what the process that started this one had in memory.
(peak,) = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")]
print(result.samples, len(result.passages), peak)
"""


@pytest.mark.slow
@pytest.mark.long
def test_the_length_of_every_file_is_that_of_the_music_that_was_encoded(real_music, analyze):
    wrong = {}
    for truth in json.loads((real_music / "mixed" / "truth.json").read_text("utf-8")):
        result = analyze(real_music / "mixed" / truth["file"], true_peak=False, fingerprint=False)
        off = result.samples - truth["samples"]
        if abs(off) > TOLERANCES.get(truth["form"], 0):
            wrong[truth["file"]] = off
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak in /proc")
def test_a_long_file_takes_less_than_300_megabytes(real_music):
    path = real_music / "long" / "long.flac"
    (truth,) = json.loads((real_music / "long" / "truth.json").read_text("utf-8"))
    command = [sys.executable, "-c", MEMORY, str(path)]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    samples, passages, kilobytes = map(int, output.split())
    assert samples == truth["samples"]
    assert passages > 0.9 * len(truth["pieces"])
    assert kilobytes < 300_000
