"""Secrets are made up once, kept, and each service gets its own."""

from __future__ import annotations

import configparser
import os
import shlex
import stat
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from ingest.cli.app import app
from ingest.deploy.secrets import GIVEN, Hosts, SecretFile, Secrets, choose, encode, files
from ingest.deploy.volumes import hand_out, read_secrets
from ingest.errors import StorageError

AWKWARD = "p%d @s's/w\"o:rd?#"  # what an operator may write into .env
HOSTS = Hosts()
ONLY = {
    "postgres": {"postgres"},
    "elasticsearch": {"elastic"},
    "kibana": {"kibana", "kibana_key"},
    "redis": {"redis"},
    "worker": {"redis", "api_secret"},
    "newsflow": {"newsflow_database", "ingest"},
    "airflow": {"airflow_database", "airflow_admin", "fernet_key", "jwt_secret", "api_secret", "redis"},
}


def by_path(chosen: Secrets, executor: str = "LocalExecutor") -> dict[str, SecretFile]:
    return {f"{file.folder}/{file.name}": file for file in files(chosen, executor=executor, hosts=HOSTS)}


def config(text: str) -> configparser.ConfigParser:
    """As Airflow reads its file: with interpolation."""
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return parser


class TestChoice:
    def test_all_are_made_up_and_different(self) -> None:
        values = list(msgspec.to_builtins(choose(None, {})).values())
        assert len(set(values)) == len(values) == len(Secrets.__struct_fields__)
        assert min(map(len, values)) >= 32

    def test_what_was_kept_stays(self) -> None:
        first = choose(None, {})
        assert choose(encode(first), {}) == first

    @pytest.mark.parametrize(("variable", "field"), GIVEN.items())
    def test_what_the_operator_gives_comes_first(self, variable: str, field: str) -> None:
        first = choose(None, {})
        second = choose(encode(first), {variable: AWKWARD})
        assert msgspec.to_builtins(second) == msgspec.to_builtins(first) | {field: AWKWARD}

    def test_an_empty_variable_gives_nothing(self) -> None:
        first = choose(None, {})
        assert choose(encode(first), dict.fromkeys(GIVEN, "")) == first

    def test_a_secret_of_a_later_version_is_added(self) -> None:
        kept = msgspec.to_builtins(choose(None, {}))
        del kept["redis"]
        completed = msgspec.to_builtins(choose(msgspec.json.encode(kept), {}))
        assert completed.pop("redis")
        assert completed == kept


class TestFiles:
    chosen = choose(None, dict.fromkeys(GIVEN, AWKWARD))

    def test_airflow_reads_its_configuration(self) -> None:
        parser = config(by_path(self.chosen, "CeleryExecutor")["airflow/airflow.cfg"].text)
        url = make_url(parser["database"]["sql_alchemy_conn"])
        assert (url.drivername, url.username, url.host, url.port, url.database) == (
            "postgresql+psycopg",
            "airflow",
            "postgres",
            5432,
            "airflow",
        )
        assert url.password == self.chosen.airflow_database
        assert parser["core"]["executor"] == "CeleryExecutor"
        assert parser["core"]["fernet_key"] == self.chosen.fernet_key

    def test_kibana_reads_its_environment(self) -> None:
        words = shlex.split(by_path(self.chosen)["kibana/kibana.env"].text)
        assert f"ELASTICSEARCH_PASSWORD={AWKWARD}" in words

    def test_the_ingesters_url_survives_an_awkward_password(self) -> None:
        url = make_url(by_path(self.chosen)["newsflow/newsflow_search_url"].text)
        assert (url.username, url.password, url.host, url.port) == ("newsflow", AWKWARD, "elasticsearch", 9200)

    @pytest.mark.parametrize(("folder", "needs"), ONLY.items(), ids=ONLY)
    def test_a_service_gets_what_it_needs_and_no_more(self, folder: str, needs: set[str]) -> None:
        chosen = choose(None, {})
        text = "".join(file.text for path, file in by_path(chosen).items() if path.startswith(f"{folder}/"))
        assert {name for name, value in msgspec.to_builtins(chosen).items() if value in text} == needs

    def test_nothing_is_shown(self) -> None:
        assert self.chosen.redis not in repr(list(by_path(self.chosen).values()))


class TestOnDisk:
    def test_a_second_run_changes_nothing(self, tmp_path: Path) -> None:
        hand_out(tmp_path, {}, executor="LocalExecutor", hosts=HOSTS)
        first = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*") if path.is_file()}
        hand_out(tmp_path, {}, executor="LocalExecutor", hosts=HOSTS)
        assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*") if path.is_file()} == first

    def test_others_can_read_nothing(self, tmp_path: Path) -> None:
        hand_out(tmp_path, {}, executor="LocalExecutor", hosts=HOSTS)
        for path in tmp_path.rglob("*"):
            assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
    def test_files_belong_to_the_users_of_the_services(self, tmp_path: Path) -> None:
        hand_out(tmp_path, {}, executor="LocalExecutor", hosts=HOSTS)
        owners = {path.parent.name: path.stat().st_uid for path in tmp_path.rglob("*") if path.is_file()}
        services = {"postgres": 999, "redis": 999, "elasticsearch": 1000, "kibana": 1000}
        assert owners == {"kept": 0} | services | dict.fromkeys(("airflow", "worker", "newsflow", "setup"), 50000)

    def test_another_executor_is_written_over_the_first(self, tmp_path: Path) -> None:
        hand_out(tmp_path, {}, executor="LocalExecutor", hosts=HOSTS)
        hand_out(tmp_path, {}, executor="CeleryExecutor", hosts=HOSTS)
        assert config((tmp_path / "airflow" / "airflow.cfg").read_text())["core"]["executor"] == "CeleryExecutor"

    def test_damage_is_one_sentence(self, tmp_path: Path) -> None:
        hand_out(tmp_path, {}, executor="LocalExecutor", hosts=HOSTS)
        kept = tmp_path / "kept" / "secrets.json"
        kept.chmod(0o600)
        kept.write_text("{")
        with pytest.raises(StorageError, match="is damaged"):
            hand_out(tmp_path, {}, executor="LocalExecutor", hosts=HOSTS)

    def test_none_there_is_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(StorageError, match="there are no secrets"):
            read_secrets(tmp_path)


def test_the_command_tells_no_secret_until_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_PASSWORD", "s3cret-word")
    made = CliRunner().invoke(app, ["deploy", "secrets", str(tmp_path)])
    assert made.exit_code == 0, made.output
    assert "s3cret-word" not in made.output

    shown = CliRunner().invoke(app, ["deploy", "passwords", str(tmp_path), "--json"])
    assert msgspec.json.decode(shown.output)["airflow"] == {"user": "admin", "password": "s3cret-word"}
