"""`newsflow setup` and `newsflow reindex`: what a search server needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer
from rich.table import Table

from ingest.cli import console
from ingest.errors import UsageError
from ingest.kibana import kibana_objects
from ingest.kibana.importing import import_objects
from ingest.pipeline.context import access
from ingest.search.elastic.reindex import needed
from ingest.search.elastic.reindex import reindex as write_anew
from ingest.search.elastic.setup import Action, Change, Setup
from ingest.search.engine import SERVER_SCHEMES

KIBANA_WAIT_S = 120.0  # it answers before it is ready


@contextmanager
def _server() -> Iterator[Setup]:
    settings = console.settings()
    if settings.engine.partition(":")[0] not in SERVER_SCHEMES:
        raise UsageError("the embedded engine needs no setup: set NEWSFLOW_SEARCH_URL to a server, such as https://user:password@host:9200")
    opened = Setup(settings.engine, access(settings))
    try:
        yield opened
    finally:
        opened.close()


def setup(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 where something differs.")] = False,
    api_key: Annotated[bool, typer.Option("--api-key", help="Make an API key for the pipeline and print it, once.")] = False,
    kibana_url: Annotated[str | None, typer.Option(help="Import the dashboards into the Kibana at this URL.")] = None,
    as_json: console.Json = False,
) -> None:
    """Make templates, life-cycle, roles and indices in Elasticsearch or OpenSearch; run again it changes nothing.

    Use a user who may administer the cluster; the pipeline itself needs only the role that this makes.

    Example: newsflow setup --kibana-url http://localhost:5601
    """
    secret = ""
    with _server() as server:
        changes = server.check() if check else server.apply()
        missing = server.analysis().missing
        if api_key and not check:
            change, secret = server.make_key()
            changes.append(change)
        imported = 0
        if kibana_url and not check:
            user = urlsplit(console.settings().engine)
            imported = import_objects(
                kibana_url, kibana_objects(), user=unquote(user.username or ""), password=unquote(user.password or ""), wait_s=KIBANA_WAIT_S
            )
    differing = [c for c in changes if c.action is not Action.SAME]
    if as_json:
        console.print_json(
            {"changes": changes, "languages_without_analyzer": missing, "kibana_objects": imported, "api_key": secret or None}
        )
    else:
        _print(differing, check=check)
        if missing:
            console.out.print(f"Found as they stand, the cluster has no analyzer: {', '.join(missing)}.", markup=False)
        if imported:
            console.out.print(f"{imported} objects are in Kibana.", markup=False)
        if secret:
            console.out.print(f"NEWSFLOW_SEARCH_API_KEY={secret}", markup=False)
    if check and differing:
        raise typer.Exit(1)


def _print(changes: list[Change], *, check: bool) -> None:
    if not changes:
        console.out.print("Everything is as it should be.")
        return
    table = Table("Would do" if check else "Done", "What", "Name", "", box=None, header_style="bold", pad_edge=False)
    for change in changes:
        table.add_row(str(change.action), change.kind, change.name, change.detail)
    console.out.print(table)
    if any(change.action is Action.REINDEX for change in changes):
        console.out.print("An index cannot be changed in place: run newsflow reindex. Searches and crawls go on meanwhile.")


def reindex(
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Delete the old indices at the end.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write anew also where nothing has changed.")] = False,
    as_json: console.Json = False,
) -> None:
    """Write all articles into new indices, as this version analyses them, while searches and crawls go on.

    Example: newsflow reindex --drop-old
    """
    with _server() as server, console.progress() as (_, report):
        changes = write_anew(server, report, drop_old=drop_old) if force or needed(server) else []
    if as_json:
        console.print_json({"changes": changes})
    elif changes:
        _print(changes, check=False)
    else:
        console.out.print("The indices are as this version makes them: nothing to do.")
