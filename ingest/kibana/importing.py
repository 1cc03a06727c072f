"""The import of saved objects into a running Kibana."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import urllib3

from ingest.errors import EngineRefused, EngineUnavailable, SettingsError
from ingest.urls import redact

PATH = "/api/saved_objects/_import?overwrite=true"
_TIMEOUT_S = 60.0
_PAUSE_S = 2.0
_NOT_READY = frozenset({429, 502, 503, 504})


class Fault(msgspec.Struct, frozen=True):
    """An object that Kibana did not take."""

    type: str
    id: str
    error: dict[str, object]


class Imported(msgspec.Struct, frozen=True, rename="camel"):
    """Kibana's answer, which has status 200 where objects were refused, too."""

    success: bool
    success_count: int = 0
    errors: list[Fault] = []


def import_objects(
    url: str, objects: bytes, *, user: str = "", password: str = "", api_key: str = "", ca_file: Path | None = None, wait_s: float = 0.0
) -> int:
    """Import `objects` (NDJSON) into the Kibana at `url`, over those of an earlier import; how many were taken.

    `wait_s`: how long to wait for a Kibana that is starting, in seconds. Raises EngineUnavailable, EngineRefused with the first
    object that was not taken, SettingsError where the URL is none.
    """
    headers = {"kbn-xsrf": "true"}
    if api_key:
        headers["authorization"] = f"ApiKey {api_key}"
    elif user:
        headers |= urllib3.make_headers(basic_auth=f"{user}:{password}")
    body, content_type = urllib3.encode_multipart_formdata({"file": ("newsflow.ndjson", objects, "application/ndjson")})
    headers["content-type"] = content_type
    deadline = time.monotonic() + wait_s
    shown = redact(url)
    with urllib3.PoolManager(retries=False, timeout=_TIMEOUT_S, ca_certs=str(ca_file) if ca_file else None) as pool:
        while True:
            try:
                answer = pool.request("POST", url.rstrip("/") + PATH, body=body, headers=headers, redirect=False)
            except (urllib3.exceptions.LocationValueError, urllib3.exceptions.URLSchemeUnknown) as error:
                raise SettingsError(f"{shown!r} is not the URL of a Kibana: write http://host:5601") from error
            except urllib3.exceptions.HTTPError as error:
                problem = f"Kibana at {shown} cannot be reached"
                if time.monotonic() >= deadline:
                    raise EngineUnavailable(problem) from error
            else:
                if answer.status not in _NOT_READY:
                    return _taken(answer.status, answer.data, shown)
                if time.monotonic() >= deadline:
                    raise EngineUnavailable(f"Kibana at {shown} is not ready ({answer.status})")
            time.sleep(_PAUSE_S)


def _taken(status: int, body: bytes, shown: str) -> int:
    if status in (401, 403):
        raise EngineRefused(f"Kibana at {shown} refuses the import ({status}): the user must be allowed to manage saved objects")
    try:
        told = msgspec.json.decode(body, type=Imported)
    except msgspec.MsgspecError as error:
        raise EngineRefused(f"the server at {shown} does not answer as Kibana does ({status})") from error
    if not told.success:
        first = told.errors[0] if told.errors else Fault("object", "unknown", {})
        raise EngineRefused(
            f"Kibana at {shown} refuses {first.type} {first.id}: {first.error.get('message') or first.error.get('type') or 'no reason given'}"
        )
    return told.success_count
