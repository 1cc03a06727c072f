"""Enrichment: articles of 600 words per second and core, and the bundled model beside spaCy's on French articles judged by hand.

spaCy and its model `fr-core-news-md` run in an environment of their own below `--work`, made at the first run.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from bench import report
from ingest.enrich.finder import SEPARATOR
from ingest.enrich.joining import join
from ingest.enrich.language import detect
from ingest.enrich.ner.tagger import Tagger
from ingest.enrich.signature import signature
from ingest.enrich.spacy_pipelines import CONFIDENCE
from ingest.resources import bundled
from tests.enrich.judged_articles import HELD_OUT, Judged, judged

WORDS = 600  # of an article: the length of a longer report
MODEL = "ner-xx"
RIVAL = ("spacy==3.8.*", "fr-core-news-md")
LABELS = {"PER": "person", "ORG": "organisation", "LOC": "place"}

# Reads texts, prints the CPU seconds of the second of two runs and the spans found, and the size of the model.
RIVAL_CHILD = """
import json, sys, time, pathlib, fr_core_news_md
texts = json.load(sys.stdin)
nlp = fr_core_news_md.load(disable=["parser", "morphologizer", "attribute_ruler", "lemmatizer", "senter"])
list(nlp.pipe(texts))
start = time.process_time()
docs = list(nlp.pipe(texts))
seconds = time.process_time() - start
size = sum(f.stat().st_size for f in pathlib.Path(fr_core_news_md.__file__).parent.rglob("*") if f.is_file())
json.dump([seconds, size, [[[e.start_char, e.end_char, e.label_] for e in doc.ents] for doc in docs]], sys.stdout)
"""


def measure(arguments: argparse.Namespace) -> report.Figures:
    """Load, run each part alone on one thread, then compare."""
    articles = judged()
    texts = [_lengthened(a) for a in articles]
    figures: dict[str, float] = {}
    start = time.process_time()
    tagger = Tagger(bundled("models") / MODEL, threads=1)
    figures["load_s"] = time.process_time() - start
    _entities(tagger, articles, texts)  # gazetteers are read at first use
    detect("", texts[0])
    parts: dict[str, Callable[[], object]] = {
        "language": lambda: [detect("", text) for text in texts],
        "entities": lambda: _entities(tagger, articles, texts),
        "signature": lambda: [signature(text) for text in texts],
    }
    seconds = {name: min(_cpu_s(part) for _ in range(arguments.runs)) for name, part in parts.items()}
    figures["articles_s"] = len(texts) / sum(seconds.values())
    figures |= {f"{name}_ms": 1000 * each / len(texts) for name, each in seconds.items()}
    figures["model_mb"] = sum(f.stat().st_size for f in (bundled("models") / MODEL).iterdir()) / 1e6
    figures |= _judged(tagger, articles, "all") | _judged(tagger, judged(HELD_OUT), "held_out")
    french = [a for a in articles if a.language == "fr"]
    return figures | _judged(tagger, french, "french") | _beside_spacy(arguments.work, tagger, french)


def _lengthened(article: Judged) -> str:
    """`WORDS` words of the article, again and again from its start."""
    words = f"{article.text}\n".split(" ")
    return " ".join(itertools.islice(itertools.cycle(words), WORDS))


def _entities(tagger: Tagger, articles: Sequence[Judged], texts: Sequence[str]) -> list[object]:
    return [join(text, tagged, a.language) for a, text, tagged in zip(articles, texts, tagger.tag(texts), strict=True)]


def _cpu_s(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def _judged(tagger: Tagger, articles: Sequence[Judged], name: str) -> dict[str, float]:
    """F1 of entities after joining, and before it: each spelling an entity of its own."""
    texts = [_whole(a) for a in articles]
    tagged = tagger.tag(texts)
    gold = [a.entities for a in articles]
    joined = [{(e.label, e.name) for e in join(t, m, a.language)} for a, t, m in zip(articles, texts, tagged, strict=True)]
    plain = [{(LABELS[m.label], text[m.start : m.end]) for m in mentions} for text, mentions in zip(texts, tagged, strict=True)]
    return {f"{name}_entities_f1": _f1(joined, gold), f"{name}_entities_f1_unjoined": _f1(plain, gold)}


def _beside_spacy(work: Path, tagger: Tagger, articles: Sequence[Judged]) -> dict[str, float]:
    texts = [_whole(a) for a in articles]
    run = subprocess.run([_environment(work), "-c", RIVAL_CHILD], input=json.dumps(texts), capture_output=True, text=True, check=True)
    seconds, size, found = json.loads(run.stdout)
    mine = [{(m.start, m.end, LABELS[m.label]) for m in mentions} for mentions in tagger.tag(texts)]
    theirs = [{(start, end, LABELS[label]) for start, end, label in spans if label in LABELS} for spans in found]
    gold = [{(start, end, label) for start, end, label, _ in a.mentions} for a in articles]
    joined = [join(t, [(*s, CONFIDENCE) for s in spans if s[2] in LABELS], "fr") for t, spans in zip(texts, found, strict=True)]
    named = [{(label, text[start:end]) for start, end, label in spans} for text, spans in zip(texts, theirs, strict=True)]
    words = sum(len(text.split()) for text in texts)
    return {
        "french_mentions_f1": _f1(mine, gold),
        "spacy_mentions_f1": _f1(theirs, gold),
        "spacy_entities_f1": _f1(named, [a.entities for a in articles]),
        "spacy_joined_entities_f1": _f1([{(e.label, e.name) for e in entities} for entities in joined], [a.entities for a in articles]),
        "spacy_entities_ms": 1000 * seconds * WORDS / words,
        "spacy_model_mb": size / 1e6,
    }


def _environment(work: Path) -> str:
    """The interpreter beside which spaCy is installed."""
    python = work / "bin" / "python"
    if not (work / ".ready").exists():
        subprocess.run([sys.executable, "-m", "venv", work], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *RIVAL], check=True)
        (work / ".ready").touch()
    return str(python)


def _whole(article: Judged) -> str:
    return f"{article.title}{SEPARATOR}{article.text}"


def _f1(found: Iterable[AbstractSet[object]], gold: Iterable[AbstractSet[object]]) -> float:
    pairs = list(zip(found, gold, strict=True))
    right = sum(len(f & g) for f, g in pairs)
    return 2 * right / sum(len(f) + len(g) for f, g in pairs)


if __name__ == "__main__":
    options = report.parser("enrich", __doc__)
    options.add_argument("--runs", type=int, default=3, help="of which the quickest counts")
    options.add_argument("--work", type=Path, default=Path("var/bench/spacy"), help="folder of spaCy's environment")
    report.run("enrich", measure, options)
