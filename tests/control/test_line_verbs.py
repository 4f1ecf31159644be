"""The verbs at the drug line: what they take, and what is no volume (F3, F4)."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from daemon.cli import line
from daemon.cli.main import main


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What would go to the daemon."""
    found: list[tuple[str, dict[str, Any]]] = []

    def do(_socket: object, verb: str, *, as_json: bool, **args: Any) -> None:
        found.append((verb, args))

    monkeypatch.setattr(line, "do", do)
    return found


def test_f3_a_flush_says_where_it_went_and_how_much(asked: list[tuple[str, dict[str, Any]]]) -> None:
    words = ["flush", "--to", "patient", "--volume-ml", "10", "--by", "Ann", "--seen", "7"]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert CliRunner().invoke(main, ["flush", "--to", "nobody", "--by", "Ann"]).exit_code == 0
    assert asked == [
        ("flush", {"by": "Ann", "to": "patient", "volume_ml": "10", "seen": 7}),
        ("flush", {"by": "Ann", "to": "nobody", "volume_ml": "0", "seen": None}),
    ]


def test_f4_the_line_is_connected_replaced_or_cleared(asked: list[tuple[str, dict[str, Any]]]) -> None:
    words = ["confirm", "line", "--handling", "cleared", "--cleared-ml", "12.5", "--by", "Ann"]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert CliRunner().invoke(main, ["confirm", "line", "--by", "Ann"]).exit_code == 0
    assert [args["handling"] for _, args in asked] == ["cleared", "connected"]
    assert [args["cleared_ml"] for _, args in asked] == ["12.5", "0"]


@pytest.mark.parametrize("volume", ["ten", "-1", "NaN", "Infinity", "1,5", ""])
def test_f3_what_is_no_volume_goes_nowhere(volume: str, asked: list[tuple[str, dict[str, Any]]]) -> None:
    told = CliRunner().invoke(main, ["flush", "--to", "patient", "--volume-ml", volume, "--by", "Ann"])
    assert told.exit_code == 2
    assert "--volume-ml" in told.output
    assert asked == []
