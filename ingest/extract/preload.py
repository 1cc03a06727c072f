"""What children that extract find loaded by the server they are forked from: the code, and justext's word lists.

Without them every child would read the lists of a hundred languages when its first doubtful page comes: 0.15 s, five pages' worth.
"""

from __future__ import annotations

from trafilatura.external import jt_stoplist_init

import ingest.extract.article  # noqa: F401

jt_stoplist_init()
