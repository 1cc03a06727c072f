"""The sample site over HTTP: every page and feed of it, read by the project's own feed parser and extraction too."""

from __future__ import annotations

import http.client
import re
from typing import NamedTuple
from urllib.parse import urlsplit

import feedparser
import msgspec
import pytest

from ingest.demo.site import SampleSite
from ingest.demo.source import Story, Variant
from ingest.enrich.language import detect
from ingest.errors import ExtractRejected
from ingest.extract.article import Extraction, PageBytes, extract
from ingest.extract.dateline import split_dateline
from ingest.feeds.parse import FeedBytes, parse_feed
from ingest.model import Dateline, ParsedFeed, Reason
from ingest.settings import Settings
from ingest.urls import canonical_url
from ingest.web.resolve import parse_connect_to
from tests.demo.conftest import EPOCH, ROOT

FEEDS = {
    "http://tagblatt.example/rss.xml": ("rss20", 4),
    "http://tagblatt.example/hafen/atom.xml": ("atom10", 2),
    "http://bote.example/feed.rdf": ("rss10", 4),
    "http://stadtanzeiger.example/feed.atom": ("atom10", 2),
    "http://the-courier.example/feed.json": ("json11", 4),
    "http://le-matin.example/flux/une.xml": ("atom10", 2),
    "http://elcorreo.example/rss/portada.xml": ("rss20", 2),
    "http://gazzetta-nord.example/rss.rdf": ("rss10", 2),
    "http://wiadomosci.example/rss": ("rss20", 2),
    "http://vesti.example/export/rss.xml": ("rss20", 2),
    "http://akhbar.example/feed.atom": ("atom10", 2),
    "http://shimbun.example/rss/news.rdf": ("rss10", 2),
    "http://diario.example/feed.json": ("json11", 1),
    "http://dagblad.example/rss": ("rss20", 1),
}
FAILING = "http://tagblatt.example/eilmeldungen.xml"
LANGUAGES = {"de", "en", "fr", "es", "it", "pl", "ru", "ar", "ja", "pt", "nl"}
EDITED = "stadtanzeiger-bruecke"
AGENCY = ("tagblatt-streik", "bote-streik", "stadtanzeiger-streik")
GLUED = ("tagblatt-seegras", "bote-apfel")
NOTICE = "tagblatt-faehre"
UNDATED = "bote-museum"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def get(site: SampleSite, url: str, **headers: str) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request("GET", target, headers={"Host": parts.netloc} | {k.replace("_", "-"): v for k, v in headers.items()})
    response = connection.getresponse()
    answer = Answer(response.status, dict(response.headers), response.read())
    connection.close()
    return answer


def story(site: SampleSite, name: str) -> Story:
    return next(s for s in site.sources.stories if s.id == name)


def page(site: SampleSite, name: str) -> Extraction:
    url = story(site, name).url
    answer = get(site, url)
    return extract(PageBytes(body=answer.body, url=url, fetched_at=EPOCH, content_type=answer.headers["Content-Type"]))


def feed(site: SampleSite, url: str) -> ParsedFeed:
    answer = get(site, url)
    return parse_feed(FeedBytes(body=answer.body, url=url, content_type=answer.headers["Content-Type"], now=EPOCH))


def everything(site: SampleSite) -> dict[str, bytes]:
    """Every body of the site, by URL."""
    urls = [*site.feed_urls, *(s.url for s in site.sources.stories), *(f"http://{host}/" for host in site.sources.papers)]
    return {url: get(site, url).body for url in urls}


def test_the_feeds_are_these(site: SampleSite) -> None:
    assert set(site.feed_urls) == {*FEEDS, FAILING}


@pytest.mark.parametrize("url", FEEDS)
def test_a_feed_has_its_format_and_entries_and_no_faults(site: SampleSite, url: str) -> None:
    parsed = feed(site, url)
    assert (parsed.format, len(parsed.entries)) == FEEDS[url]
    assert parsed.flags == ()
    assert (parsed.duplicates, parsed.no_identity) == (0, 0)
    assert all(entry.title and entry.summary and entry.url for entry in parsed.entries)


@pytest.mark.parametrize("url", [url for url, (kind, _) in FEEDS.items() if kind != "json11"])
def test_feedparser_reads_an_xml_feed_as_well_formed(site: SampleSite, url: str) -> None:
    answer = get(site, url)
    document = feedparser.parse(answer.body, response_headers={"content-type": answer.headers["Content-Type"]})
    assert not document.bozo, document.get("bozo_exception")
    assert len(document.entries) == FEEDS[url][1]


