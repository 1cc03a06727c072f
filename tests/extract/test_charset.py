"""Bytes become characters as in a browser, except that valid UTF-8 is UTF-8 whatever is announced."""

from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.charset import decode

GERMAN = "<p>Die Brücke über die Straße: größer als „geplant“, sagt der Bürgermeister.</p>"
RUSSIAN = "<p>Совет города собрался в понедельник вечером и одобрил план нового моста через реку, сообщил мэр.</p>" * 20
JAPANESE = "<p>市議会は月曜日の夜に会合を開き、新しい橋の計画を承認した。</p>"


def meta(encoding: str) -> str:
    return f'<html><head><meta charset="{encoding}"></head>'


ROWS = {
    "UTF-8 without a declaration": (GERMAN.encode(), None, GERMAN),
    "UTF-8 announced as Latin-1": (GERMAN.encode(), "text/html; charset=ISO-8859-1", GERMAN),
    "the header's charset": (GERMAN.encode("cp1252"), "text/html; charset=windows-1252", GERMAN),
    "Latin-1 is windows-1252": (GERMAN.encode("cp1252"), "text/html; charset=iso-8859-1", GERMAN),
    "the header before the page": ((meta("utf-8") + RUSSIAN).encode("koi8-r"), "text/html; charset=koi8-r", meta("utf-8") + RUSSIAN),
    "the page's declaration": ((meta("windows-1251") + RUSSIAN).encode("cp1251"), "text/html", meta("windows-1251") + RUSSIAN),
    "Shift JIS": ((meta("shift_jis") + JAPANESE).encode("cp932"), None, meta("shift_jis") + JAPANESE),
    "ISO-2022-JP, which is valid UTF-8": ((meta("iso-2022-jp") + JAPANESE).encode("iso2022_jp"), None, meta("iso-2022-jp") + JAPANESE),
    "GBK declared as GB2312": ((meta("gb2312") + "<p>蔡健雅朱镕基</p>").encode("gbk"), None, meta("gb2312") + "<p>蔡健雅朱镕基</p>"),
    "the byte order mark before all": (codecs.BOM_UTF8 + GERMAN.encode(), "text/html; charset=koi8-r", GERMAN),
    "UTF-16 with a mark": (codecs.BOM_UTF16_LE + GERMAN.encode("utf-16-le"), "text/html; charset=utf-8", GERMAN),
    "UTF-16 without a mark": (GERMAN.encode("utf-16-le"), None, GERMAN),
    "UTF-16, big end first, without a mark": (GERMAN.encode("utf-16-be"), None, GERMAN),
    "windows-1251 that nobody declares": (RUSSIAN.encode("cp1251"), None, RUSSIAN),
    "an unknown charset": (GERMAN.encode(), "text/html; charset=x-no-such", GERMAN),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_characters_are_right_for(name: str) -> None:
    body, content_type, text = ROWS[name]
    assert decode(body, content_type) == text


def test_a_few_broken_bytes_leave_utf8_utf8() -> None:
    body = (GERMAN * 50).encode() + b"\xe2\x82"
    assert decode(body).startswith(GERMAN)


@pytest.mark.parametrize("charset", ["utf-7", "base64", "rot13", "unicode_escape", "punycode", "undefined", "idna"])
def test_codecs_that_no_browser_knows_are_refused(charset: str) -> None:
    hidden = b"+ADw-script+AD4-alert(1)+ADw-/script+AD4- \\x3cscript\\x3e \xff"
    assert "<script" not in decode(hidden, f"text/html; charset={charset}")


@given(body=st.binary(max_size=300), content_type=st.one_of(st.none(), st.sampled_from(("utf-16", "cp932", "hz", "big5", "utf-32"))))
def test_no_bytes_raise(body: bytes, content_type: str | None) -> None:
    assert isinstance(decode(body, f"text/html; charset={content_type}" if content_type else None), str)


def test_ten_megabytes_without_a_declaration_take_a_second_at_most() -> None:
    body = bytes(range(128, 256)) * 80_000
    start = time.process_time()
    decode(body)
    assert time.process_time() - start < 5
