"""Every setting once; a wrong one fails at start with one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import SettingsError
from ingest.settings import PREFIX, Settings, load
from ingest.web.client import MAX_HEADER_BYTES

DOCS = Path(__file__).parents[1] / "docs" / "settings.md"


def test_defaults_stand_under_home(tmp_path: Path) -> None:
    settings = load(home=tmp_path)

    assert settings.database == f"sqlite:///{tmp_path}/newsflow.db"
    assert settings.engine == f"embedded:{tmp_path}/index"
    assert settings.archive == tmp_path / "archive"
    assert settings.spool == tmp_path / "spool"


def test_what_comes_from_outside_has_these_limits() -> None:
    """The table of hostile inputs was measured with them; its rows are tests, often with smaller ones."""
    settings, mib = Settings(), 1 << 20

    assert (settings.feed_max_bytes, settings.page_max_bytes, settings.feed_max_entries) == (10 * mib, 5 * mib, 2_000)
    assert (settings.fetch_connect_s, settings.fetch_total_s, settings.fetch_redirects) == (10.0, 30.0, 5)
    assert (settings.parse_timeout_s, settings.parse_memory_bytes, settings.max_text_chars) == (20.0, 1536 * mib, 1_000_000)
    assert settings.allowed_ports == (80, 443, 8080, 8443)
    assert settings.allowed_networks == ()
    assert MAX_HEADER_BYTES == 64 * 1_024


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        pytest.param("NEWSFLOW_HOMES", "x", "NEWSFLOW_HOMES is not a setting: did you mean NEWSFLOW_HOME?", id="unknown"),
        pytest.param("NEWSFLOW_QQQ", "x", "see docs/settings.md", id="unknown without a near name"),
        pytest.param("NEWSFLOW_BATCH_SIZE", "many", "NEWSFLOW_BATCH_SIZE: Input should be a valid integer", id="not a number"),
        pytest.param("NEWSFLOW_BATCH_SIZE", "0", "NEWSFLOW_BATCH_SIZE: Input should be greater than or equal to 1", id="out of range"),
        pytest.param("NEWSFLOW_LOG_LEVEL", "loud", "NEWSFLOW_LOG_LEVEL", id="not one of the choices"),
        pytest.param("NEWSFLOW_ALLOWED_PORTS", "[80,", "lists are JSON", id="broken JSON"),
    ],
)
def test_a_wrong_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as caught:
        load()

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_process_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSFLOW_BATCH_SIZE", "7")
    monkeypatch.setenv("NEWSFLOW_ALLOWED_PORTS", "[80, 9000]")

    assert load().batch_size == 7
    assert load().allowed_ports == (80, 9000)


def test_secrets_are_not_shown() -> None:
    settings = load(database_url="postgresql://bob:s3cret@db/x", search_url="https://bob:s3cret@es:9200")

    assert "s3cret" not in repr(settings)


def test_a_mounted_secret_counts_where_the_environment_is_silent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "newsflow_database_url").write_text("postgresql://bob:s3cret@db/x\n")
    (tmp_path / "newsflow_search_url").write_text("https://from-the-file:9200")
    monkeypatch.setenv("NEWSFLOW_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("NEWSFLOW_SEARCH_URL", "https://from-the-environment:9200")

    assert load().database == "postgresql://bob:s3cret@db/x"
    assert load().engine == "https://from-the-environment:9200"
    assert load(database_url="sqlite:///given").database == "sqlite:///given"


def test_a_folder_of_secrets_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NEWSFLOW_SECRETS_DIR", str(tmp_path / "gone"))

    with pytest.raises(SettingsError, match=r"^NEWSFLOW_SECRETS_DIR: .*/gone is no folder that can be read\.$"):
        load()


def test_every_setting_has_help_and_stands_in_the_docs() -> None:
    documented = DOCS.read_text()
    for name, field in Settings.model_fields.items():
        assert field.description
        assert f"`{PREFIX}{name.upper()}`" in documented
        assert field.description in documented, name
