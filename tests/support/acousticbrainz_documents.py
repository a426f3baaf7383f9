"""Documents as AcousticBrainz has them."""

RECORDING = "0f00f00d-0000-4000-8000-000000000001"


def document(seconds=60.0, recording=RECORDING, danceable=0.17):
    """Make a document with a binary and a complex characteristic."""
    return {
        "highlevel": {
            "danceability": {
                "all": {"danceable": danceable, "not_danceable": round(1 - danceable, 6)},
                "probability": max(danceable, 1 - danceable),
                "value": "not_danceable",
            },
            "genre_electronic": {"all": {"ambient": 0.5, "house": 0.25, "techno": 0.25}, "value": "ambient"},
        },
        "metadata": {
            "audio_properties": {"length": seconds, "codec": "flac"},
            "tags": {"musicbrainz_recordingid": [recording], "title": ["Song"]},
        },
    }
