"""Users of Elasticsearch that the stack needs: Kibana's own, and the ingester's, who may do its work and nothing else."""

from __future__ import annotations

import time

import elastic_transport
import elasticsearch

from ingest.errors import EngineRefused, EngineUnavailable

KIBANA, INGEST = "kibana_system", "newsflow"
_WAIT_S = 120.0  # for a server that is about to come up
_PAUSE_S = 2.0


def make_accounts(
    client: elasticsearch.Elasticsearch, *, kibana_password: str, ingest_password: str, ingest_roles: list[str], wait_s: float = _WAIT_S
) -> None:
    """Set the password of Kibana's user, and make or update the ingester's. `client` acts for a superuser.

    Raises EngineUnavailable after `wait_s` seconds without an answer, EngineRefused.
    """
    deadline = time.monotonic() + wait_s
    while True:
        try:
            client.security.change_password(username=KIBANA, password=kibana_password)
            client.security.put_user(username=INGEST, password=ingest_password, roles=ingest_roles, full_name="Newsflow's ingester")
        except elasticsearch.ApiError as error:
            # 503: the server answers, and its own index of users is not there yet.
            if error.status_code != 503:
                raise EngineRefused(f"Elasticsearch does not take the accounts ({error.status_code}): {error.message}") from error
            if time.monotonic() > deadline:
                raise EngineUnavailable("Elasticsearch is not ready to take accounts") from error
        except elastic_transport.TransportError as error:
            if time.monotonic() > deadline:
                raise EngineUnavailable(f"Elasticsearch does not answer: {error.message}") from error
        else:
            return
        time.sleep(_PAUSE_S)
