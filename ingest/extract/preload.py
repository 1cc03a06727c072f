"""What children that extract find loaded by the server they are forked from: the code, and justext's word lists.

Without them every child would read the lists of a hundred languages when its first doubtful page comes: 0.15 s, five pages' worth.
justext puts their 150,000 words in lower case for every page: half of what it takes, which is saved by remembering them.
"""

from __future__ import annotations

from functools import lru_cache

import justext.core  # type: ignore[import-untyped]  # it has no types
from trafilatura.external import jt_stoplist_init

import ingest.extract.article  # noqa: F401

justext.core.define_stoplist = lru_cache(1)(justext.core.define_stoplist)
justext.core.define_stoplist(jt_stoplist_init())
