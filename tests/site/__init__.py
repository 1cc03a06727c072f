"""A scriptable news site on loopback."""

from tests.site.server import Request, Response, Site

__all__ = ["Request", "Response", "Site"]
