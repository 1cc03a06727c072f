"""What a feed opts out of. Every change is in its history."""

from __future__ import annotations

from sqlalchemy import select, update

from ingest.state.database import Database
from ingest.state.feed_moves import FeedMoves
from ingest.state.tables import feeds

_SAID = {
    ("verify_tls", False): ("trusting", "its certificate is not verified any more"),
    ("verify_tls", True): ("verified", "its certificate is verified"),
    ("obey_robots", False): ("robots_ignored", "its articles are fetched whatever robots.txt says"),
    ("obey_robots", True): ("robots_obeyed", "its articles are fetched as robots.txt allows"),
}


class FeedOptions:
    """Writes of what feeds opt out of."""

    def __init__(self, database: Database, moves: FeedMoves) -> None:
        self._db = database
        self._moves = moves

    def choose(self, feed_id: int, *, verify_tls: bool | None = None, obey_robots: bool | None = None) -> list[str]:
        """Change those that are given; what changed, in words. A feed whose certificate matters again or no longer is polled now."""
        chosen = {name: value for name, value in (("verify_tls", verify_tls), ("obey_robots", obey_robots)) if value is not None}
        with self._db.write() as c:
            now = self._db.now(c)
            query = select(feeds.c.verify_tls, feeds.c.obey_robots).where(feeds.c.id == feed_id).with_for_update()
            before = c.execute(query).one_or_none()
            changes = {name: value for name, value in chosen.items() if before and getattr(before, name) != value}
            if changes:
                due = {"next_poll_at": now, "poll_reason": "chosen anew"} if "verify_tls" in changes else {}
                c.execute(update(feeds).where(feeds.c.id == feed_id).values(changes | due))
                self._moves.note(c, feed_id, now, [_SAID[change] for change in changes.items()])
        return [_SAID[change][1] for change in changes.items()]
