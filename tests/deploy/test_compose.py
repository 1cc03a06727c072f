"""The stack needs no editing, opens no port to others, fits 8 GB, and shows no service another's secrets."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ingest.deploy.secrets import GIVEN, Hosts, choose, files
from tests.deploy.compose import ROOT, compose

MIB = 1024 * 1024
GIB = 1024 * MIB
ONE_SHOT = {"secrets", "setup", "dashboards", "celery", "cli"}
OURS = {"secrets", "setup", "dashboards", "celery", "cli", "api-server", "scheduler", "dag-processor", "triggerer", "worker"}
ALL = ("celery", "cli")
Json = dict[str, Any]


def services(*profiles: str) -> dict[str, Json]:
    found: dict[str, Json] = compose(*profiles)["services"]
    return found


def size(text: str) -> int:
    return int(text[:-1]) * {"m": MIB, "g": GIB}[text[-1]]


@pytest.fixture(scope="module")
def every() -> dict[str, Json]:
    return services(*ALL)


def test_what_starts_without_a_profile() -> None:
    assert set(services()) == {
        "secrets", "setup", "dashboards", "postgres", "elasticsearch", "kibana", "api-server", "scheduler", "dag-processor", "triggerer"
    }  # fmt: skip


def test_the_profile_celery_adds_redis_and_workers() -> None:
    assert set(services("celery")) - set(services()) == {"celery", "redis", "worker"}


def test_ports_are_open_to_this_machine_only(every: dict[str, Json]) -> None:
    ports = {name: [str(port) for port in service.get("ports", [])] for name, service in every.items() if service.get("ports")}
    assert set(ports) == {"elasticsearch", "kibana", "api-server"}
    for opened in ports.values():
        assert all(port.startswith("127.0.0.1:") for port in opened)


def test_memory_fits_eight_gigabytes() -> None:
    at_once = [size(str(service["mem_limit"])) for name, service in services().items() if name not in {"secrets", "setup"}]
    assert sum(at_once) <= 7.5 * GIB


def test_every_service_has_a_limit_of_memory_and_of_logs(every: dict[str, Json]) -> None:
    for name, service in every.items():
        assert size(str(service["mem_limit"])), name
        assert service["logging"]["options"]["max-size"], name


def test_what_runs_on_is_looked_after(every: dict[str, Json]) -> None:
    for name, service in every.items():
        if name in ONE_SHOT:
            assert "restart" not in service, name
        else:
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"], name


def test_ours_have_no_privileges(every: dict[str, Json]) -> None:
    for name in OURS:
        assert every[name]["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in every[name]["security_opt"], name
        rooted = every[name].get("user") == "0:0"
        assert rooted == (name in {"secrets", "celery"}), name
        if rooted:
            assert every[name]["network_mode"] == "none"
            assert set(every[name]["cap_add"]) == {"CHOWN", "DAC_OVERRIDE", "FOWNER"}


def test_each_service_mounts_its_own_secrets_only(every: dict[str, Json]) -> None:
    mounted = {
        name: {volume.split(":")[0].removeprefix("secrets-") for volume in service.get("volumes", []) if str(volume).startswith("secrets-")}
        for name, service in every.items()
    }
    everything = {file.folder for file in files(choose(None, {}), executor="LocalExecutor", hosts=Hosts())} | {"kept"}
    assert mounted.pop("secrets") == mounted.pop("celery") == everything
    assert mounted == {
        "postgres": {"postgres"}, "elasticsearch": {"elasticsearch"}, "kibana": {"kibana"}, "redis": {"redis"},
        "setup": {"setup", "airflow"}, "dashboards": {"setup"}, "cli": {"newsflow"}, "worker": {"worker"},
        "api-server": {"airflow"}, "scheduler": {"airflow"}, "dag-processor": {"airflow"}, "triggerer": {"airflow"},
    }  # fmt: skip


def test_no_secret_stands_in_an_environment(every: dict[str, Json]) -> None:
    for name, service in every.items():
        if name in {"secrets", "celery"}:
            continue  # they are told what an operator chose
        for variable in service.get("environment", {}):
            assert not re.search(r"PASSWORD(?!S?_FILE)|SECRET(?!S_DIR)|API_KEY|FERNET|_CONN\b|_CONN_", variable), f"{name}: {variable}"


def test_a_chosen_password_reaches_the_service_that_hands_them_out() -> None:
    chosen = {name: f"chosen-{name}" for name in GIVEN}
    environment = compose(environment=chosen)["services"]["secrets"]["environment"]
    assert {name: environment[name] for name in GIVEN} == chosen


def test_security_is_on_and_the_licence_is_basic(every: dict[str, Json]) -> None:
    environment = every["elasticsearch"]["environment"]
    assert environment["xpack.security.enabled"] == "true"
    assert environment["xpack.license.self_generated.type"] == "basic"


def test_kibana_and_elasticsearch_are_of_one_version(every: dict[str, Json]) -> None:
    assert every["kibana"]["image"].partition(":")[2] == every["elasticsearch"]["image"].partition(":")[2]


def test_volumes_are_named(every: dict[str, Json]) -> None:
    declared = set(compose(*ALL)["volumes"])
    used = {str(volume).split(":")[0] for service in every.values() for volume in service.get("volumes", [])}
    assert used == declared


def test_the_image_runs_as_the_user_that_the_secrets_belong_to() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "useradd --uid 50000 --gid 50000" in dockerfile
    assert [line for line in dockerfile.splitlines() if line.startswith("USER ")] == ["USER newsflow"]
    assert dockerfile.count("--require-hashes") == 3
