"""Measurements of the decoded audio: level, waveform, loudness, peaks and hashes."""
