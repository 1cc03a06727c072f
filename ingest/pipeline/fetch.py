"""Stage `fetch`: claims in, one WARC and `fetched` out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from ingest import urls
from ingest.errors import Postponed, RobotsDisallowed, RobotsUnreachable
from ingest.extract.consent import is_consent_address
from ingest.model import Capture, Claim, Reason
from ingest.pipeline.context import Context
from ingest.pipeline.fates import after_failed_fetch, ends_at_fetch
from ingest.pipeline.outcomes import settle
from ingest.pipeline.visits import ArticleVisits, articles
from ingest.state.ledger import BatchRef
from ingest.web.archive import WarcWriter, Written
from ingest.web.client import Exchange, WebClient
from ingest.web.status import page_verdict, retry_after_s

_NOT_ASKED = (Postponed, RobotsDisallowed, RobotsUnreachable)  # by our own decision: there is nothing to archive


def fetch(ctx: Context, ref: BatchRef) -> None:
    """Fetch every URL of the batch, archive what came, settle those that gave nothing.

    Run again it only repeats the settling. Raises LeaseLost, StorageError.
    """
    ctx.ledger.batches.renew(ref, ctx.settings.lease_s)
    folder = ctx.folder(ref)
    if not folder.has("fetched"):
        claims = ctx.ledger.batches.claims(ref)
        try:
            captures = asyncio.run(_fetch_all(ctx, ref, claims))
        except BaseExceptionGroup as group:  # of tasks: what ended them is what counts
            raise _first(group) from group
        folder.write("fetched", captures)
    failed = [c for c in folder.read("fetched", Capture) if ends_at_fetch(c)]
    settle(ctx, ref, [after_failed_fetch(c, ctx.settings) for c in failed], {c.claim.url_id: c.claim.url for c in failed})


async def _fetch_all(ctx: Context, ref: BatchRef, claims: list[Claim]) -> list[Capture]:
    relative = warc_path(ref, datetime.now(UTC))
    captures: dict[str, Capture] = {}
    trusted = {urls.host(claim.url) for claim in claims if not claim.verify_tls}

    async def one(client: WebClient, visits: ArticleVisits, warc: WarcWriter, claim: Claim) -> None:
        admission = visits if claim.obey_robots else visits.without_robots()
        limit = ctx.settings.page_max_bytes
        exchange = await client.fetch(claim.url, max_bytes=limit, admission=admission, verify_tls=claim.verify_tls)
        asked = bool(exchange.request_headers) or not isinstance(exchange.error, _NOT_ASKED)
        captures[claim.url_id] = _capture(claim, exchange, warc.write(exchange) if asked else None, relative)
        ctx.progress("fetch", len(captures), len(claims))

    with WarcWriter(ctx.archive_file(relative)) as warc:
        async with WebClient(ctx.settings) as client, articles(ctx, client, trusted=trusted) as visits, asyncio.TaskGroup() as tasks:
            heartbeat = tasks.create_task(_keep_lease(ctx, ref))
            async with asyncio.TaskGroup() as fetches:
                for claim in claims:
                    fetches.create_task(one(client, visits, warc, claim))
            heartbeat.cancel()
    return [captures[claim.url_id] for claim in claims]  # the order of the claims, not of the answers


def _capture(claim: Claim, exchange: Exchange, written: Written | None, relative: str) -> Capture:
    """The line of `fetched` for one exchange."""
    failure, retryable = (
        (exchange.error.reason, exchange.error.retryable) if exchange.error else page_verdict(exchange.status, exchange.body)
    )
    if failure and not retryable and exchange.hops and is_consent_address(exchange.final_url):
        failure = Reason.CONSENT_WALL  # that the wall cannot be read changes nothing: it stands before the article
    postponed = exchange.error if isinstance(exchange.error, Postponed) else None
    wait_s = postponed.in_s if postponed else retry_after_s(exchange.header("retry-after"), exchange.fetched_at)
    return Capture(
        claim=claim,
        warc=relative if written else None,
        offset=written.offset if written else 0,
        record_id=written.record_id if written else "",
        final_url=exchange.final_url,
        status=exchange.status or None,
        content_type=exchange.content_type,
        fetched_at=exchange.fetched_at,
        failure=failure,
        retryable=retryable,
        retry_after_s=wait_s,
        tried=postponed is None,
    )


def warc_path(ref: BatchRef, now: datetime) -> str:
    """Below the archive's root: a folder per day, a file per batch."""
    return f"{now:%Y/%m/%d}/{ref.id}.warc.gz"


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


async def _keep_lease(ctx: Context, ref: BatchRef) -> None:
    """Renew while slow hosts are waited for; LeaseLost ends the whole stage."""
    while True:
        await asyncio.sleep(ctx.settings.lease_s / 3)
        await asyncio.to_thread(ctx.ledger.batches.renew, ref, ctx.settings.lease_s)
