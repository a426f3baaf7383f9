"""A stand-in for the services is made from a folder as it is, with what is damaged in it."""

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags
from passagework.standin import catalogue_of

RATE = 22_050


def test_a_damaged_file_is_known_by_what_comes_before_the_damage(tmp_path):
    for number in (1, 2):
        path = tmp_path / f"{number}.flac"
        write_audio(path, compose(20 * RATE, RATE, number), RATE, AudioForm.FLAC)
        write_tags(path, Tags(title=f"Song {number}", artists=("Anna",), album="Album"))
    whole = (tmp_path / "2.flac").read_bytes()
    (tmp_path / "2.flac").write_bytes(whole[: len(whole) // 2] + bytes(20_000))
    catalogue = catalogue_of(tmp_path)
    assert [len(reference.items) > 50 for reference in catalogue.references] == [True, True]
    assert len(catalogue.references[0].items) > len(catalogue.references[1].items)
