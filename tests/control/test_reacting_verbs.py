"""The verbs about the patient: what is typed becomes the request the daemon takes (F22, F32, F33)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner

from daemon.cli import reacting
from daemon.cli.main import main
from daemon.control.requests import act_of
from daemon.engine import inputs as inp
from daemon.protocols.grading import SCALES
from daemon.protocols.rules import Grade
from drivers.values import Signal

NOW = ("--minutes-ago", "0")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Every request a verb makes."""
    found: list[tuple[str, dict[str, Any]]] = []

    def catch(_socket: object, verb: str, *, as_json: bool, **args: Any) -> None:
        found.append((verb, args))

    monkeypatch.setattr(reacting, "do", catch)
    monkeypatch.setattr(reacting, "do_stop", catch)
    return found


def typed(*words: str) -> tuple[int, str]:
    told = CliRunner().invoke(main, list(words))
    return told.exit_code, told.output


def act(asked: list[tuple[str, dict[str, Any]]]) -> inp.AnyAct:
    """The act the daemon makes of the one request, as it comes over the wire."""
    ((verb, args),) = asked
    return act_of(verb, {"act_id": "a", **json.loads(json.dumps(args))})


def test_f22_a_reaction_needs_no_name_and_no_grade(asked: list[tuple[str, dict[str, Any]]]) -> None:
    """F22: symptoms, epinephrine with one touch, how long ago; nothing of it is required."""
    words = ("--symptom", "wheeze", "--symptom", "nausea", "--epinephrine", "--minutes-ago", "4")
    assert typed("reaction", *words)[0] == 0
    given = act(asked)
    assert isinstance(given, inp.ReportReaction)
    assert given == inp.ReportReaction("a", "", None, "", ("wheeze", "nausea"), True, 4)
    asked.clear()
    assert typed("reaction")[0] == 0
    assert asked[0][0] == "reaction"


def test_f22_the_scales_are_printed_without_a_daemon() -> None:
    """F22: every symptom of every scale, in words and as JSON."""
    code, text = typed("reaction", "--list")
    assert code == 0
    for scale, symptoms in SCALES.items():
        assert scale in text
        assert all(symptom in text for symptom in symptoms)
    assert json.loads(typed("reaction", "--list", "--json")[1])["brown-2004"]["collapse"] == "severe"


def test_f33_correct_grade_asks_for_both_names_and_a_reason(asked: list[tuple[str, dict[str, Any]]]) -> None:
    """F33: prescriber, second person, lower grade, reason."""
    names = ("--by", "Dr. Grey", "--witness", "Ann")
    assert typed("correct-grade", "--grade", "mild", *names)[0] == 2
    assert typed("correct-grade", "--grade", "mild", "--reason", "slip", *names, "--seen", "7")[0] == 0
    assert act(asked) == inp.CorrectGrade("a", "Dr. Grey", Grade.MILD, "slip", "Ann", seen=7)


def test_f32_vital_signs_by_hand_are_read_exactly(asked: list[tuple[str, dict[str, Any]]]) -> None:
    """F32: decimals stay decimals; each signal once, with a name the daemon knows."""
    assert typed("vitals", "--set", "hr=80", "--set", "spo2=97.5", "--by", "Ann", *NOW)[0] == 0
    given = act(asked)
    assert isinstance(given, inp.ManualVitals)
    assert {signal: str(value) for signal, value in given.values.items()} == {
        Signal.HR: "80",
        Signal.SPO2: "97.5",
    }
    for wrong in ("hr", "pulses=80", "=80"):
        code, text = typed("vitals", "--set", wrong, "--by", "Ann", *NOW)
        assert code == 2
        assert "nibp_sys (mmHg)" in text
    assert typed("vitals", "--set", "hr=80", "--set", "hr=90", "--by", "Ann", *NOW)[0] == 2
    assert typed("vitals", "--set", "hr=80", *NOW)[0] == 2
    assert len(asked) == 1


def test_f32_a_value_by_hand_without_its_time_is_asked_for_it(
    asked: list[tuple[str, dict[str, Any]]],
) -> None:
    """F32: an undated value is never fresh: nothing is sent, and what to write is said; one time, not two."""
    words = ("vitals", "--set", "pef=350", "--by", "Ann")
    for times in ((), (*NOW, "--at", "10:30"), ("--at", "25:00")):
        code, text = typed(*words, *times)
        assert code == 2
        assert "--minutes-ago N (0 for just now)" in text
    assert asked == []
    assert typed(*words, "--minutes-ago", "12")[0] == 0
    assert act(asked) == inp.ManualVitals("a", "Ann", {Signal.PEF: Decimal(350)}, 12)


def test_f32_exclude_asks_for_reason_and_minutes(asked: list[tuple[str, dict[str, Any]]]) -> None:
    """F32: by name and reason, for a time."""
    assert typed("exclude", "monitor-2", "--by", "Ann", "--minutes", "20")[0] == 2
    words = ("--reason", "probe off", "--minutes", "20", "--seen", "3")
    assert typed("exclude", "monitor-2", "--by", "Ann", *words)[0] == 0
    assert act(asked) == inp.ExcludeSource("a", "Ann", "monitor-2", "probe off", 20, seen=3)
