"""The settings of a task: Airflow's Connections `newsflow_search` and `newsflow_database` where they exist, then the environment.

No DAG: the DAG files call it inside their tasks, so that a secret is known only to the process that needs it.
"""

from __future__ import annotations

from ingest.settings import Settings


def task_settings() -> Settings:
    """Asked for in each task. Raises SettingsError where a Connection is there and of no use."""
    from airflow.sdk import Connection as Stored
    from airflow.sdk.exceptions import AirflowNotFoundException

    from ingest.connections import DATABASE, SEARCH, Connection, settings_with

    found: dict[str, Connection] = {}
    for name in (SEARCH, DATABASE):
        try:
            stored = Stored.get(name)
        except AirflowNotFoundException:
            continue
        found[name] = Connection(
            conn_type=stored.conn_type or "",
            host=stored.host or "",
            port=stored.port,
            login=stored.login or "",
            password=stored.password or "",
            schema=stored.schema or "",
            extra=stored.extra or "",
        )
    return settings_with(found)
