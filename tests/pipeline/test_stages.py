"""Which ends of a worker are held against its batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import EngineRefused, EngineUnavailable, ExtractRejected, LeaseLost, StateError, StorageError
from ingest.pipeline.spool import BatchFolder
from ingest.pipeline.stages import given_back
from tests.pipeline.world import context_of
from tests.site import Site
from tests.state.acts import entry, polled

FULL = StorageError("full")
FULL.__cause__ = OSError(28, "No space left on device")


def broken_file(folder: Path) -> StorageError:
    """As reading one raises it."""
    batch = BatchFolder(folder, "b")
    batch.path.mkdir()
    batch.file("fetched").write_bytes(b"no zstd")
    with pytest.raises(StorageError) as caught:
        list(batch.read("fetched", type("Any", (), {})))
    return caught.value


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        pytest.param(EngineUnavailable("down"), False, id="the search server is down"),
        pytest.param(EngineRefused("password"), False, id="the search server wants another password"),
        pytest.param(FULL, False, id="the disk is full"),
        pytest.param(KeyboardInterrupt(), False, id="Ctrl-C"),
        pytest.param(StateError("away"), False, id="the database was away"),
        pytest.param(None, True, id="a file of the batch is broken"),
        pytest.param(KeyError("x"), True, id="a fault of ours"),
        pytest.param(MemoryError(), True, id="no memory"),
        pytest.param(ExtractRejected("x"), True, id="an error that a stage should have settled"),
    ],
)
def test_only_what_the_batch_may_be_to_blame_for_counts(tmp_path: Path, error: BaseException | None, *, blamed: bool) -> None:
    error = error or broken_file(tmp_path)
    with Site() as site, context_of(tmp_path / "home", site) as ctx:
        ctx.ledger.feeds.store_entries(polled(ctx.ledger), [entry(1), entry(2)])
        (ref,) = ctx.ledger.batches.claim(owner="t", lease_s=0, size=10, limit=10)
        ctx.ledger.batches.renew(ref, 0)
        with pytest.raises(type(error)), given_back(ctx, ref):
            raise error

        again = ctx.ledger.batches.claim(owner="t", lease_s=0, size=10, limit=10, most_stopped=1)
        assert (len(again) == 2) is blamed, "a batch that is blamed is divided"


def test_a_lost_lease_is_no_excuse_for_the_next_holder(tmp_path: Path) -> None:
    with Site() as site, context_of(tmp_path, site) as ctx:
        ctx.ledger.feeds.store_entries(polled(ctx.ledger), [entry(1), entry(2)])
        (old,) = ctx.ledger.batches.claim(owner="t", lease_s=0, size=10, limit=10)
        (new,) = ctx.ledger.batches.claim(owner="t", lease_s=0, size=10, limit=10)
        ctx.ledger.batches.renew(new, 0)
        with pytest.raises(LeaseLost), given_back(ctx, old):
            ctx.ledger.batches.renew(old, 9)

        assert new.id == old.id
        assert len(ctx.ledger.batches.claim(owner="t", lease_s=0, size=10, limit=10, most_stopped=1)) == 2
