"""Every error that Newsflow raises on purpose.

::

    NewsError
    ├── UsageError              the caller can mend it: exit code 2
    │   ├── SettingsError       a setting is unknown or has a bad value
    │   └── QueryError          a search or rule, with the place of the fault
    ├── ItemError               one URL, page or feed; ends as an outcome with its reason
    │   ├── FetchError
    │   │   ├── InvalidUrl, BlockedAddress, BlockedPort, TooManyRedirects,
    │   │   │   BodyTooLarge, BadEncoding, TlsError, ProtocolError,
    │   │   │   RobotsDisallowed                                         final
    │   │   ├── FetchTimeout, ConnectFailed, NameNotResolved, IncompleteBody,
    │   │   │   RobotsUnreachable                                        retryable
    │   │   └── Postponed           not asked at all: its host is to be left alone for now
    │   ├── FeedRejected        the bytes are not a feed that we read
    │   ├── ExtractRejected     the page holds no article
    │   └── SandboxError        the child that parsed the bytes was stopped or died
    ├── LeaseLost               another worker owns the work now: stop, nothing is wrong
    ├── StorageError            disk full, unreadable spool or archive
    ├── StateError              the state database cannot be used
    └── EngineError             the search engine
        ├── EngineUnavailable   retryable
        └── EngineRefused       final: wrong password, missing privilege, bad mapping

Whether to try again is a property of the class (`retryable`), never read from a message. Messages are one
sentence that says what to do; they name URLs only in their redacted form (`ingest.urls.redact`).
"""

from __future__ import annotations

from typing import ClassVar

from ingest.model import Reason


class NewsError(Exception):
    """Base of all. `exit_code` is what the command line returns for it."""

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1


class UsageError(NewsError):
    """Used wrongly: the message says what to type instead."""

    exit_code: ClassVar[int] = 2


class SettingsError(UsageError):
    """A setting is unknown or has a bad value."""


class QueryError(UsageError):
    """A query that cannot be searched. `position` counts characters from 0; None where no place is to blame."""

    def __init__(self, message: str, *, query: str = "", position: int | None = None) -> None:
        super().__init__(message)
        self.query = query
        self.position = position

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), str(self), {"query": self.query, "position": self.position})


class ItemError(NewsError):
    """One URL, page or feed failed; the batch goes on. `reason` is what its outcome says."""

    reason: Reason = Reason.INTERNAL

    def __init__(self, message: str = "", *, reason: Reason | None = None) -> None:
        if reason is not None:
            self.reason = reason
        super().__init__(message or self.reason.value)

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel between processes: keep `reason` through pickling.
        return _rebuild, (type(self), str(self), {"reason": self.reason})


class FetchError(ItemError):
    """No usable response came."""


class InvalidUrl(FetchError):
    """Not an http(s) URL with a host, or a redirect to something that is none."""

    reason = Reason.INVALID_URL


class BlockedAddress(FetchError):
    """The name resolves to an address that a crawler must not dial (hostile-input rule N1)."""

    reason = Reason.BLOCKED_ADDRESS


class BlockedPort(FetchError):
    """The port is not one of the allowed web ports."""

    reason = Reason.BLOCKED_PORT


class TooManyRedirects(FetchError):
    """More redirects than the limit, or a loop."""

    reason = Reason.TOO_MANY_REDIRECTS


class BodyTooLarge(FetchError):
    """The announced or decoded body exceeds the limit."""

    reason = Reason.TOO_LARGE


class BadEncoding(FetchError):
    """The Content-Encoding is unknown, nested, or its bytes are broken."""

    reason = Reason.BAD_ENCODING


class TlsError(FetchError):
    """The certificate is not trusted or the handshake failed; never retried without verification."""

    reason = Reason.TLS


class ProtocolError(FetchError):
    """The peer does not speak HTTP/1.1 as it should."""

    reason = Reason.PROTOCOL


class FetchTimeout(FetchError):
    """The total deadline passed."""

    reason = Reason.TIMEOUT
    retryable = True


class ConnectFailed(FetchError):
    """Refused, reset or unreachable."""

    reason = Reason.CONNECT
    retryable = True


class NameNotResolved(FetchError):
    """The host name has no address."""

    reason = Reason.DNS
    retryable = True


class IncompleteBody(FetchError):
    """The connection ended before the body did (Content-Length, chunks, or the compressed stream's end)."""

    reason = Reason.INCOMPLETE
    retryable = True


class RobotsDisallowed(FetchError):
    """The robots.txt of the host forbids us the URL (RFC 9309)."""

    reason = Reason.ROBOTS


class RobotsUnreachable(FetchError):
    """The robots.txt of the host cannot be had for now: until then everything is forbidden (RFC 9309, 2.3.1.4)."""

    reason = Reason.ROBOTS_UNREACHABLE
    retryable = True


class Postponed(FetchError):
    """No request was made: the host's turn does not come soon. `in_s` seconds from now it may; no attempt is used up."""

    reason = Reason.HOST_WAITS
    retryable = True

    def __init__(self, message: str = "", *, reason: Reason | None = None, in_s: float = 0.0) -> None:
        super().__init__(message, reason=reason)
        self.in_s = in_s

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), str(self), {"reason": self.reason, "in_s": self.in_s})


class FeedRejected(ItemError):
    """The bytes are not a feed that Newsflow reads."""

    reason = Reason.NOT_A_FEED


class ExtractRejected(ItemError):
    """The page holds no article text; `reason` says why."""

    reason = Reason.NO_TEXT


class SandboxError(ItemError):
    """The child was stopped at a limit or died: `reason` is TIMEOUT_PARSE, OUT_OF_MEMORY or CRASHED."""

    reason = Reason.CRASHED


class LeaseLost(NewsError):
    """Another worker owns this work now; writing is refused by its fencing token."""


class StorageError(NewsError):
    """The spool or the archive cannot be read or written."""


class StateError(NewsError):
    """The state database cannot be used."""


class EngineError(NewsError):
    """The search engine failed."""


class EngineUnavailable(EngineError):
    """Not reachable, overloaded or read-only for now."""

    retryable = True


class EngineRefused(EngineError):
    """The engine will not take the request until someone changes something."""


def _rebuild(cls: type[NewsError], message: str, attributes: dict[str, object]) -> NewsError:
    return cls(message, **attributes)
