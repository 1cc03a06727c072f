"""Whether and how an article that fits a rule raises an alert: pure decisions."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from ingest.model import Article, Rule

LATE_AFTER = timedelta(hours=6)  # from publication until we saw it: longer than papers embargo, feeds lag and clocks differ


@dataclasses.dataclass(frozen=True, slots=True)
class Arrival:
    """`story_key` is what a rule fires once for."""

    story_key: str
    late: bool
    too_old: bool


def arrival(rule: Rule, article: Article, now: datetime) -> Arrival:
    """How `rule`, which `article` fits, takes it."""
    key = article.id if rule.delivery.repeat_per_story or not article.story else article.story
    limit = rule.delivery.max_age_s
    return Arrival(
        story_key=key,
        late=article.first_seen_at - article.published_at > LATE_AFTER,
        too_old=limit is not None and now - article.published_at > timedelta(seconds=limit),
    )
