"""Every setting, once: name, type, unit, default, help. Read from the environment as `NEWSFLOW_<NAME>`.

An unknown `NEWSFLOW_…` variable or a bad value fails at start with one sentence. Code takes a `Settings` value as a
parameter; only the edges (command line, DAGs) call `load`.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest import __version__
from ingest.errors import SettingsError

PREFIX = "NEWSFLOW_"
_MIB = 1024 * 1024


class Settings(BaseSettings):
    """See the help text of each field; `docs/settings.md` is made from them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True, extra="forbid")

    # where things are
    home: Path = Field(Path.home() / "newsflow", description="folder of state, spool, archive and embedded index")
    database_url: str = Field("", description="SQLAlchemy URL of the state database; empty: SQLite in home", repr=False)
    search_url: str = Field("", description="embedded:PATH, http(s)://… or opensearch+http(s)://…; empty: embedded in home", repr=False)
    search_api_key: str = Field("", description="API key of the search server, as `newsflow setup --api-key` prints it", repr=False)
    search_ca_file: Path | None = Field(None, description="file of the certificates to trust for the search server; empty: the system's")
    search_cloud_id: str = Field("", description="cloud id of an Elastic Cloud deployment, instead of the search URL")
    search_patience_s: float = Field(
        60.0, gt=0, le=3600, description="how long a write is tried again while the search server is busy, in seconds"
    )
    archive_dir: Path | None = Field(None, description="folder of the WARC archive; empty: archive/ in home")
    spool_dir: Path | None = Field(None, description="folder of batches under way, shared by all workers; empty: spool/ in home")
    secrets_dir: Path | None = Field(
        None,
        description="folder of files named as settings (newsflow_database_url), read where the environment is silent; for mounted secrets",
    )

    # fetching
    contact: str = Field("", description="mail address or URL of the operator, sent in the User-Agent so that publishers can reach you")
    fetch_total_s: float = Field(30.0, gt=0, le=600, description="deadline of one fetch, from start to last byte, in seconds")
    fetch_connect_s: float = Field(10.0, gt=0, le=120, description="time to connect, in seconds")
    fetch_redirects: int = Field(5, ge=0, le=20, description="redirects followed")
    fetch_concurrency: int = Field(32, ge=1, le=1000, description="fetches at once in one worker")
    politeness_scope: Literal["host", "site", "address"] = Field(
        "host", description="what is treated as one when requests are spaced: host, site (registrable domain) or address (IP)"
    )
    host_concurrency: int = Field(
        2, ge=1, le=64, description="requests at once to one host (or what politeness_scope says), of all workers"
    )
    host_interval_s: float = Field(
        0.5, ge=0, le=600, description="least time between the starts of two requests to one host, of all workers, in seconds"
    )
    host_hourly: int = Field(
        2_000, ge=0, description="articles fetched from one host in an hour, of all workers; what is over waits. 0: no limit"
    )
    host_patience_s: float = Field(
        120.0, ge=0, le=3600, description="how long an article waits for its host before it goes back to the backlog, in seconds"
    )
    robots: bool = Field(default=True, description="whether articles are fetched only where the robots.txt of their host allows it")
    crawl_delay_cap_s: float = Field(
        30.0, ge=0, le=600, description="longest crawl-delay of a robots.txt that is honoured, in seconds; who asks for more gets this"
    )
    feed_max_bytes: int = Field(10 * _MIB, ge=1024, description="largest feed after decoding, in bytes")
    page_max_bytes: int = Field(5 * _MIB, ge=1024, description="largest page after decoding, in bytes")
    allowed_ports: tuple[int, ...] = Field((80, 443, 8080, 8443), description="ports that may be dialled, a JSON list")
    allowed_networks: tuple[str, ...] = Field((), description="private networks that may be dialled all the same, a JSON list of CIDRs")
    connect_to: str = Field(
        "", description="dial elsewhere for some hosts, PATTERN:PORT=ADDRESS:PORT, comma-separated, as curl --connect-to; trusted"
    )
    fetch_attempts: int = Field(5, ge=1, le=50, description="tries of one article before it is dropped")
    retry_base_s: float = Field(300.0, gt=0, description="wait before the second try, doubled for each further one, in seconds")

    # polling
    poll_interval_s: float = Field(0.0, ge=0, description="one interval for all feeds, in seconds; 0: each as it publishes")
    poll_pace_s: float = Field(
        900.0,
        gt=0,
        description="time between two polls of a feed that publishes once an hour, in seconds; the others follow from their rate",
    )
    poll_min_s: float = Field(120.0, ge=1, description="least time between two polls of a feed, in seconds")
    poll_max_s: float = Field(86_400.0, ge=60, description="longest time between two polls of a feed without errors, in seconds")
    poll_window_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="poll before this share of the time in which all items of a feed are replaced, "
        "more in proportion where poll_pace_s is above 900; 0: do not care",
    )
    poll_error_cap_s: float = Field(86_400.0, ge=1, description="longest wait after errors in a row, in seconds")
    poll_wait_s: float = Field(50.0, ge=0, le=600, description="how long a poll task waits for something new before it ends, in seconds")
    poll_shards: int = Field(1, ge=1, le=64, description="poll tasks side by side; hosts are divided among them")
    poll_batch: int = Field(200, ge=1, description="feeds leased at once by one poll")
    websub_url: str = Field(
        "",
        pattern="^(https?://[^/?#]+[^?#]*)?$",
        description="public URL under which hubs reach this installation (WebSub), such as https://news.example.org/websub; empty: feeds are only polled",
    )
    feed_max_entries: int = Field(2_000, ge=1, description="entries read from one feed document, the newest")

    # work
    batch_size: int = Field(50, ge=1, le=1000, description="articles in a batch")
    batch_limit: int = Field(32, ge=1, le=500, description="batches that one plan claims; the rest waits for the next")
    batch_open: int = Field(
        200,
        ge=1,
        le=100_000,
        description="batches under way at once, over all workers: while the search server is down no more are claimed, which bounds the spool",
    )
    batch_most_stopped: int = Field(
        4, ge=1, le=50, description="workers that a batch may stop before its articles are tried one by one, and the one to blame given up"
    )
    lease_s: float = Field(900.0, ge=1, description="how long a worker owns a batch or a feed without renewing it, in seconds")
    workers: int = Field(0, ge=0, le=256, description="children that parse and extract, per process; 0: one per core, at most 4")
    parse_timeout_s: float = Field(20.0, gt=0, description="time to parse one feed or extract one page, in seconds")
    parse_memory_bytes: int = Field(1536 * _MIB, ge=256 * _MIB, description="address space of one child, in bytes")
    min_text_chars: int = Field(200, ge=0, description="a shorter text is no article: the feed's summary is kept instead, flagged")
    max_text_chars: int = Field(1_000_000, ge=1000, description="a longer text is cut")
    paywalled_text: bool = Field(
        default=False,
        description="whether articles that have their price are indexed with all the text that their server sends all the same",
    )
    spool_keep_s: float = Field(86_400.0, ge=0, description="how long the files of a finished batch are kept, in seconds")

    # enrichment
    entities: str = Field(
        "model", description="how names are found: model (bundled), spacy:de=PIPELINE,en=PIPELINE, none, or package.module:function"
    )
    entity_threads: int = Field(0, ge=0, le=64, description="threads of the bundled model in one process; 0: one per core, at most 4")

    # copies and revisions
    copies_window_s: float = Field(
        604_800.0, ge=0, description="articles first seen within this time of one another can be copies of one report, in seconds"
    )

    # alerts
    alert_rule_cap: int = Field(20, ge=1, description="messages an hour of one rule on one channel; what is over goes into one summary")
    alert_channel_cap: int = Field(
        60, ge=1, description="messages an hour on one channel, over all rules; what is over goes into one summary"
    )
    alert_share: float = Field(0.05, gt=0, le=1, description="a rule that finds a larger share of all articles is flagged when it is saved")

    revisions_keep: int = Field(20, ge=0, le=1000, description="earlier texts kept of an article that changed, the first and the latest")

    alert_keep_s: float = Field(31_536_000.0, ge=0, description="how long alert events and messages are kept, in seconds")

    # logs
    log_level: str = Field("warning", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error")
    log_format: str = Field("auto", pattern="^(auto|text|json)$", description="text, json, or auto: text on a terminal")

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.home / 'newsflow.db'}"

    @property
    def engine(self) -> str:
        """The search URL in force."""
        if self.search_cloud_id and not self.search_url:
            return "https://elastic-cloud"  # only a name: the client takes the host from the cloud id
        return self.search_url or f"embedded:{self.home / 'index'}"

    @property
    def archive(self) -> Path:
        """The root of the WARC archive."""
        return self.archive_dir or self.home / "archive"

    @property
    def spool(self) -> Path:
        """The folder that holds one folder per batch."""
        return self.spool_dir or self.home / "spool"

    @property
    def children(self) -> int:
        """Children that parse and extract at once."""
        return self.workers or min(4, os.cpu_count() or 1)

    @property
    def model_threads(self) -> int:
        """Threads of the bundled model."""
        return self.entity_threads or min(4, os.cpu_count() or 1)

    @property
    def user_agent(self) -> str:
        """Honest, with the version and how to reach the operator."""
        return f"Newsflow/{__version__} ({self.contact or 'news feed reader'})"


