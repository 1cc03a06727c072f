"""URLs: the key under which one is known, the form that may be shown, the host that answers for it."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from tld import get_fld
from w3lib.url import canonicalize_url

from ingest.errors import InvalidUrl

MAX_URL_LENGTH = 2_000  # characters; longer ones are traps or data, and break keyword fields
DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters that name the reader's way to the page, never the page.
_TRACKERS = re.compile(
    r"(utm_\w+|mtm_\w+|pk_\w+|at_(medium|campaign|link\w*|custom\d)|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id"
    r"|wt[._]\w+|ns_(mchannel|campaign|source|linkname)|cmpid|ocid|ref_src|xtor|_ga|_gl|spm)",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(r"key|token|secret|passw|auth|sig|session|credential", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
# Browsers read a backslash as a slash, so that the host would depend on who looks.
_NOT_IN_HOST = re.compile(r"[\x00-\x20\x7f\\<>\"^`{|}]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LAST_DOT = re.compile(r"\.+(?=:|$)")
_PORT_OF_SCHEME = re.compile(r":(?:80|443)?$")
_USERINFO = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?[^/?#]*@", re.IGNORECASE)


def clean_link(raw: str | None, base: str | None = None) -> str | None:
    """`raw` as an absolute http(s) URL without credentials and fragment, or None where it is none (rule O2)."""
    raw = (raw or "").strip()
    if not raw or raw.startswith("#"):
        return None  # an empty reference means the document that holds it, which is no link to anything
    try:
        link = urljoin(base or "", raw)
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme not in DEFAULT_PORTS or not host.strip(".") or _NOT_IN_HOST.search(host) or "\\" in parts.netloc:
        return None
    if len(link) > MAX_URL_LENGTH or _SURROGATE.search(link):
        return None
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port is None or port == DEFAULT_PORTS[parts.scheme] else f"{shown}:{port}"
    return _CONTROL.sub(lambda m: f"%{ord(m[0]):02X}", urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, "")))


def canonical_url(url: str) -> str:
    """The key of `url`: two links to one page give one key. Idempotent.

    http and https, parameter order and trackers make no difference. Never fetch it: some servers mind the difference.
    Raises InvalidUrl.
    """
    link = clean_link(url)
    try:
        parts = urlsplit(canonicalize_url(link, keep_blank_values=True)) if link else None
    except ValueError:  # a host that IDNA does not know
        parts = None
    if parts is not None:
        # The parameters are percent-encoded bytes by now, and stay it: decoding would make %E4 and %F6 of Latin-1 sites the same.
        kept = sorted(pair for pair in parts.query.split("&") if pair and not _TRACKERS.fullmatch(pair.partition("=")[0]))
        key = urlunsplit(("https", _PORT_OF_SCHEME.sub("", _LAST_DOT.sub("", parts.netloc)), parts.path, "&".join(kept), ""))
        if clean_link(key):
            return key
    raise InvalidUrl(f"{redact(url)!r} is not an http or https URL: give one such as https://example.org/news")


def url_id(url: str) -> str:
    """sha256 of the canonical URL, in hex: the identity of a URL, and of the article that it leads to."""
    return hashlib.sha256(canonical_url(url).encode()).hexdigest()


def host(url: str) -> str:
    """The lower-case host name of `url`, "" where it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def site(url: str) -> str:
    """The registrable domain, such as "bbc.co.uk"; the host where there is none (an address, a test name)."""
    return get_fld(url, fail_silently=True) or host(url)


def split_credentials(url: str) -> tuple[str, str | None]:
    """`url` without userinfo, and the userinfo ("name:password") where it had one."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url, None
    userinfo, _, rest = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=rest)), userinfo


def redact(url: str) -> str:
    """`url` as it may be logged, shown and stored: no userinfo, the values of secret-looking parameters as `***` (rule O4)."""
    bare = _USERINFO.sub(lambda m: m[0].split("@")[0][: m[0].find("//") + 2] if "//" in m[0] else "", url)
    try:
        parts = urlsplit(bare)
    except ValueError:
        return "(an unreadable URL)"
    fragment = "***" if _SECRET_NAME.search(parts.fragment) else parts.fragment
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if fragment == parts.fragment and not any(_SECRET_NAME.search(name) for name, _ in pairs):
        return bare
    query = "&".join(f"{name}=***" if _SECRET_NAME.search(name) else urlencode([(name, value)]) for name, value in pairs)
    return urlunsplit(parts._replace(query=query, fragment=fragment))
