"""Channels: where messages go, as URLs. What kinds there are, and what of a URL may be seen.

- `webhook+https://SECRET@host/path`: JSON of our own form, signed (`ingest.alerts.webhook`); also `webhook+http://`
- `rss:/path/to/feed.xml`: the latest stories of all rules that speak on it as a feed in a file (`ingest.alerts.rss`)
- every URL of Apprise: mailto://, slack://, msteams://, tgram://, discord://, ntfy://, json://, and over a hundred more
"""

from __future__ import annotations

import functools
import logging
import posixpath
import re
from urllib.parse import unquote, urlsplit

from ingest.errors import UsageError

MAX_URL = 2_000  # characters: longer ones do not fit into a database's index
MIN_SECRET = 16  # characters; shorter ones can be guessed from one signed message
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,30}):", re.IGNORECASE)
# Of these the part behind // is a host, in all others it may be a token.
_HOST_SHOWN = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "ntfys", "gotify", "gotifys", "mattermost", "matrix", "matrixs"})


def check(url: str) -> str:
    """`url` without blanks around it, the path of a feed in its shortest form, once it is sure that a message could be sent there. Raises UsageError, which shows no secret."""
    url = url.strip()
    found = _SCHEME.match(url)
    if not found or len(url) > MAX_URL or not url.isprintable():
        raise UsageError("a channel is a URL such as mailto://…, slack://…, webhook+https://SECRET@host/path or rss:/path/feed.xml")
    scheme = found[1].lower()
    if scheme.startswith("webhook"):
        _check_webhook(url, scheme)
    elif scheme == "rss":
        path = url[4:]
        if not path.startswith("/") or path.endswith("/"):
            raise UsageError("an rss channel needs the absolute path of a file: write rss:/path/to/feed.xml")
        url = "rss:/" + posixpath.normpath(path).lstrip("/")  # one file is one channel, however its path is written
    elif not _apprise_takes(url):
        raise UsageError(
            f"{scheme}: is not a channel that can be used with what stands behind it: see Apprise's documentation for its form"
        )
    return url


def shown(url: str) -> str:
    """What people may see of `url`: enough to know it again, nothing to use it by."""
    found = _SCHEME.match(url)
    if not found:
        return "***"
    scheme = found[1].lower()
    if scheme == "rss":
        return url
    if scheme in {"mailto", "mailtos"}:
        recipients = _recipients(url)
        return f"{scheme}://{', '.join(recipients) if recipients else '***'}"
    if scheme.startswith("webhook") or scheme in _HOST_SHOWN:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return f"{scheme}://***"
        more = "/***" if parts.path.strip("/") or parts.query else ""
        return f"{scheme}://{host}{port}{more}"
    return f"{scheme}://***"


def secrets_of(url: str) -> list[str]:
    """Parts of `url` that must not stand in a log or an error, the longest first."""
    parts = {piece for piece in re.split(r"[/?&=:@,#+;]+", url.partition(":")[2]) if len(piece) >= 4}
    known = set(re.split(r"[/?&=:@,#+;\s]+", shown(url)))
    return sorted({x for p in parts - known for x in (p, unquote(p))}, key=len, reverse=True)


def without_secrets(text: str, url: str) -> str:
    """`text` with every part of `url` that may be a secret taken out."""
    for secret in (url, *secrets_of(url)):
        text = text.replace(secret, "***")
    return text


def _check_webhook(url: str, scheme: str) -> None:
    if scheme not in {"webhook+http", "webhook+https"}:
        raise UsageError("a webhook begins with webhook+https:// or webhook+http://")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        raise UsageError("the webhook has no host: write webhook+https://SECRET@host/path")
    if len(unquote(parts.username or "")) < MIN_SECRET:
        raise UsageError(
            f"the webhook needs a secret of {MIN_SECRET} characters or more to be signed with: webhook+https://SECRET@{host}/…; "
            "make one with: openssl rand -hex 24. For an unsigned one take json:// or jsons://"
        )


def _recipients(url: str) -> list[str]:
    plugin = _instance(url)
    targets = getattr(plugin, "targets", None)
    return [str(address) for _, address in targets] if targets else []


def _apprise_takes(url: str) -> bool:
    return _instance(url) is not None


def hush_apprise() -> None:
    """Keep Apprise from logging: at level debug it names URLs with their tokens. Errors are told by `services.send`."""
    log = logging.getLogger("apprise")
    log.setLevel(logging.WARNING)
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())


@functools.lru_cache(maxsize=256)
def _instance(url: str) -> object | None:
    import apprise  # noqa: PLC0415  # half a second, only where a channel is used

    hush_apprise()
    return apprise.Apprise.instantiate(url)
