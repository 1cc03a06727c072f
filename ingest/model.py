"""The values that travel between the stages. Plain data: frozen, typed, JSON by msgspec; no behaviour, no I/O.

Times are timezone-aware UTC datetimes. Identifiers are lower-case hex. Every text that came from outside is
hostile until it is escaped at output.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Stage(StrEnum):
    """How far a URL has come. `DONE` has an outcome; all others are backlog."""

    DISCOVERED = "discovered"
    CLAIMED = "claimed"  # in a batch that some worker holds
    DONE = "done"


class OutcomeKind(StrEnum):
    """How a URL ends. Their counts and the backlog add up to the URLs discovered."""

    INDEXED = "indexed"
    DUPLICATE = "duplicate"  # of another URL: `Outcome.of`
    DROPPED = "dropped"  # nothing to index, by its reason; not our fault
    QUARANTINED = "quarantined"  # needs a look: it hurt a limit or was refused


class Reason(StrEnum):
    """Why a URL, a page or a feed ended as it did. A closed list: counters and dashboards group by it."""

    # fetching
    INVALID_URL = "invalid_url"
    BLOCKED_ADDRESS = "blocked_address"
    BLOCKED_PORT = "blocked_port"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"
    TLS = "tls"
    PROTOCOL = "protocol"
    TIMEOUT = "timeout"
    CONNECT = "connect"
    DNS = "dns"
    INCOMPLETE = "incomplete"
    HTTP_GONE = "http_gone"  # 404, 410
    HTTP_DENIED = "http_denied"  # 401, 403, 451
    HTTP_BUSY = "http_busy"  # 408, 425, 429
    HTTP_CLIENT = "http_client"  # any other 4xx
    HTTP_SERVER = "http_server"  # 5xx
    HTTP_OTHER = "http_other"  # 1xx, 204, 3xx without a target
    ROBOTS = "robots"  # robots.txt forbids it
    ROBOTS_UNREACHABLE = "robots_unreachable"  # robots.txt cannot be had, so that everything is forbidden for now
    HOST_WAITS = "host_waits"  # not asked yet: its host has asked to be left alone, or many URLs of it wait for their turn
    HOST_BUDGET = "host_budget"  # not asked yet: its host was asked as often as the budget of the hour allows
    # feeds
    NOT_A_FEED = "not_a_feed"
    FEED_DTD = "feed_dtd"  # a DOCTYPE with an internal subset, or an entity declaration
    FEED_MALFORMED = "feed_malformed"
    # extraction
    NOT_HTML = "not_html"
    FEED_INSTEAD = "feed_instead"  # a feed or a sitemap stands at the article's URL
    EMPTY = "empty"
    NO_TEXT = "no_text"
    TOO_SHORT = "too_short"
    CONSENT_WALL = "consent_wall"
    PAYWALL = "paywall"  # the article has its price, and neither feed nor page say anything of it for free
    OTHER_LANGUAGE = "other_language"  # than the replay was asked for
    # limits of the children that parse foreign bytes
    TIMEOUT_PARSE = "timeout_parse"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    # indexing
    SAME_ARTICLE = "same_article"  # another URL has the same canonical URL
    REFUSED = "refused"  # the engine refuses the document
    # ours
    KILLED_WORKER = "killed_worker"  # each worker that had it in work was not heard of again
    INTERNAL = "internal"


class DateSource(StrEnum):
    """Where `Article.published_at` comes from."""

    FEED = "feed"
    JSON_LD = "json_ld"
    META = "meta"
    PAGE = "page"
    FETCHED = "fetched"  # no believable date anywhere: the time of the fetch stands in


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item of a feed, as the feed tells it."""

    key: str  # stable over polls: see ingest.feeds.identity
    fingerprint: str  # changes when title, text or update date do: the article is fetched again
    url: str | None = None  # http(s) only; None: nothing to fetch
    guid: str | None = None
    title: str = ""
    summary: str = ""  # plain text
    text: str = ""  # plain text of the full content where the feed carries it
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published_at: datetime | None = None  # believable only (rule F4)
    updated_at: datetime | None = None
    language: str | None = None  # as declared, lower-case primary tag
    image_url: str | None = None


class ParsedFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed document after parsing. Entries keep the document's order, at most the limit, newest kept."""

    format: str  # "rss20", "atom10", "rdf10", "json11", …
    title: str = ""
    site_url: str | None = None
    language: str | None = None
    entries: tuple[Entry, ...] = ()
    over_limit: int = 0  # entries beyond the limit
    no_identity: int = 0  # entries with neither link, guid, title nor text
    duplicates: int = 0  # entries that are the same as another one of the document
    ttl_s: int | None = None
    skip_hours: tuple[int, ...] = ()  # UTC
    skip_days: tuple[int, ...] = ()  # 0: Monday
    parts: tuple[str, ...] = ()  # of an index of sitemaps: where its entries are
    hub_url: str | None = None  # WebSub
    self_url: str | None = None
    flags: tuple[str, ...] = ()  # "malformed", "wrong_content_type", "duplicate_guids", …
    unchanged: frozenset[str] = frozenset()  # keys of entries that are as they were, given here without their texts
    item_memory: bytes | None = None  # ingest.feeds.incremental.KnownItems as JSON, for the next poll

    def __reduce__(self) -> tuple[object, ...]:
        # As it travels from the child that parses: pickle by itself takes several times as long for each of the entries.
        return _packed, (msgspec.msgpack.encode(self),)


def _packed(feed: bytes) -> ParsedFeed:
    return msgspec.msgpack.decode(feed, type=ParsedFeed)


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that is polled, as the ledger holds it."""

    id: int
    url: str  # without credentials
    title: str = ""
    folder: str = ""  # OPML outline path, "/" between levels
    tags: tuple[str, ...] = ()
    enabled: bool = True
    etag: str | None = None  # byte-exact as received
    last_modified: str | None = None
    body_hash: str | None = None  # sha256 of the last decoded body
    interval_s: float = 0.0
    next_poll_at: datetime | None = None
    poll_reason: str = ""
    last_polled_at: datetime | None = None
    last_new_at: datetime | None = None
    errors: int = 0  # in a row
    last_error: str = ""
    token: int = 0  # fencing token of the present lease
    memory: bytes | None = None  # JSON of ingest.feeds.memory.FeedMemory
    verify_tls: bool = True  # whether its host must show a certificate that is trusted
    obey_robots: bool = True  # whether its articles are fetched only where robots.txt allows it


class FeedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a feed's history."""

    at: datetime
    event: str  # added, moved, merged, retired, resumed, found, failing, recovered, rolled_over, guid_unstable
    detail: str = ""  # for people, redacted


class Claim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One URL of a batch, with what its feed said of it."""

    url_id: str  # sha256 of the canonical URL
    url: str  # to fetch, as the feed gave it
    first_seen_at: datetime
    attempt: int = 1
    revision: int = 0  # how often the feed announced a change
    feed_id: int | None = None
    feed_url: str | None = None
    feed_title: str = ""
    entry: Entry | None = None
    verify_tls: bool = True  # False: a feed of the same host need not show a certificate that is trusted
    obey_robots: bool = True


class Capture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of `fetched`: a claim and where its response lies in the archive, or why there is none."""

    claim: Claim
    warc: str | None = None  # path below the archive root
    offset: int = 0  # of the response record, in bytes
    record_id: str = ""  # its WARC-Record-ID, "urn:uuid:…"
    final_url: str | None = None
    status: int | None = None
    content_type: str | None = None
    fetched_at: datetime | None = None
    failure: Reason | None = None
    retryable: bool = False
    retry_after_s: float | None = None
    tried: bool = True  # False: no request was made; `retry_after_s` tells when one may be


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A name in the text. `label` is person, organisation or place."""

    name: str
    label: str
    key: str = ""  # the same for all spellings of the name, in all languages: see ingest.names.spelling
    id: str = ""  # of countries and large cities: "iso:DE" (ISO 3166-1), "geonames:524901"
    count: int = 1
    offsets: tuple[tuple[int, int], ...] = ()  # of mentions in `title + "\n\n" + text`, characters


class Dateline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who reported an article, and from where, as its first line says."""

    agency: str = ""  # "dpa", "AFP/Reuters"
    place: str = ""  # "Berlin", "Hamburg/Kiel"


