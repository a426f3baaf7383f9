import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.sheets.text import decode_text

SHEETS = {
    "cp932": ("宇多田ヒカル", "あなた", "誓い", "初恋"),
    "euc_jp": ("宇多田ヒカル", "あなた", "誓い", "初恋"),
    "gbk": ("王菲", "寒武纪", "新房客", "香奈儿"),
    "big5": ("張惠妹", "聽海", "我可以抱你嗎"),
    "cp949": ("김광석", "사랑했지만", "그날들", "거리에서"),
    "cp1251": ("Кино", "Группа крови", "Закрой за мной дверь", "Спокойная ночь"),
    "cp1252": ("Sigur Rós", "Ágætis byrjun", "Starálfur", "“Ný” batterí…"),
    "utf-8": ("Sigur Rós", "誓い", "Кино"),
    "utf-8-sig": ("Sigur Rós", "誓い", "Кино"),
    "utf-16": ("Sigur Rós", "誓い", "Кино"),
    "utf-16-le": ("Sigur Rós", "誓い", "Кино"),
    "utf-16-be": ("Sigur Rós", "誓い", "Кино"),
}


def sheet(titles):
    return 'REM GENRE Rock\r\nFILE "a.flac" WAVE\r\n' + "".join(f'  TITLE "{title}"\r\n' for title in titles)


@pytest.mark.parametrize("encoding", SHEETS)
def test_the_usual_encodings_are_told_apart(encoding):
    text = sheet(SHEETS[encoding])
    assert decode_text(text.encode(encoding)) == text


@pytest.mark.parametrize("title", ["Für Elise", "Noël à la mémoire", "Ænima", "Motörhead", "naïve", "ÀÉÎ", "Señor"])
def test_accents_are_not_taken_for_letters_of_other_scripts(title):
    assert decode_text(sheet([title]).encode("cp1252")) == sheet([title])


def test_bytes_that_no_encoding_has_are_kept_apart():
    assert decode_text(b"a\x81\x9d\xffb") == "a\x81\x9d\xffb"


@given(st.binary(max_size=60))
def test_every_text_can_be_decoded(data):
    assert isinstance(decode_text(data), str)
