"""`newsflow setup` on real servers: it makes what is missing, changes nothing the second time, and tells what differs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest

from ingest.errors import EngineRefused
from ingest.search.elastic.reindex import needed, reindex
from ingest.search.elastic.setup import Action, Setup
from ingest.search.engine import SearchRequest
from ingest.search.opening import open_engine
from ingest.search.query import parse
from tests.engines.servers import Elasticsearch, OpenSearch
from tests.search.conftest import FAST, core
from tests.search.library import LIBRARY

pytestmark = pytest.mark.engines
Make = Callable[..., Setup]


@pytest.fixture
def product(request: pytest.FixtureRequest) -> str:
    """The product that `make` installs on."""
    return str(getattr(request, "param", "opensearch"))


@pytest.fixture
def make(request: pytest.FixtureRequest, product: str) -> Iterator[Make]:
    """A Setup for a prefix that nobody has used; all that it is asked for share the prefix."""
    server: Elasticsearch | OpenSearch = request.getfixturevalue(product)
    url = server.url() if isinstance(server, Elasticsearch) else server.url
    url += f"?prefix=s{secrets.token_hex(4)}"
    opened: list[Setup] = []

    def made(**settings: object) -> Setup:
        opened.append(Setup(url, settings=FAST | settings, product=core(product)))
        return opened[-1]

    made.url = url  # type: ignore[attr-defined]  # the tests open engines on it
    yield made
    for setup in opened:
        setup.close()


def actions(setup: Setup) -> set[Action]:
    return {change.action for change in setup.check()}


on_both = pytest.mark.parametrize("product", ["opensearch", "elasticsearch"], indirect=True)


@on_both
def test_it_makes_all_and_then_nothing(make: Make) -> None:
    setup = make()
    assert Action.CREATE in actions(setup)

    first = setup.apply()
    second = make().apply()

    assert {change.action for change in first} <= {Action.CREATE, Action.SAME}  # settings of the cluster may be there already
    assert {change.action for change in second} == {Action.SAME}
    assert [(c.kind, c.name) for c in first if c.kind == "index template"] == [
        (c.kind, c.name) for c in second if c.kind == "index template"
    ]


def test_check_writes_nothing(make: Make) -> None:
    before = make().check()

    assert make().check() == before


def test_a_template_changed_by_hand_is_put_right(make: Make) -> None:
    setup = make()
    setup.apply()
    name = f"{setup.address.names.prefix}-settings"
    setup.client.cluster.put_component_template(name=name, template={"settings": {"index.number_of_shards": 7}})

    assert [c.name for c in make().check() if c.action is not Action.SAME] == [name]
    assert [c.action for c in make().apply() if c.name == name] == [Action.UPDATE]
    assert actions(make()) == {Action.SAME}


def test_an_engine_without_setup_says_what_to_do(make: Make) -> None:
    with open_engine(make.url) as engine, pytest.raises(EngineRefused, match="run `newsflow setup`"):  # type: ignore[attr-defined]
        engine.index(LIBRARY[:1])
    with open_engine(make.url) as engine, pytest.raises(EngineRefused, match="run `newsflow setup`"):  # type: ignore[attr-defined]
        engine.search(SearchRequest(query=parse("word")))


@on_both
def test_reindexing_moves_every_article_and_loses_none(make: Make) -> None:
    setup = make()
    setup.apply()
    with open_engine(make.url) as engine:  # type: ignore[attr-defined]
        engine.index(LIBRARY)
        counts: list[int] = []

        changes = reindex(setup, lambda *_: counts.append(engine.count()))

        assert set(counts) == {len(LIBRARY)}  # searches see all of them at any time, and none twice
        assert [c.detail for c in changes if c.action is Action.REINDEX] == [
            f"{len(LIBRARY)} articles of {setup.address.names.articles}-v1-2026.11.01"
        ]
        assert engine.count() == len(LIBRARY)
        assert all(engine.get(a.id) == a for a in LIBRARY)
        engine.index(LIBRARY)  # goes into the new index
        assert engine.count() == len(LIBRARY)
    assert not needed(setup)
    with pytest.raises(Exception, match="blocked"):
        setup.client.index(index=f"{setup.address.names.articles}-v1-2026.11.01", document={"id": "x"})


def test_what_is_written_while_reindexing_is_not_lost(make: Make) -> None:
    setup = make()
    setup.apply()
    with open_engine(make.url) as engine:  # type: ignore[attr-defined]
        engine.index(LIBRARY[:30])

        def write_more(*_: object) -> None:
            engine.index(LIBRARY[30:])

        reindex(setup, write_more)

        assert {hit.article.id for hit in engine.search(SearchRequest(query=parse(""), size=100)).hits} == {a.id for a in LIBRARY}


def test_a_change_of_analysis_is_told_and_mended(make: Make) -> None:
    setup = make()
    setup.apply()
    names = setup.address.names
    with open_engine(make.url) as engine:  # type: ignore[attr-defined]
        engine.index(LIBRARY[:5])
        for index in (f"{names.articles}-v1-2026.11.01", f"{names.queries}-v1"):
            meta = {"made_by": "newsflow", "schema": 1, "digest": "of another version"}
            setup.client.indices.put_mapping(index=index, meta=meta)

        assert needed(setup)
        assert {c.name for c in setup.apply() if c.action is Action.REINDEX} == {f"{names.articles}-v1-2026.11.01", f"{names.queries}-v1"}
        reindex(setup, lambda *_: None, drop_old=True)

        assert not needed(setup)
        assert engine.count() == 5
        assert not setup.client.indices.exists(index=f"{names.articles}-v1-2026.11.01")


def test_the_key_opens_the_index_and_is_shown_once(elasticsearch: Elasticsearch) -> None:
    from ingest.search.engine import Access

    prefix = f"k{secrets.token_hex(4)}"
    setup = Setup(f"{elasticsearch.url()}?prefix={prefix}", settings=FAST, product=core("elasticsearch"))
    setup.apply()
    change, secret = setup.make_key()
    again, nothing = setup.make_key()
    setup.close()

    assert (change.action, again.action, nothing) == (Action.CREATE, Action.SAME, "")
    with open_engine(f"{elasticsearch.origin}?prefix={prefix}", Access(api_key=secret)) as engine:
        engine.index(LIBRARY[:3])
        assert engine.count() == 3
