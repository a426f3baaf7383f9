"""An analysis for InlineExecutor that takes the whole process down, as a decoder that crashes in the host would."""

import os

from passagework.audio.analyze import analyze_file


def analyze(job):
    if b"lethal" in job.path:
        os._exit(9)
    return analyze_file(job)
