"""The lead that stands outside of the article's element joins its text, if readers see it and the page itself calls it its description."""

from __future__ import annotations

import pytest

from ingest.extract.lead import with_lead
from ingest.extract.tree import parse

LEAD = "After years of debate the town has decided where its new bridge over the river will stand."
LINES = ["The council met on Monday evening.", "It agreed on the plan."]

PAGES = {
    "a paragraph below the headline": (f"<h1>Bridge</h1><p>{LEAD}</p><article/>", LEAD, LEAD),
    "a heading": (f"<h1>Bridge</h1><h2>{LEAD}</h2>", LEAD, LEAD),
    "with a link in it": (f"<p>{LEAD.replace('bridge', '<a>bridge</a>')}</p>", LEAD, LEAD),
    "of which the description was cut": (f"<div>{LEAD}</div>", LEAD[:70] + " …", LEAD),
    "with other punctuation in the description": (f"<div>{LEAD}</div>", LEAD.replace(" the ", "  &the\u00a0 "), LEAD),
    "the description is not shown": ("<p>Something else.</p>", LEAD, None),
    "in a list of other articles": (f"<aside><p>{LEAD}</p></aside><footer><p>{LEAD}</p></footer>", LEAD, None),
    "too short": ("<p>News from the town.</p>", "News from the town.", None),
    "no description": (f"<p>{LEAD}</p>", "", None),
    "an element that only begins so": (f"<p>{LEAD[:45]}</p>", LEAD, None),
    "an element that goes on and on": (f"<div><span>{LEAD}</span> {'More words follow. ' * 100}</div>", LEAD, LEAD),
}


@pytest.mark.parametrize("name", PAGES)
def test_lead(name: str) -> None:
    inside, description, lead = PAGES[name]
    root = parse(f"<html><body>{inside}</body></html>")
    assert root is not None
    assert with_lead(LINES, root, description) == ([lead, *LINES] if lead else LINES)


def test_a_text_that_has_its_lead_gets_no_second_one() -> None:
    root = parse(f"<html><body><p>{LEAD}</p></body></html>")
    assert root is not None
    assert with_lead([LEAD, *LINES], root, LEAD.upper()) == [LEAD, *LINES]
