"""Why no whole answer came from a server, in words for the operator."""

from __future__ import annotations

import ssl

import elastic_transport
import urllib3.exceptions

from ingest.errors import EngineError, EngineRefused, EngineUnavailable

_CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"
_HAS_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL
_OTHER_NAME = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"})


def fault_of_transport(error: elastic_transport.TransportError, where: str) -> EngineError:
    """`where`: product and place. What the operator must mend is EngineRefused, what passes is EngineUnavailable."""
    if isinstance(error, elastic_transport.TlsError):
        return _of_tls(error, where)
    if isinstance(error, elastic_transport.ConnectionTimeout):
        return EngineUnavailable(f"{where} does not answer in time")
    cause = error.__cause__
    if isinstance(cause, urllib3.exceptions.NameResolutionError):
        return EngineUnavailable(f"{where} cannot be reached: its name is not known; is NEWSFLOW_SEARCH_URL right?")
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return EngineUnavailable(f"{where} cannot be reached ({_system_says(cause)}): is it running, and is NEWSFLOW_SEARCH_URL right?")
    if isinstance(cause, urllib3.exceptions.ProtocolError):
        return EngineUnavailable(f"{where} cannot be reached or broke off its answer")
    return EngineUnavailable(f"{where} cannot be reached: {_short(error)}")


def _of_tls(error: elastic_transport.TlsError, where: str) -> EngineError:
    told = next((part for part in getattr(error.__cause__, "args", ()) if isinstance(part, ssl.SSLError)), None)
    reason = getattr(told, "reason", None)
    if reason in _NO_TLS:
        return EngineRefused(f"{where} does not speak TLS: write http:// in NEWSFLOW_SEARCH_URL, or give the server a certificate")
    if isinstance(told, ssl.SSLCertVerificationError) and told.verify_code == _HAS_EXPIRED:
        return EngineRefused(f"the certificate of {where} has expired: renew it")
    if isinstance(told, ssl.SSLCertVerificationError) and told.verify_code in _OTHER_NAME:
        return EngineRefused(f"the certificate of {where} is for another host: write the name that stands in it, or make a new one")
    if reason == _CERTIFICATE or told is None:
        return EngineRefused(f"the certificate of {where} is not trusted: set NEWSFLOW_SEARCH_CA_FILE to the file of its authority")
    return EngineUnavailable(f"{where} cannot be reached: the secure connection failed: {_short(error)}")


def _system_says(error: BaseException) -> str:
    """What the operating system said, such as "Connection refused"."""
    seen: BaseException | None = error
    while seen is not None and not (isinstance(seen, OSError) and seen.strerror):
        seen = seen.__cause__ or seen.__context__
    return str(seen.strerror) if isinstance(seen, OSError) else _short(error)


def _short(error: BaseException) -> str:
    text = error.message if isinstance(error, elastic_transport.TransportError) else str(error)
    return str(text).replace("\n", " ")[:200]
