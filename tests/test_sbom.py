"""The list of all software: what the lock file holds, which of it runs, and what each is for."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from tests.sbom import OURS, depends_on, locked, needed, purposes, sbom

AT = datetime(2026, 1, 1, tzinfo=UTC)
MADE = json.loads(json.dumps(sbom(AT)))
BY_NAME = {one["name"]: one for one in MADE["components"]}


def test_every_package_of_the_lock_file_is_in_the_list_once() -> None:
    """(A) P10: with its version, a name nothing else has, and the hash of what is installed."""
    assert len(MADE["components"]) == len(BY_NAME)
    assert BY_NAME.keys() | {OURS} == locked().keys()
    for name, one in BY_NAME.items():
        assert one["version"] == locked()[name]["version"]
        assert one["purl"] == f"pkg:pypi/{name}@{one['version']}"
        assert one["hashes"]
        assert all(re.fullmatch("[0-9a-f]{64}", each["content"]) for each in one["hashes"])
    assert (MADE["bomFormat"], MADE["specVersion"]) == ("CycloneDX", "1.6")
    assert MADE["metadata"]["timestamp"] == "2026-01-01T00:00:00+00:00"


def test_what_runs_is_told_from_what_builds() -> None:
    """(A) P10: all that a direct dependency brings runs too."""
    running = {name for name, one in BY_NAME.items() if one["scope"] == "required"}
    assert {"aiomqtt", "paho-mqtt", "cffi", "pydantic-core"} <= running
    assert not {"pytest", "hypothesis", "ruff", "amqtt"} & running
    for name in running:
        assert set(depends_on(locked()[name])) <= running


def test_every_direct_dependency_says_what_it_is_for() -> None:
    """(A) P10."""
    direct = {one["name"] for one in locked()[OURS]["dependencies"]}
    assert direct <= purposes().keys()
    assert [name for name in direct if not BY_NAME[name].get("description")] == []
    assert all("](" not in one.get("description", "") for one in BY_NAME.values())


def test_every_dependency_is_followed_and_named() -> None:
    """(A) P10: no reference leads nowhere."""
    refs = {one["bom-ref"] for one in (*MADE["components"], MADE["metadata"]["component"])}
    assert {one["ref"] for one in MADE["dependencies"]} == refs
    assert {ref for one in MADE["dependencies"] for ref in one["dependsOn"]} <= refs
    assert needed({"a": {"dependencies": [{"name": "b"}]}, "b": {"dependencies": [{"name": "a"}]}}, "a") == {
        "a",
        "b",
    }
