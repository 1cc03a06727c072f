"""trafilatura's expressions over attributes find the same elements as Python: in small, and on every page of the shared sets."""

from __future__ import annotations

from copy import copy
from itertools import chain
from typing import TypeGuard, cast

import pytest
from lxml.etree import XPath
from lxml.html import HtmlElement, document_fromstring
from trafilatura.htmlprocessing import convert_tags
from trafilatura.settings import Extractor
from trafilatura.xpaths import REGEXP_NS

from ingest.extract.charset import decode
from ingest.extract.selectors import BASELINE, LISTS, MAX_REMEMBERED, REMEMBERED, Selector, _Fits, hasten_trafilatura, quicker
from ingest.extract.tree import parse
from tests.extract.test_gate import SETS, page_of, truths

PAGE = """<html><body>
<div id="one" class="post-body main">a<p class="Teaser">b</p><span role="Navigation">c</span></div>
<div class="cookie" id="two">d</div><div id="three" class="cookie">e</div><div id="cookie" class="four">f</div>
<section class="article text" style="display:none">g<h1>h</h1></section><section id="main">i</section>
<main id="content" data-empty="">j</main><article class="POST">k</article><aside>l<p class="post">m</p></aside><p>n</p>
</body></html>"""


def xpath(path: str) -> XPath:
    return XPath(path, namespaces={"re": REGEXP_NS})


@pytest.mark.parametrize(
    "path",
    [
        ".//*[@class='post']",
        ".//*[@data-empty]",
        ".//div[@id = 'two' or @class='post-body main']",
        ".//*[self::div or self::p][re:test(@class, '^post|easer')]",
        ".//*[re:test(@class, '^post', 'i')]",
        ".//*[contains(@style, 'display:none') or starts-with(@id, 'th')]",
        ".//*[contains(translate(@role, 'N', 'n'), 'nav') or contains(translate(@class, 'T', 't'), 'teaser')]",
        ".//*[re:test(@id|@class, 'cookie')]",  # of one attribute only that comes first in the source
        ".//*[starts-with(@class|@id, 'cookie') or @id='one']",
        ".//aside|.//div[contains(@class|@id, 'cookie')]|.//*[re:test(@class, 'post', 'i')]",
        ".//*[self::div or self::section][re:test(@class, 'main|text')][not(.//h1) or @id='x']",
    ],
)
def test_all_elements_are_found_in_their_order(path: str) -> None:
    page = document_fromstring(PAGE)
    find = quicker(xpath(path))
    assert isinstance(find, Selector)
    assert find(page) == xpath(path)(page)
    assert find(page)  # the second time from memory


@pytest.mark.parametrize(
    "path",
    [
        ".//*[self::div or self::main][re:test(@id, '^t|content')][1]",
        "(.//*[self::div or self::main][re:test(@class, 'cookie')])[1]",
        "(.//*[self::section][starts-with(@id, 'main')])[1]|(.//main)[1]",
    ],
)
def test_the_first_element_is_found(path: str) -> None:
    page = document_fromstring(PAGE)
    find = quicker(xpath(path))
    assert isinstance(find, Selector)
    assert find(page) == cast("list[HtmlElement]", xpath(path)(page))[:1]


@pytest.mark.parametrize(
    "path",
    [
        "(.//article)[1]",
        ".//p",
        "//div[@id='one']",
        ".//*[@id='one' and @class]",
        ".//*[not(@id)]",
        ".//*[re:test(@id, 'a?')]",  # which a missing attribute has
        ".//*[@id='one']/p[@class]",
        ".//*[self::div][contains(., 'a')]",
        ".//*[@id][1]|.//*[@class]",
    ],
)
def test_what_is_written_in_another_way_stays_an_xpath(path: str) -> None:
    expression = xpath(path)
    assert quicker(expression) is expression


def is_translated(find: object) -> TypeGuard[Selector]:
    return isinstance(find, Selector)


def test_an_element_is_not_looked_for_in_itself() -> None:
    page = document_fromstring(PAGE)
    outer = next(page.iter("div"))
    assert quicker(xpath(".//*[@class]"))(outer) == [outer[0]]


def test_what_is_remembered_is_bounded() -> None:
    fits = _Fits(["x"])
    assert [fits[f"{number} x"] for number in range(3 * REMEMBERED)].count(True) == 3 * REMEMBERED
    assert len(fits) <= REMEMBERED
    fits.clear()
    assert fits["x" * (MAX_REMEMBERED + 1)]
    assert len(fits) == 0


def test_all_that_the_library_has_is_translated_but_for_tags_alone() -> None:
    """A new release may write its expressions otherwise: then extraction is right and slow, and this says so."""
    left = [expression.path for expressions in LISTS for expression in expressions if not isinstance(expression, Selector)]
    assert left == ["(.//article)[1]"]
    assert isinstance(BASELINE.BASIC_CLEAN_XPATH, Selector)


def test_to_hasten_twice_changes_nothing() -> None:
    before = [list(expressions) for expressions in LISTS]
    hasten_trafilatura()
    assert [list(expressions) for expressions in LISTS] == before


@pytest.mark.slow
@pytest.mark.corpora
@pytest.mark.parametrize("name", SETS)
def test_every_expression_finds_the_same_on_all_shared_pages(name: str) -> None:
    different = []
    for truth in truths(name):
        root = parse(decode(page_of(truth).body, None))
        if root is None:
            continue
        converted = convert_tags(copy(root), Extractor())  # which names lists as the library does
        for find in filter(is_translated, (*chain.from_iterable(LISTS), BASELINE.BASIC_CLEAN_XPATH)):
            path = find.expression.path
            tree = converted if "self::list" in path else root
            elements = cast("list[HtmlElement]", find.expression(tree))
            if find(tree) != (elements[:1] if "[1]" in path else elements):
                different.append((truth.url, path))
    assert different == []
