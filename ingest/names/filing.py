"""The key of a name that stands alone: in a filter, in a facet, in what a finder of the operator's gives."""

from __future__ import annotations

from ingest.names import organisations, places, spelling


def key_of(label: str, name: str) -> str:
    """The key that `ingest.enrich.joining` gives to an entity of this label and name; "" for a name without letters and digits.

    Places and organisations that the gazetteer has by this name, in whatever language, are filed under one name; all others under
    their own. Upper and lower case are one.

    >>> key_of("place", "Moskau") == key_of("place", "Moscow") == key_of("place", "москва")
    True
    """
    listed = places.english(name) if label == "place" else organisations.filed(name) if label == "organisation" else None
    return spelling.key(listed or name)
