"""The lists in `examples/feeds` can be imported as they are, and their README counts them."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ingest.feeds.lists import read_sources

LISTS = Path(__file__).parents[2] / "examples/feeds"
NAMES = ("english", "french", "german", "italian", "polish", "portuguese", "russian", "spanish", "world")


def test_there_is_a_list_for_each_language_and_no_other() -> None:
    assert sorted(file.stem for file in LISTS.glob("*.opml")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_list_names_each_feed_once_with_title_and_folder(name: str) -> None:
    document = (LISTS / f"{name}.opml").read_bytes()
    sources = read_sources(document)
    assert len(sources) == document.count(b"xmlUrl="), "an address is refused or comes twice"
    for source in sources:
        assert urlsplit(source.url).hostname
        assert source.folder
        assert source.title
        assert not source.title.startswith("http")


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_says_how_many_feeds_a_list_has(name: str) -> None:
    said = re.search(rf"`{name}\.opml` \| (\d+) \|", (LISTS / "README.md").read_text(encoding="utf-8"))
    assert said
    assert int(said[1]) == len(read_sources((LISTS / f"{name}.opml").read_bytes()))
