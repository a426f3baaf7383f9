"""From the settings to the rules of what plays next. Apart from the rules of actors, which a reader has none of."""

from passagework.config.settings import Settings
from passagework.domain.gains import Mono
from passagework.domain.playing import PlayRules, Rest


def play_rules(settings: Settings) -> PlayRules:
    """Return what holds where nobody has set something."""
    play = settings.play
    return PlayRules(
        song=Rest(play.song_cooldown, play.song_ramp),
        artist=Rest(play.artist_cooldown, play.artist_ramp),
        work=Rest(play.work_cooldown, play.work_ramp),
        target_lufs=play.target_lufs,
        mono=Mono(settings.loudness.mono),
    )
