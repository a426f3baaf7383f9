"""The closed lists of what FFmpeg may use on a file: the demuxer of each container, decoders, and no protocol.

FFmpeg would choose a demuxer by itself from hundreds, some of which open sockets and other files (playlists, stream
descriptions). Ours is chosen from the same bytes as the name of the container, so the two cannot disagree.
"""

from types import MappingProxyType
from typing import Final

_DEMUXERS: Final = MappingProxyType(
    {
        "aac": "aac",
        "ac3": "ac3",
        "aiff": "aiff",
        "amr": "amr",
        "ape": "ape",
        "asf": "asf",
        "au": "au",
        "caf": "caf",
        "dff": "iff",
        "dsf": "dsf",
        "dts": "dts",
        "flac": "flac",
        "matroska": "matroska",
        "mp3": "mp3",
        "mp4": "mov",
        "musepack": "mpc",
        "ogg": "ogg",
        "realaudio": "rm",
        "shorten": "shn",
        "tak": "tak",
        "tta": "tta",
        "w64": "w64",
        "wav": "wav",
        "wavpack": "wv",
    }
)
"""By the name that :func:`passagework.audio.sniff.sniff` gives. FFmpeg cannot read OptimFROG."""

_BY_MAGIC: Final = ((b"MPCK", "mpc8"), (b"DTSHDHDR", "dtshd"))
"""Containers for which FFmpeg has two demuxers: how the audio begins that the second one reads."""

NEEDED_DECODERS: Final = (
    *("aac", "ac3", "alac", "amrnb", "amrwb", "ape", "dca", "dsd_lsbf", "dsd_msbf", "eac3", "flac", "mp2", "mp3"),
    *("mpc7", "mpc8", "opus", "pcm_f32le", "pcm_s16be", "pcm_s16le", "pcm_s24le", "shorten", "speex", "tak", "tta"),
    *("vorbis", "wavpack", "wmalossless", "wmapro", "wmav1", "wmav2"),
)
"""FFmpeg's names of the decoders that every build should have."""

_MORE_DECODERS: Final = (
    *("aac_latm", "adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "adpcm_yamaha", "als", "amrnb", "amrwb", "atrac3"),
    *("cook", "dsd_lsbf_planar", "dsd_msbf_planar", "dst", "g722", "g726", "g726le", "gsm", "gsm_ms", "ilbc"),
    *("libopencore_amrnb", "libopencore_amrwb", "libopus", "libspeex", "libvorbis", "mace3", "mace6", "mlp"),
    *("mp1", "mp1float", "mp2float", "mp3adufloat", "mp3float", "mp3on4float", "qdm2", "qdmc", "ralf", "real_144"),
    *("real_288", "sipr", "truehd", "truespeech", "wmavoice"),
    *("pcm_alaw", "pcm_bluray", "pcm_f16le", "pcm_f24le", "pcm_f32be", "pcm_f64be", "pcm_f64le", "pcm_mulaw"),
    *("pcm_s16be_planar", "pcm_s16le_planar", "pcm_s24be", "pcm_s24le_planar", "pcm_s32be", "pcm_s32le"),
    *("pcm_s32le_planar", "pcm_s64be", "pcm_s64le", "pcm_s8", "pcm_s8_planar", "pcm_u16be", "pcm_u16le", "pcm_u24be"),
    *("pcm_u24le", "pcm_u32be", "pcm_u32le", "pcm_u8"),
)

DECODERS_ONLY: Final = MappingProxyType({"codec_whitelist": ",".join(sorted({*NEEDED_DECODERS, *_MORE_DECODERS}))})
"""The option of a container or decoder that confines FFmpeg to the decoders above."""


def demuxer_of(container: str, head: bytes) -> str | None:
    """Name FFmpeg's demuxer for a container; ``head`` is how its audio begins. None if FFmpeg has none."""
    named = (demuxer for magic, demuxer in _BY_MAGIC if head.startswith(magic))
    return next(named, _DEMUXERS.get(container))


def limits_of(demuxer: str) -> dict[str, str]:
    """Return the options that confine FFmpeg to one demuxer, the known decoders, and what it is handed."""
    return {"format_whitelist": demuxer, "protocol_whitelist": "none", **DECODERS_ONLY}