class Article(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article as it is indexed. `id` and `version` make index writes idempotent."""

    id: str  # sha256 of canonical_url
    version: int  # fetched_at in milliseconds: the newest wins
    url_id: str
    url: str
    canonical_url: str
    site: str  # registrable domain, such as "tagesschau.de"
    title: str
    text: str
    first_seen_at: datetime
    fetched_at: datetime
    published_at: datetime
    published_source: DateSource
    updated_at: datetime | None = None
    description: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    image_credit: str = ""
    image_caption: str = ""
    dateline: Dateline | None = None
    site_name: str = ""
    language: str = "und"  # ISO 639-1
    language_confidence: float = 0.0
    entities: tuple[Entity, ...] = ()
    story: str = ""  # id of the first article of its near-duplicate cluster, often its own; "": not clustered yet
    word_count: int = 0
    reading_time_s: int = 0
    feed_url: str | None = None
    feed_title: str = ""
    content_hash: str = ""  # sha256 of title and text
    revision: int = 0
    extractor: str = ""  # what found the text
    extractor_version: str = ""  # of the code that extracted: ingest.extract.version
    extraction_score: float = 0.0  # how good the text is by itself, 0 to 1
    warc: str | None = None
    warc_offset: int = 0
    warc_record: str = ""  # the record's WARC-Record-ID, "urn:uuid:…"
    flags: tuple[str, ...] = ()


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """What a text is compared by: a sample of the hashes of its shingles, the same sample for every text.

    `hashes` are the least of them, ascending, as little-endian unsigned 64-bit integers below 2**63; all of them where
    there are few.
    """

    hashes: bytes = b""
    shingles: int = 0  # distinct ones in the whole text


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """An article as it is compared with others: what tells copies of one report from different reports."""

    article_id: str
    site: str
    title: str
    published_at: datetime
    first_seen_at: datetime
    signature: Signature


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """A text that an article had before it changed."""

    article_id: str
    fetched_at: datetime
    title: str
    text: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one URL of a batch ended. `kind` None: it goes back to the backlog, to be tried in `retry_in_s` seconds."""

    url_id: str
    kind: OutcomeKind | None
    reason: Reason | None = None
    article_id: str | None = None
    of: str | None = None  # url_id that holds the article, for DUPLICATE
    detail: str = ""  # one line, redacted
    retry_in_s: float = 0.0  # from when this is written, by the database's clock
    tried: bool = True  # whether one of its attempts is used up
    extractor: str | None = None  # version of the code that judged the page; None: no page was read


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When and how a rule speaks. What the texts mean is told, and checked, by `ingest.alerts.schedule`."""

    throttle_s: int = 0  # least time between two messages of the rule on one channel; what comes meanwhile is gathered
    digest: str = ""  # "hourly", "daily@07:30", "mon@07:30"; empty: at once
    quiet: str = ""  # "22:00-07:00": what comes meanwhile waits
    timezone: str = "UTC"  # IANA name: of digest, quiet and the times in messages
    locale: str = "en"  # of the dates in messages
    repeat_per_story: bool = False  # every copy of a story raises an alert of its own
    max_age_s: int | None = 7 * 86_400  # articles published longer ago raise none; None: no limit


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A saved query that raises an alert for each story that it finds."""

    id: int
    name: str
    query: str
    kind: str = "query"  # pipeline: `query` names conditions of Newsflow itself that are watched (ingest.alerts.health)
    enabled: bool = True
    channels: tuple[str, ...] = ()  # names of channels; where a message goes is known to the ledger alone
    delivery: Delivery = Delivery()
    flags: tuple[str, ...] = ()  # what was odd about the rule when it was saved, in words
    created_at: datetime | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a message says of one article, as it was when the rule fired. Hostile text, as the article is."""

    title: str
    url: str
    site: str = ""
    source: str = ""  # the paper's name
    language: str = "und"
    published_at: datetime | None = None
    excerpt: str = ""  # the first sentences
    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that an article satisfies."""

    rule_id: int
    article_id: str
