"""The names of everything that Newsflow keeps in a cluster, by the prefix of the installation ("news")."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime

from ingest.errors import SettingsError

DEFAULT_PREFIX = "news"
_PREFIX = re.compile(r"[a-z][a-z0-9_-]{0,40}", re.ASCII)
# Built-in templates of Elasticsearch claim these.
_TAKEN = ("logs-", "metrics-", "synthetics-", "traces-", "profiling-")


@dataclasses.dataclass(frozen=True, slots=True)
class Names:
    """Raises SettingsError for a prefix that cannot begin an index name."""

    prefix: str = DEFAULT_PREFIX

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix) or f"{self.prefix}-".startswith(_TAKEN):
            raise SettingsError(
                f"{self.prefix!r} cannot begin the names of indices: take a lower-case word such as {DEFAULT_PREFIX}, not logs or metrics"
            )

    @property
    def articles(self) -> str:
        """The alias that is searched."""
        return f"{self.prefix}-articles"

    @property
    def queries(self) -> str:
        """The alias of the percolator index."""
        return f"{self.prefix}-alert-queries"

    @property
    def outcomes(self) -> str:
        """The alias of the pipeline's outcomes, for dashboards."""
        return f"{self.prefix}-outcomes"

    @property
    def alerts(self) -> str:
        """The alias of alert events, for dashboards."""
        return f"{self.prefix}-alerts"

    @property
    def aliases(self) -> dict[str, str]:
        """All aliases, by what they are for."""
        return {"articles": self.articles, "queries": self.queries, "outcomes": self.outcomes, "alerts": self.alerts}

    def month_of(self, moment: datetime) -> str:
        """The part of an index name that says its month. The form is what `index.lifecycle.parse_origination_date` reads."""
        utc = moment.astimezone(UTC)
        return f"{utc.year:04}.{utc.month:02}.01"

    def articles_of(self, generation: int, month: str) -> str:
        """A month of articles. An article is in the month in which it was first seen, whatever happens to it later: ids stay unique."""
        return f"{self.articles}-v{generation}-{month}"

    def month_in(self, index: str) -> str | None:
        """The month of an index of articles; None for any other index."""
        found = re.fullmatch(rf"{re.escape(self.articles)}-v\d+-(\d{{4}}\.\d\d\.01)", index)
        return found[1] if found else None

    def generation_in(self, index: str) -> int:
        """The generation of an index of articles or queries; 0 for any other."""
        found = re.fullmatch(rf"{re.escape(self.prefix)}-(?:articles|alert-queries)-v(\d+)(?:-\d{{4}}\.\d\d\.01)?", index)
        return int(found[1]) if found else 0
