"""What a message says, and what hostile feed text in it cannot do (rule O6)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.alerts import neutral
from ingest.alerts.message import TEXT_BYTES, Content, Message, Story, compose
from ingest.alerts.plan import Kind
from ingest.model import Card, Delivery, Rule

NOW = datetime(2026, 11, 24, 12, 5, tzinfo=UTC)
RULE = Rule(id=1, name="rates", query="Zinsen OR rates", delivery=Delivery(timezone="Europe/Berlin", locale="de"))
CARD = Card(
    title="Central bank cuts rates",
    url="https://paper.example/rates?id=1",
    site="paper.example",
    source="The Paper",
    language="en",
    published_at=NOW,
    excerpt="The bank cut rates on Tuesday. Nobody was surprised.",
    people=("Ada Lovelace",),
    organisations=("Central Bank",),
    places=("Genf",),
)
MENTIONS = re.compile(r"@(?:everyone|here|channel|all)\b|<[!@#]|\]\(|<https?:")


def story(card: Card = CARD, **more: object) -> Story:
    return Story(rule=RULE, article_id="a" * 64, card=card, **more)  # type: ignore[arg-type]


def message(*stories: Story, kind: Kind = Kind.ALERT, total: int = 0) -> Message:
    return compose(Content(kind=kind, key="msg_1", created_at=NOW, stories=stories, total=total or len(stories)))


class TestWords:
    def test_everything_that_a_person_acts_on_is_there(self) -> None:
        passage = (("… the bank cut ", False), ("rates", True), (" on Tuesday …", False))
        title = (("Central bank cuts ", False), ("rates", True))
        sent = message(story(title=title, passage=passage, late=True, sites=("two.example", "three.example"), others=2))

        assert sent.subject == "[rates] Central bank cuts rates"
        for text in (
            "Central bank cuts *rates*",
            "The Paper, paper.example · 24.11.2026, 13:05 CET · Englisch · late",
            "… the bank cut *rates* on Tuesday …",
            "People: Ada Lovelace",
            "Organisations: Central Bank",
            "Places: Genf",
            "Nobody was surprised.",
            "https://paper.example/rates?id=1\n",
            "Also in 2 other sources: two.example, three.example",
            "newsflow alerts pause rates",
        ):
            assert text in sent.text, sent.text
        for text in (">rates</mark>", 'href="https://paper.example/rates?id=1"', "three.example", "newsflow alerts pause rates"):
            assert text in sent.html
        (told,) = sent.payload["stories"]
        assert told["matched"] == ["rates"]
        assert told["other_sources"] == {"count": 2, "sites": ["two.example", "three.example"]}

    def test_a_digest_says_how_many_there_are(self) -> None:
        sent = message(*[story(msgspec.structs.replace(CARD, title=f"Number {n}")) for n in range(20)], kind=Kind.DIGEST, total=123)

        assert sent.subject == "[rates] digest: 123 stories"
        assert "Number 0" in sent.text
        assert re.search(r"And 1\d\d more", sent.text)
        assert sent.payload["total"] == 123

    def test_a_summary_over_rules_names_them(self) -> None:
        other = msgspec.structs.replace(RULE, id=2, name="strikes")
        sent = message(story(), Story(rule=other, article_id="b" * 64, card=CARD), kind=Kind.STORM, total=70)

        assert sent.subject == "[2 rules] many at once: 70 stories in one summary"
        assert "rule strikes" in sent.text
        assert "newsflow alerts pause strikes" in sent.text

    def test_a_rule_s_name_is_quoted_for_the_shell(self) -> None:
        rule = msgspec.structs.replace(RULE, name="a b; rm -rf ~")
        sent = message(Story(rule=rule, article_id="", card=CARD))

        assert "newsflow alerts pause 'a b; rm -rf ~'" in sent.text


HOSTILE = [
    pytest.param("x\r\nBcc: v@evil.example", id="a mail header"),
    pytest.param("<!channel> look", id="Slack: everybody"),
    pytest.param("&lt;!here&gt; look", id="Slack: escaped already"),
    pytest.param("<@U12345> and <#C12345|general>", id="Slack: a person, a channel"),
    pytest.param("<https://evil.example|bank.example>", id="Slack: a link that lies"),
    pytest.param("@everyone @here @channel @all", id="Discord, Mattermost, Telegram"),
    pytest.param("<@!123> <@&456>", id="Discord: a person, a role"),
    pytest.param("[bank](javascript:alert(1)) [b](https://evil.example)", id="Markdown links"),
    pytest.param("[x][1]\n\n[1]: javascript:alert(1)", id="a Markdown reference"),
    pytest.param("<script>alert(1)</script><img src=x onerror=alert(1)>", id="HTML"),
    pytest.param("{{ 7*7 }}{% raw %}${7*7}", id="templates"),
    pytest.param("a\x00b\x1b[31m\u202eevil\u2066\u200b", id="control and bidi characters"),
    pytest.param("@\u200beveryone <\u200b!channel>", id="the zero-width space itself"),
    pytest.param("lone \ud800 surrogate", id="no text at all"),
    pytest.param("mailto://a@b/?to=x json://evil.example #tag", id="Apprise URLs and tags"),
    pytest.param("w" * 100_000, id="without end"),
]


class Links(HTMLParser):
    """Tags and link targets of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.targets += [value or "" for name, value in attrs if name in {"href", "src"}]
        assert not [name for name, _ in attrs if name.startswith("on")]


