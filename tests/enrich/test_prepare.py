"""Models that are loaded once serve all processes that are forked afterwards."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import os
from ingest.enrich import language
from ingest.enrich.article import enrich, prepare
from ingest.enrich.ner.finder import open_model
from ingest.settings import Settings
from tests.search.library import article

settings = Settings()
one = article("a", "Außenminister in Genf", "Annalena Baerbock sprach am Montag in Genf mit Antony Blinken über die Lage in der Ukraine.", "und")
prepare(settings)
if os.fork() == 0:
    [made] = enrich([one], settings)
    print(made.language, *sorted(e.name for e in made.entities if e.label == "person"), sep="|")
    print(open_model.cache_info().misses, language._model.cache_info().misses, flush=True)  # loaded by the parent, and not again
    os._exit(0)
os.wait()
"""


def test_a_forked_process_finds_the_models_loaded() -> None:
    run = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    found, loads = run.stdout.splitlines()
    assert found == "de|Annalena Baerbock|Antony Blinken", run.stderr
    assert loads == "1 1"
