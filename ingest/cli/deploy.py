"""`newsflow deploy`: what docker-compose.yml calls once, before the services of the stack start."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Annotated

import typer
from elasticsearch import Elasticsearch

from ingest.airflow_env import airflow_command
from ingest.cli import console
from ingest.deploy.accounts import make_accounts
from ingest.deploy.databases import make_databases
from ingest.deploy.secrets import Hosts, elastic_url, newsflow_database_url, postgres_url
from ingest.deploy.volumes import KEPT, hand_out, read_secrets
from ingest.errors import StateError
from ingest.kibana import kibana_objects
from ingest.kibana.importing import import_objects
from ingest.search.elastic.detect import detected
from ingest.search.elastic.products import ELASTICSEARCH
from ingest.search.elastic.setup import Action, Setup
from ingest.state.ledger import Ledger

app = typer.Typer(help="Prepare the stack of docker-compose.yml; the compose file calls these.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="Folder of secrets.")]
Postgres = Annotated[str, typer.Option(help="PostgreSQL, host:port.")]
Search = Annotated[str, typer.Option(help="Elasticsearch, host:port.")]
Redis = Annotated[str, typer.Option(help="Redis, host:port.")]
_HOSTS = Hosts()
KIBANA_WAIT_S = 120.0  # it answers before it is ready


@app.command()
def secrets(
    folder: Folder,
    executor: Annotated[str, typer.Option(help="Airflow's executor.")] = "LocalExecutor",
    postgres: Postgres = _HOSTS.postgres,
    search: Search = _HOSTS.search,
    redis: Redis = _HOSTS.redis,
) -> None:
    """Make up what the environment does not choose, keep it, and hand each service its own. Example: newsflow deploy secrets /run/newsflow"""
    hand_out(folder, os.environ, executor=executor, hosts=Hosts(postgres=postgres, search=search, redis=redis))
    console.out.print(f"Secrets are ready; Airflow runs its tasks with {executor}.", markup=False)


@app.command()
def passwords(folder: Folder, as_json: console.Json = False) -> None:
    """Show whom to sign in as. Example: docker compose run --rm secrets newsflow deploy passwords /run/newsflow"""
    chosen = read_secrets(folder / KEPT)
    rows = {"Kibana": ("elastic", chosen.elastic), "Airflow": ("admin", chosen.airflow_admin)}
    if as_json:
        console.print_json({page.lower(): {"user": user, "password": word} for page, (user, word) in rows.items()})
        return
    for page, (user, word) in rows.items():
        console.out.print(f"{page}: {user} {word}", markup=False)


@app.command()
def setup(folder: Folder, postgres: Postgres = _HOSTS.postgres, search: Search = _HOSTS.search) -> None:
    """Make databases, tables, accounts and Airflow's Connections; run again it changes nothing. Example: newsflow deploy setup DIR"""
    chosen = read_secrets(folder)
    hosts = Hosts(postgres=postgres, search=search)
    _say("PostgreSQL: databases and roles")
    make_databases(postgres_url(chosen, hosts), {"airflow": chosen.airflow_database, "newsflow": chosen.newsflow_database})
    _say("Newsflow: tables")
    with Ledger.open(newsflow_database_url(chosen, hosts)):
        pass  # migrates
    _say("Airflow: tables, and the Connections where they are not there yet")
    _airflow("db", "migrate")
    _airflow("connections", "import", str(folder / "connections.json"))
    _say("Elasticsearch: templates, indices, roles")
    superuser = elastic_url(chosen, hosts)
    with Elasticsearch(superuser) as client:
        cluster = Setup(superuser, product=detected(client, ELASTICSEARCH))
        for change in cluster.apply():
            if change.action is not Action.SAME:
                _say(f"  {change.action} {change.kind} {change.name}")
        cluster.close()
        _say("Elasticsearch: accounts")
        make_accounts(client, kibana_password=chosen.kibana, ingest_password=chosen.ingest, ingest_roles=["news-ingester"])
    _say("Done")


@app.command()
def dashboards(folder: Folder, kibana: Annotated[str, typer.Option(help="URL of Kibana.")] = "http://kibana:5601") -> None:
    """Import data views, saved searches and dashboards into Kibana. Example: newsflow deploy dashboards DIR --kibana http://kibana:5601"""
    chosen = read_secrets(folder)
    number = import_objects(kibana, kibana_objects(), user="elastic", password=chosen.elastic, wait_s=KIBANA_WAIT_S)
    console.out.print(f"{number} objects are in Kibana.", markup=False)


def _say(step: str) -> None:
    console.out.print(step, markup=False)


def _airflow(*arguments: str) -> None:
    """Run `airflow …`; what it says is shown only where it fails, since it may quote what it was given."""
    done = subprocess.run(airflow_command(*arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise StateError(f"airflow {' '.join(arguments[:2])} failed: {last}")