def assert_harmless(sent: Message) -> None:
    assert "\n" not in sent.subject
    assert "\r" not in sent.subject
    assert len(sent.subject) < 300
    assert len(sent.text.encode()) <= TEXT_BYTES
    for text in (sent.subject, sent.text):
        assert not MENTIONS.search(text), text
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    page = Links()
    page.feed(sent.html)
    assert page.tags <= {"html", "head", "meta", "body", "div", "h3", "a", "mark", "p", "b", "em", "br", "code"}
    assert all(target.startswith(("http://", "https://")) for target in page.targets)
    json.dumps(sent.payload, ensure_ascii=False).encode(errors="strict")


class TestHostileText:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_it_is_read_and_does_nothing(self, text: str) -> None:
        card = Card(
            title=text, url=text, site=text, source=text, language=text, excerpt=text, people=(text,), organisations=(text,), places=(text,)
        )
        marked = ((text, True), (text, False), ("<", True), ("!channel>", False))
        for kind, stories in (
            (Kind.ALERT, [story(card)]),
            (Kind.ALERT, [story(card, title=marked, passage=marked, sites=(text,), others=1)]),
            (Kind.DIGEST, [story(card)] * 20),
        ):
            assert_harmless(message(*stories, kind=kind))

    @settings(deadline=None)
    @given(st.text(max_size=60), st.text(alphabet="<>!@#[](): |\r\nahttps/.everyonjvscript", max_size=60))
    def test_any_text(self, one: str, two: str) -> None:
        card = Card(title=one + two, url=two, site=one, excerpt=two + one, people=(two,))
        assert_harmless(message(story(card, title=((one, True), (two, False)), passage=((two, True), (one, False)))))

    @pytest.mark.parametrize(
        ("url", "link"),
        [
            pytest.param("https://paper.example/a?b=c", "https://paper.example/a?b=c", id="a link"),
            pytest.param("javascript:alert(1)", "", id="javascript"),
            pytest.param("data:text/html,x", "", id="data"),
            pytest.param("//evil.example/x", "", id="no scheme"),
            pytest.param("https://bob:s3cret@paper.example/", "https://paper.example/", id="credentials"),
            pytest.param("https://paper.example/@everyone", "https://paper.example/%40everyone", id="a mention in the path"),
            pytest.param('https://paper.example/"><script>', "https://paper.example/%22%3E%3Cscript%3E", id="the end of an attribute"),
            pytest.param(
                "https://paper.example/)[x](javascript:1",
                "https://paper.example/%29%5Bx%5D%28javascript:1",
                id="the end of a Markdown link",
            ),
        ],
    )
    def test_links(self, url: str, link: str) -> None:
        assert neutral.link(url) == link
