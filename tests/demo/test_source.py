"""How the files of the sample site are read, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.demo.source import read_sources
from ingest.errors import StorageError

SITE = """
feeds = [{url = "http://a.example/rss", format = "rss20", title = "A"}]
[papers."a.example"]
name = "A"
language = "de"
template = "portal"
[words.de]
date = "%d"
"""
STORY = """+++
host = "a.example"
path = "/1"
title = "T"
description = "D"
hours_ago = 1.5
{more}
+++
One
line.

Two.
"""


def write(folder: Path, story: str, site: str = SITE) -> Path:
    (folder / "articles").mkdir()
    (folder / "site.toml").write_text(site)
    (folder / "articles" / "first.md").write_text(story)
    return folder


def test_a_story_is_its_table_and_paragraphs(tmp_path: Path) -> None:
    (story,) = read_sources(write(tmp_path, STORY.format(more=""))).stories
    assert (story.id, story.url, story.hours_ago) == ("first", "http://a.example/1", 1.5)
    assert story.paragraphs == ("One line.", "Two.")
    assert story.edit is None


def test_a_second_text_is_that_of_the_edit(tmp_path: Path) -> None:
    text = STORY.format(more="[edit]\ndescription = 'E'\nhours_ago = 0.5") + "+++\nNew.\n"
    (story,) = read_sources(write(tmp_path, text)).stories
    assert story.paragraphs == ("One line.", "Two.")
    assert story.edit is not None
    assert (story.edit.description, story.edit.paragraphs) == ("E", ("New.",))


BAD = {
    "a name that is not known": STORY.format(more="colour = 'red'"),
    "a number that is a word": STORY.format(more="").replace("1.5", "'soon'"),
    "no title": STORY.format(more="").replace('title = "T"', ""),
    "no table": "Only text.",
    "bad TOML": "+++\ntitle = \n+++\nText.",
    "a second text without its table": STORY.format(more="") + "+++\nNew.\n",
}


@pytest.mark.parametrize("story", BAD.values(), ids=BAD.keys())
def test_a_bad_story_is_named(tmp_path: Path, story: str) -> None:
    with pytest.raises(StorageError, match=r"first\.md"):
        read_sources(write(tmp_path, story))


@pytest.mark.parametrize(
    "site", ["", "papers = 1", SITE.replace("rss20", "").replace("format", "form")], ids=["empty", "no table", "bad feed"]
)
def test_a_bad_site_is_named(tmp_path: Path, site: str) -> None:
    with pytest.raises(StorageError, match=r"site\.toml"):
        read_sources(write(tmp_path, STORY.format(more=""), site))


def test_a_folder_without_a_site_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"site\.toml"):
        read_sources(tmp_path)