@pytest.mark.parametrize("url", [url for url, (kind, _) in FEEDS.items() if kind == "json11"])
def test_a_json_feed_says_which_version_it_is(site: SampleSite, url: str) -> None:
    document = msgspec.json.decode(get(site, url).body)
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert len(document["items"]) == FEEDS[url][1]


def test_one_feed_always_fails(site: SampleSite) -> None:
    assert get(site, FAILING).status == 500


def test_every_link_of_a_feed_leads_to_a_page_but_the_dead_one(site: SampleSite) -> None:
    links = [entry.url for url in FEEDS for entry in feed(site, url).entries]
    missing = {canonical_url(link) for link in links if link and get(site, link).status != 200}
    assert missing == {canonical_url(s.url) for s in site.sources.stories if s.variant is Variant.DEAD}
    assert len(missing) == 1


def test_every_story_is_announced(site: SampleSite) -> None:
    links = {canonical_url(entry.url or "") for url in FEEDS for entry in feed(site, url).entries}
    assert links == {canonical_url(s.url) for s in site.sources.stories}


def test_two_feeds_announce_one_story_under_links_of_one_canonical_url(site: SampleSite) -> None:
    links = {
        e.url
        for url in FEEDS
        for e in feed(site, url).entries
        if e.url and canonical_url(e.url) == canonical_url(story(site, AGENCY[0]).url)
    }
    assert len(links) == 2
    assert all("utm_source=" in link for link in links if link)


