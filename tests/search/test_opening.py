from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.errors import SettingsError
from ingest.search.opening import open_engine


@pytest.mark.parametrize("url", ["", "embedded:", "solr://host", "/some/path", "https:"])
def test_an_unknown_engine_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="write embedded:PATH"):
        open_engine(url)


def test_a_password_in_a_url_is_not_told() -> None:
    with pytest.raises(SettingsError) as caught:
        open_engine("solr://user:hunter2@host/")

    assert "hunter2" not in str(caught.value)


def test_the_engine_that_is_not_used_is_not_loaded(tmp_path: Path) -> None:
    script = f"""
import sys
from ingest.search.opening import open_engine
assert not {{"tantivy", "elasticsearch"}} & set(sys.modules)
open_engine("embedded:{tmp_path / "index"}").close()
print("tantivy" in sys.modules, "elasticsearch" in sys.modules)
"""

    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "True False\n"
