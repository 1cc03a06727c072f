"""Nothing lost, nothing twice: a run that is killed anywhere and started again leaves what an undisturbed run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.model import OutcomeKind
from tests import nursery
from tests.pipeline.crash import POINTS
from tests.pipeline.world import FEED, context_of, environment, final_state, publish
from tests.site import Site

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as running:
        publish(running)
        yield running


def prepare(home: Path, site: Site) -> None:
    with context_of(home, site) as ctx:
        ctx.ledger.feeds.add(FEED)
        ctx.ledger.alerts.add_rule("bridge", "bridge AND council")
        ctx.ledger.alerts.add_rule("nothing", "volcano")


@pytest.fixture(scope="module")
def undisturbed(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    home = tmp_path_factory.mktemp("undisturbed")
    prepare(home, site)
    result = nursery.run("tests.pipeline.crash", env=environment(home, site))
    assert result.returncode == 0, result.stderr
    with context_of(home, site) as ctx:
        assert ctx.ledger.counts.outcomes() == {
            (OutcomeKind.INDEXED, None): 6,
            (OutcomeKind.DUPLICATE, "same_article"): 1,
            (OutcomeKind.DROPPED, "http_gone"): 1,
            (OutcomeKind.DROPPED, "no_text"): 1,
        }
        return final_state(ctx)


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_started_again(point: str, site: Site, undisturbed: dict[str, object], tmp_path: Path) -> None:
    prepare(tmp_path, site)
    env = environment(tmp_path, site)

    killed = nursery.run("tests.pipeline.crash", point, env=env)
    assert killed.returncode == 9, f"the point was never reached: {killed.stderr}"
    again = nursery.run("tests.pipeline.crash", env=env)

    assert again.returncode == 0, again.stderr
    with context_of(tmp_path, site) as ctx:
        assert final_state(ctx) == undisturbed
    assert not list(tmp_path.rglob(".*.warc.gz.*")) or point == "in the middle of fetching"


def test_killed_after_one_of_three_batches(site: Site, undisturbed: dict[str, object], tmp_path: Path) -> None:
    """As a task of Airflow that is tried again (rule C7)."""
    prepare(tmp_path, site)
    env = environment(tmp_path, site, BATCH_SIZE="3")

    killed = nursery.run("tests.pipeline.crash", "after the batch is finished", env=env)
    with context_of(tmp_path, site) as ctx:
        done, backlog = ctx.ledger.counts.outcomes(), ctx.ledger.counts.backlog()
    again = nursery.run("tests.pipeline.crash", env=env)

    assert (killed.returncode, again.returncode) == (9, 0), again.stderr
    assert sum(done.values()) == 3
    assert backlog.discovered + backlog.claimed == 6
    with context_of(tmp_path, site) as ctx:
        assert final_state(ctx) == undisturbed


def test_two_runs_at_once(site: Site, undisturbed: dict[str, object], tmp_path: Path) -> None:
    prepare(tmp_path, site)
    env = environment(tmp_path, site, BATCH_SIZE="2", LEASE_S="30")
    runs = [nursery.start("tests.pipeline.crash", env=env) for _ in range(2)]

    for run in runs:
        ended = run.finish()
        assert ended.returncode == 0, ended.stderr
    with context_of(tmp_path, site) as ctx:
        state = final_state(ctx)
    assert [a[1] for a in state["articles"]] == [a[1] for a in undisturbed["articles"]]  # type: ignore[attr-defined]
    assert state["events"] == undisturbed["events"]
    assert len(state["urls"]) == len(undisturbed["urls"])  # type: ignore[arg-type]
