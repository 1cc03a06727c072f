"""A page is parsed whole where lxml's own limits would lose it, and bare of what no text stands in."""

from __future__ import annotations

import time

import pytest

from ingest.extract.tree import MAX_ATTRIBUTES, parse


def text_of(source: str) -> str:
    root = parse(source)
    assert root is not None
    return " ".join(" ".join(root.itertext()).split())


@pytest.mark.parametrize("depth", [10, 254, 255, 256, 1_000, 2_000])
def test_text_below_many_levels_is_kept(depth: int) -> None:
    assert text_of("<html><body>" + "<div>" * depth + "<p>deep</p>" + "</div>" * depth) == "deep"


def test_a_text_of_eleven_megabytes_is_kept() -> None:
    assert len(text_of("<p>" + "word " * 2_300_000)) == 2_300_000 * 5 - 1


def test_scripts_and_styles_go_but_for_json_ld() -> None:
    root = parse(
        "<html><head><script>a</script><script type='application/ld+json'>{}</script><style>b</style></head>"
        "<body>text<script>c</script> after<svg><text>d</text></svg><!-- e --></body></html>"
    )
    assert root is not None
    assert [script.text for script in root.iter("script")] == ["{}"]
    assert "".join(root.itertext()).replace("{}", "") == "text after"


@pytest.mark.parametrize("attribute", ["a{}", "a{}=x", "a{}='x'", 'a{} = "x > y"', "/a{}"])
def test_a_tag_with_a_flood_of_attributes_loses_them_and_costs_no_time(attribute: str) -> None:
    flood = " ".join(attribute.format(n) for n in range(60_000))
    start = time.process_time()
    root = parse(f"<html><body><div id=before>one</div><div {flood}>two</div><div id=after>three</div></body></html>")
    assert time.process_time() - start < 3
    assert root is not None
    assert [(div.get("id"), len(div.attrib), div.text) for div in root.iter("div")] == [
        ("before", 1, "one"),
        (None, 0, "two"),
        ("after", 1, "three"),
    ]


def test_a_long_value_is_no_flood() -> None:
    data = "a=1 b=2 " * 20_000
    root = parse(f'<html><body><div id="x" data-state="{data}">text</div></body></html>')
    assert root is not None
    assert [div.get("id") for div in root.iter("div")] == ["x"]
    assert MAX_ATTRIBUTES > 100  # what real pages have


@pytest.mark.parametrize("source", ["", "   ", "<!-- only a comment -->", "<!DOCTYPE html>", "<?xml version='1.0'?>"])
def test_nothing_gives_nothing(source: str) -> None:
    root = parse(source)
    assert root is None or not root.text_content().strip()


@pytest.mark.parametrize("start", ["<html/>", "<html lang=de/>", "<html />\n", '<?xml version="1.0" encoding="utf-16"?><html>'])
def test_odd_starts_lose_no_text(start: str) -> None:
    assert text_of(f"{start}<head><title>T</title></head><body><p>text</p></body></html>") == "T text"


def test_characters_that_xml_forbids_go() -> None:
    assert text_of("<p>a\x00b\x0bc\ud800d\ufffee</p>") == "abcde"