def _secrets_dir() -> Path | None:
    """Where NEWSFLOW_SECRETS_DIR points. Raises SettingsError where that is no folder that can be read."""
    named = os.environ.get(PREFIX + "SECRETS_DIR")
    if not named:
        return None
    folder = Path(named)
    if not (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)):
        raise SettingsError(f"{PREFIX}SECRETS_DIR: {named} is no folder that can be read.")
    return folder


def load(**overrides: object) -> Settings:
    """The settings of this process, `overrides` first. Raises SettingsError with one sentence that names the variable."""
    names = {name.upper() for name in Settings.model_fields}
    for variable in os.environ:
        name = variable.removeprefix(PREFIX)
        if name != variable and name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {PREFIX}{close[0]}?" if close else "see docs/settings.md for the names."
            raise SettingsError(f"{variable} is not a setting: {hint}")
    try:
        return Settings(_secrets_dir=_secrets_dir(), **overrides)  # type: ignore[arg-type]  # pydantic checks each value
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsError(f"{PREFIX}{'.'.join(map(str, first['loc'])).upper()}: {first['msg']}.") from None
    except ValueError as error:  # pydantic-settings: a list that is not JSON
        raise SettingsError(f"a setting cannot be read: {error}; lists are JSON, such as [80, 443].") from None
