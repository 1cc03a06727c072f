"""The lists of feeds to start with can be imported, and the README tells how many feeds each has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.feeds.opml import read_opml
from ingest.resources import bundled

FOLDER = bundled("examples") / "feeds"
LISTS = sorted(FOLDER.glob("*.opml"))


def test_there_is_one_for_each_language_and_one_of_the_world() -> None:
    names = {path.stem for path in LISTS}
    assert names == {"german", "english", "french", "spanish", "italian", "polish", "portuguese", "russian", "world"}


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_a_list_names_titles_and_folders(path: Path) -> None:
    feeds = read_opml(path.read_bytes())
    assert 8 <= len(feeds) <= 25
    assert all(feed.title and not feed.title.startswith("http") and "/" in feed.folder for feed in feeds)
    assert len({feed.folder.split("/")[0] for feed in feeds}) == 1


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_the_readme_counts_them(path: Path) -> None:
    count = re.search(rf"`{path.name}` \| (\d+)", (FOLDER / "README.md").read_text())
    assert count is not None
    assert int(count[1]) == len(read_opml(path.read_bytes()))
