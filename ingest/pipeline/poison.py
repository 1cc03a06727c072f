"""Pages that hurt whoever extracts them: the same bytes are tried twice at most, wherever they come from (rule X1)."""

from __future__ import annotations

import hashlib
from collections import Counter, deque

from ingest.errors import ItemError, SandboxError
from ingest.extract.article import Extraction, PageBytes
from ingest.extract.version import EXTRACTOR_VERSION
from ingest.model import Reason
from ingest.pipeline.context import Context
from ingest.state.ledger import BatchRef

TRIES = 2  # the second tells bad bytes from a bad moment of the machine; after an upgrade they are tried again


class Later(ItemError):
    """The same bytes are being tried at this moment: how they end decides."""


class Poison:
    """Stands before and behind the children of one batch. Pages come back in the order in which they went in."""

    def __init__(self, ctx: Context, ref: BatchRef) -> None:
        self._ctx = ctx
        self._ref = ref
        known = ctx.ledger.poison.tries(EXTRACTOR_VERSION)
        self._tries = Counter({digest: tries for digest, (tries, _) in known.items()})
        self._reasons = {digest: Reason(reason) for digest, (_, reason) in known.items()}
        self._under_way: Counter[str] = Counter()
        self._good: set[str] = set()
        self._sent: deque[tuple[str, int] | None] = deque()

    def admit(self, page: PageBytes | ItemError) -> PageBytes | ItemError:
        """The page, or why it is not tried (again): SandboxError for good, Later for now."""
        if isinstance(page, ItemError):
            self._sent.append(None)
            return page
        digest, size = hashlib.sha256(page.body).hexdigest(), len(page.body)
        if digest not in self._good and self._tries[digest] + self._under_way[digest] >= TRIES:
            self._sent.append(None)
            if self._tries[digest] >= TRIES:
                return SandboxError(f"these bytes were tried {TRIES} times before {_named(digest, size)}", reason=self._reasons[digest])
            return Later()
        self._under_way[digest] += 1
        self._sent.append((digest, size))
        return page

    def judge(self, result: Extraction | ItemError) -> Extraction | ItemError:
        """Note how the next page ended; one that hurt is named by its bytes. Raises LeaseLost."""
        sent = self._sent.popleft()
        if sent is None:
            return result
        digest, size = sent
        self._under_way[digest] -= 1
        if not isinstance(result, SandboxError):
            self._good.add(digest)
            return result
        self._tries[digest] += 1
        self._reasons[digest] = result.reason
        self._ctx.ledger.poison.note(self._ref, digest, EXTRACTOR_VERSION, reason=str(result.reason))
        return SandboxError(f"{result} {_named(digest, size)}", reason=result.reason)


def _named(digest: str, size: int) -> str:
    return f"(sha256 {digest}, {size:,} bytes)"
