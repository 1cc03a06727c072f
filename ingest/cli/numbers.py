"""Numbers as a person reads them."""

from __future__ import annotations


def several(number: int, thing: str) -> str:
    """Such as "1 error", "2 errors", "1,234 articles"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