def test_a_feed_that_did_not_change_is_answered_with_304_and_no_body(site: SampleSite) -> None:
    url = next(iter(FEEDS))
    etag = get(site, url).headers["ETag"]
    again = get(site, url, If_None_Match=etag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert get(site, url, If_None_Match='"another"').status == 200


def test_an_edit_changes_one_page_and_one_feed(fresh: SampleSite) -> None:
    before = everything(fresh)
    etag = get(fresh, "http://stadtanzeiger.example/feed.atom").headers["ETag"]
    fresh.edit()
    after = everything(fresh)
    assert {url for url in before if before[url] != after[url]} == {story(fresh, EDITED).url, "http://stadtanzeiger.example/feed.atom"}
    assert get(fresh, "http://stadtanzeiger.example/feed.atom", If_None_Match=etag).status == 200


def test_an_edited_story_has_another_text_and_update_date_under_the_same_title(fresh: SampleSite) -> None:
    url = "http://stadtanzeiger.example/feed.atom"
    (entry,) = [e for e in feed(fresh, url).entries if e.url == story(fresh, EDITED).url]
    before = page(fresh, EDITED)
    fresh.edit()
    (later,) = [e for e in feed(fresh, url).entries if e.url == story(fresh, EDITED).url]
    after = page(fresh, EDITED)
    assert entry.fingerprint != later.fingerprint
    assert entry.key == later.key
    assert entry.published_at == later.published_at
    assert entry.updated_at is not None
    assert later.updated_at is not None
    assert entry.updated_at < later.updated_at < EPOCH
    assert (before.title, before.published_at) == (after.title, after.published_at)
    assert "18 Millionen" in before.text
    assert "Berichtigung" in after.text


def test_the_same_epoch_gives_the_same_site(site: SampleSite) -> None:
    with SampleSite(ROOT, epoch=EPOCH) as again:
        assert everything(again) == everything(site)
        again.edit()
        with SampleSite(ROOT, epoch=EPOCH, edited=True) as third:
            assert everything(third) == everything(again)


ODD = (Variant.CONSENT, Variant.DEAD, Variant.BROKEN)


def test_a_page_yields_its_text_title_authors_date_and_language(site: SampleSite) -> None:
    for told in site.sources.stories:
        if told.variant in ODD or told.id in (UNDATED, NOTICE):
            continue
        found = page(site, told.id)
        for paragraph in told.paragraphs:
            assert split_dateline(paragraph).text in found.text, told.id
        assert found.title == told.title
        assert found.canonical_url == told.url
        assert found.authors == told.authors, told.id
        assert found.published_at is not None
        assert round((EPOCH - found.published_at).total_seconds() / 3600, 2) == told.hours_ago
        assert detect(found.title, found.text)[0] == site.sources.papers[told.host].language.split("-")[0]


BOXES = ("Facebook", "WhatsApp", "Impressum", "Newsletter", "Alle Rechte", "All rights reserved", "Most read", "Sign up", "Meistgelesen")


def test_a_page_has_boxes_around_its_text_that_are_none_of_it(site: SampleSite) -> None:
    for told in site.sources.stories:
        if told.variant not in ODD:
            html = get(site, told.url).body.decode(site.sources.papers[told.host].charset)
            assert all(part in html for part in ("<footer", "<nav", "<time")) or told.id in (NOTICE, UNDATED) or 'id="menu"' in html
            assert not [box for box in BOXES if box in page(site, told.id).text], told.id


def test_there_are_eleven_languages(site: SampleSite) -> None:
    assert {paper.language.split("-")[0] for paper in site.sources.papers.values()} == LANGUAGES
    spoken = [site.sources.papers[s.host].language.split("-")[0] for s in site.sources.stories if s.paragraphs]
    assert spoken.count("de") >= 6
    assert spoken.count("en") >= 4
    assert all(spoken.count(language) >= 2 for language in LANGUAGES - {"pt", "nl"})


def test_three_papers_carry_the_agencys_report_in_nearly_the_same_words(site: SampleSite) -> None:
    texts = [page(site, name).text for name in AGENCY]
    words = [set(re.findall(r"\w+", text.lower())) for text in texts]
    assert len({story(site, name).host for name in AGENCY}) == 3
    assert len({story(site, name).title for name in AGENCY}) == 3
    assert len(set(texts)) == 3
    assert {page(site, name).dateline for name in AGENCY} == {Dateline(agency="nfa", place="Nordhafen")}
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert len(words[one] & words[other]) / len(words[one] | words[other]) > 0.6


@pytest.mark.parametrize("name", GLUED)
def test_a_glued_picture_line_opens_the_text_on_the_page(site: SampleSite, name: str) -> None:
    told = story(site, name)
    html = get(site, told.url).body.decode()
    assert f"<p>{told.credit} | {told.caption}</p>\n<p>{told.paragraphs[0]}</p>" in html
    found = page(site, name)
    assert found.image_caption == told.caption
    assert found.image_credit == told.credit.removeprefix("Foto: ")
    assert found.text.removeprefix(told.description).lstrip().startswith(told.paragraphs[0])


def test_a_consent_dialogue_stands_in_the_place_of_one_article(site: SampleSite) -> None:
    (told,) = [s for s in site.sources.stories if s.variant is Variant.CONSENT]
    assert get(site, told.url).status == 200
    with pytest.raises(ExtractRejected) as rejected:
        page(site, told.id)
    assert rejected.value.reason is Reason.CONSENT_WALL


def test_one_story_has_a_date_neither_on_its_page_nor_in_its_feed(site: SampleSite) -> None:
    assert page(site, UNDATED).published_at is None
    undated = [e.url for url in FEEDS for e in feed(site, url).entries if e.published_at is None]
    assert undated == [story(site, UNDATED).url]


def test_a_broken_page_ends_in_the_middle_of_a_tag_and_still_has_its_text(site: SampleSite) -> None:
    (told,) = [s for s in site.sources.stories if s.variant is Variant.BROKEN]
    html = get(site, told.url).body.decode()
    assert "</div>" not in html
    assert html.rindex("<") > html.rindex(">")
    found = page(site, told.id)
    assert found.title == told.title
    assert all(paragraph in found.text for paragraph in told.paragraphs)


def test_a_short_notice_is_too_short_for_an_article(site: SampleSite) -> None:
    assert page(site, NOTICE).text == story(site, NOTICE).paragraphs[0]
    assert len(page(site, NOTICE).text) < Settings.model_fields["min_text_chars"].default


def test_connect_to_covers_every_host(site: SampleSite) -> None:
    (rule,) = parse_connect_to(site.connect_to)
    assert all(rule.covers(host, 80) for host in site.sources.papers)
    assert (rule.address, rule.to_port) == ("127.0.0.1", site.port)


def test_requests_are_logged(fresh: SampleSite) -> None:
    get(fresh, "http://bote.example/nothing?x=1")
    assert fresh.requests == [("bote.example", "/nothing?x=1", 404)]


def test_a_page_in_windows_1251_says_so(site: SampleSite) -> None:
    answer = get(site, story(site, "vesti-zabastovka").url)
    assert answer.headers["Content-Type"] == "text/html; charset=windows-1251"
    assert "Нордхафене" in answer.body.decode("windows-1251")
