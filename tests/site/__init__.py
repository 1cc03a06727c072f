"""A scriptable news site on loopback."""

from tests.site.server import Site

__all__ = ["Site"]
