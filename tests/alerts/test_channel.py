"""Which channels are taken, and what of them may be seen."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from ingest.alerts.channel import check, shown, without_secrets
from ingest.alerts.message import Message
from ingest.alerts.send import send
from ingest.errors import UsageError

SECRET = "s3cretTokenOfOurs"

URLS = [
    pytest.param(f"mailto://bob:{SECRET}@mail.example?to=editor@desk.example", "mailto://editor@desk.example", id="mail"),
    pytest.param(
        f"webhook+https://{SECRET}@hooks.example:8443/in/{SECRET}?x={SECRET}", "webhook+https://hooks.example:8443/***", id="webhook"
    ),
    pytest.param(f"slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcO{SECRET[:10]}/#general", "slack://***", id="Slack"),
    pytest.param(f"tgram://123456789:{SECRET}abcdefghijklmnopqr/12315544/", "tgram://***", id="Telegram"),
    pytest.param(f"discord://4174216298/{SECRET}JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord://***", id="Discord"),
    pytest.param(f"jsons://bob:{SECRET}@hooks.example/{SECRET}?+X-Token={SECRET}", "jsons://hooks.example/***", id="Apprise's own webhook"),
    pytest.param(f"ntfys://{SECRET}@ntfy.example/{SECRET}", "ntfys://ntfy.example/***", id="ntfy"),
    pytest.param("rss:/srv/www/rates.xml", "rss:/srv/www/rates.xml", id="a feed"),
]


@pytest.mark.parametrize(("url", "seen"), URLS)
def test_what_is_taken_is_shown_without_its_secrets(url: str, seen: str) -> None:
    assert check(f" {url}\n") == url
    assert shown(url) == seen
    assert SECRET[:10] not in without_secrets(f"failed: {url}, {' '.join(re.split('[/?&=:@,#+]+', url))}", url)


@pytest.mark.parametrize("url", ["rss:/srv/./www//rates.xml", "RSS:/srv/www/x/../rates.xml", "rss://srv/www/rates.xml"])
def test_one_file_is_one_channel(url: str) -> None:
    assert check(url) == "rss:/srv/www/rates.xml"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="empty"),
        pytest.param(SECRET, id="no URL"),
        pytest.param(f"nonsense://{SECRET}", id="a scheme that nobody knows"),
        pytest.param(f"slack://{SECRET}", id="half of what Slack needs"),
        pytest.param(f"webhook://{SECRET}@hooks.example", id="a webhook without its transport"),
        pytest.param(f"webhook+ftp://{SECRET}@hooks.example", id="a webhook over FTP"),
        pytest.param(f"webhook+https://{SECRET}@", id="a webhook without a host"),
        pytest.param(f"webhook+https://{SECRET}@hooks.example:x/", id="a port that is none"),
        pytest.param("webhook+https://s3cret@hooks.example/", id="a secret that can be guessed"),
        pytest.param("webhook+https://hooks.example/", id="no secret"),
        pytest.param("rss:feed.xml", id="a relative path"),
        pytest.param("rss:/srv/www/", id="a folder"),
        pytest.param(f"json://hooks.example/{SECRET}\nBcc: x", id="a line break"),
        pytest.param("json://hooks.example/" + "x" * 2_000, id="too long"),
    ],
)
def test_what_is_refused_is_one_sentence_without_secrets(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        check(url)

    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"mailto://bob:{SECRET}@127.0.0.1:1?from=a@b.example&to=c@d.example&mode=insecure", id="mail"),
        pytest.param(f"json://bob:{SECRET}@127.0.0.1:1/{SECRET}?+X-Token={SECRET}", id="JSON"),
        pytest.param(f"webhook+http://{SECRET}@127.0.0.1:1/{SECRET}", id="webhook"),
        pytest.param(f"slack://{SECRET}", id="what Apprise does not take"),
    ],
)
def test_a_failure_has_a_cause_and_no_secret(url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """Rule O4."""
    with caplog.at_level("DEBUG"):
        result = send(url, Message(key="k", subject="s", text="t", html="<p>h</p>", payload={}), datetime.now(UTC))

    assert result.error
    said = [result.error, *(record.getMessage() for record in caplog.records if record.name.startswith("apprise")), *capfd.readouterr()]
    assert not [text for text in said if SECRET in text]
