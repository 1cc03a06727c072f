"""Rules as YAML: what is read, and what a hostile file cannot do (rule O7)."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.alerts.rulefile import MAX_BYTES, read_rules, write_rules
from ingest.errors import UsageError
from ingest.model import Delivery, Rule

RULES = [
    Rule(id=1, name="rates", query='"Europäische Zentralbank" AND Zinsen', channels=("desk", "mailto://editor@desk.example")),
    Rule(
        id=2,
        name="strikes",
        query="(Streik OR strike) AND lang:de",
        enabled=False,
        delivery=Delivery(
            digest="daily@07:30", quiet="22:00-07:00", timezone="Europe/Berlin", locale="de", repeat_per_story=True, max_age_s=None
        ),
    ),
    Rule(id=3, name="yes: no", query="x", delivery=Delivery(throttle_s=900, max_age_s=3_600)),
]


def test_what_is_written_is_read_again() -> None:
    entries = read_rules(write_rules(RULES))

    assert [(e.name, e.query, e.to, e.enabled, e.delivery()) for e in entries] == [
        (r.name, r.query, r.channels, r.enabled, r.delivery) for r in RULES
    ]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        pytest.param(b"", "not a file of rules", id="empty"),
        pytest.param(b"rules: 5", "not a file of rules", id="no list"),
        pytest.param(b"rules: [{name: a}]", "query", id="no query"),
        pytest.param(b"rules: [{name: a, query: b, colour: red}]", "colour", id="a key that is none"),
        pytest.param(b"rules: [{name: 5, query: b}]", "name", id="a number for a name"),
        pytest.param(b"rules: [{name: a, query: b}, {name: a, query: c}]", "two rules", id="one name twice"),
        pytest.param(b"rules:\n  - name: [", "line", id="broken"),
        pytest.param(b"\xff\xfe\x00", "YAML", id="no text"),
        pytest.param(b"!!python/object/apply:os.system ['touch /tmp/x']", "YAML", id="code"),
        pytest.param(b"rules: !!python/name:os.system", "YAML", id="a name of Python"),
        pytest.param(b"a: &a [x]\nb: [*a, *a]\nrules: []", "aliases", id="aliases, of which bombs are made"),
        pytest.param(b"[" * 100_000, "YAML", id="too deep"),
        pytest.param(b"#" * (MAX_BYTES + 1), "bytes", id="too large"),
    ],
)
def test_what_is_refused_is_one_sentence(document: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        read_rules(document)

    assert "\n" not in str(caught.value)


def answer(document: bytes) -> str:
    """What is said of a document: nothing, or one sentence."""
    try:
        read_rules(document)
    except UsageError as error:
        return str(error)
    return ""


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="rules: -[]{}&*!|>\n'\"#namequery", max_size=200).map(str.encode))
def test_any_bytes(document: bytes) -> None:
    assert "\n" not in answer(document)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["rules", "name", "query", "to"]), x),
        max_leaves=8,
    )
)
def test_any_data(data: object) -> None:
    assert "\n" not in answer(yaml.safe_dump({"rules": data}).encode())
