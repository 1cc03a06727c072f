"""The many errors of aiohttp, ssl and the system as the few of ours."""

from __future__ import annotations

import ssl

import aiohttp
from aiohttp.http_exceptions import TransferEncodingError

from ingest.errors import BlockedAddress, ConnectFailed, FetchError, FetchTimeout, IncompleteBody, InvalidUrl, ProtocolError, TlsError
from ingest.web.guard import RefusedSocketError


def typed(error: Exception, url: str) -> FetchError:
    """Our error for `error`, which fetching `url` (redacted already) raised.

    The text of theirs is left out: it may hold the URL with its secrets.
    """
    if isinstance(error, FetchError):
        return error
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, RefusedSocketError):
        return BlockedAddress(f"{url} leads to an address that is not public: add its network to allowed_networks to dial it.")
    made: FetchError
    match error:
        case TimeoutError():  # also aiohttp's ServerTimeoutError
            made = FetchTimeout(f"{url} took longer than its time limit (fetch_total_s, fetch_connect_s): try again.")
        case aiohttp.ClientSSLError() | ssl.SSLError():
            made = TlsError(f"the certificate of {url} is not trusted, or the handshake failed: its operator must mend it.")
        case aiohttp.ClientPayloadError() if _is_malformed(error):
            made = ProtocolError(f"{url} sends chunks that cannot be read: its server must be mended.")
        case aiohttp.ClientPayloadError():
            made = IncompleteBody(f"{url} ended before its body did: try again.")
        case aiohttp.InvalidURL():
            made = InvalidUrl(f"{url!r} cannot be dialled: check its spelling.")
        case aiohttp.ServerConnectionError() | OSError():  # also aiohttp's ClientOSError
            made = ConnectFailed(f"no connection to {url}: refused, reset or unreachable; try again.")
        case aiohttp.ClientError():
            made = ProtocolError(f"{url} does not answer as HTTP asks ({type(error).__name__}): its server must be mended.")
        case _:  # ValueError: a part of the URL that some layer below cannot encode
            made = InvalidUrl(f"{url!r} cannot be requested: check its spelling.")
    return made


def _is_malformed(error: aiohttp.ClientPayloadError) -> bool:
    """Whether chunks were broken rather than missing; aiohttp says both with one class."""
    cause = error.__cause__
    return isinstance(cause, TransferEncodingError) and "Not enough data" not in cause.message
