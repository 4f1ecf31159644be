"""The page of metrics, read back by a parser we did not write (`prometheus-client`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from daemon.engine.phases import Mode, Phase
from daemon.feeds.following import Heard
from daemon.feeds.metrics.exporter import METRICS, Exporter
from daemon.feeds.metrics.exposition import Family, Kind, page
from daemon.feeds.newest import Newest
from daemon.protocols.rules import HoldCause
from drivers.values import Signal, Validity
from simulators.campaign.engine.labels import PATIENT
from tests.terminal import beds

Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]

HEALTH = {
    "pid": 1,
    "durable_seq": 40,
    "feeds": {
        "mqtt": {"ok": True, "said_s": 1, "unconfirmed": 0},
        "hl7": {"ok": False, "said_s": 12, "unconfirmed": 2},
    },
    "devices": {
        "pump-1": {"misses": 3, "losses": 1, "connects": 2},
        "monitor-1": {"misses": 0, "losses": 0, "connects": 1},
    },
}
FULL = {
    **beds.seen(beds.HELD),
    "run": 12,
    "seq": 42,
    "gap": {"current_s": 180, "judged_s": 240, "action": "continue", "continue_left_s": None},
    "holds": {"operator": {"times": 2, "last_hour": 1}},
    "sources": {"monitor-1": {"silent": True, "excluded_s": None}},
}


class Told(Newest):
    """A word without a socket."""

    def __init__(self, heard: Heard | None) -> None:
        self.heard = heard
        self.losses = 4

    def age_ms(self) -> int:
        return 250


def text(status: dict[str, Any] | None = None, beat: int = 9) -> str:
    heard = Heard(beat, status, HEALTH) if status is not None else None
    return Exporter("s/u/b", Told(heard)).text()


def read(page_text: str) -> Samples:
    """Every sample by name and labels; the parser refuses what is no exposition."""
    found: Samples = {}
    for family in text_string_to_metric_families(page_text):
        assert family.documentation
        for name, labels, value, *_ in family.samples:
            one = found.setdefault(name, {})
            key = tuple(sorted(labels.items()))
            assert key not in one, (name, key)
            one[key] = value
    return found


def on(samples: Samples, name: str, label: str) -> set[str]:
    return {dict(key)[label] for key, value in samples[name].items() if value == 1}


def test_every_metric_is_told_of_a_bed_with_everything() -> None:
    samples = read(text(FULL))
    assert {metric.name for metric in METRICS} - set(samples) == {"infusiond_pump_approved_rate_ml_per_hour"}
    assert samples["infusiond_up"] == {(): 1}
    assert samples["infusiond_heard_age_seconds"] == {(): 0.25}
    assert on(samples, "infusiond_mode", "mode") == {"HELD"}
    assert on(samples, "infusiond_hold", "cause") == {"operator"}
    assert samples["infusiond_holds_total"][(("cause", "operator"),)] == 2
    assert samples["infusiond_step"] == {(): 9}
    assert samples["infusiond_gap_seconds"] == {(): 180}
    assert samples["infusiond_journal_undurable_records"] == {(): 2}
    assert samples["infusiond_supervising_beats_total"] == {(): 9}
    assert samples["infusiond_feed_ok"] == {(("feed", "mqtt"),): 1, (("feed", "hl7"),): 0}
    assert samples["infusiond_feed_unconfirmed_alarms"][(("feed", "hl7"),)] == 2
    assert samples["infusiond_device_misses_total"][(("device", "pump-1"),)] == 3
    assert samples["infusiond_device_connects_total"][(("device", "monitor-1"),)] == 1
    assert samples["infusiond_monitor_silent"] == {(("device", "monitor-1"),): 1}
    assert samples["infusiond_pump_reading_age_seconds"] == {(): 0}
    assert samples["infusiond_vital_age_seconds"][(("signal", "nibp_sys"),)] == 240
    (bed,) = samples["infusiond_bed_info"]
    assert dict(bed) == {"bed": "s/u/b", "simulated": "true", "bench": "false"}


def test_the_dose_is_told_with_both_bounds_and_its_unit() -> None:
    status = {
        **FULL,
        "dose": {**FULL["dose"], "low": Decimal("1.25"), "high": Decimal("1.375"), "unit": "mg"},
    }
    told = read(text(status))["infusiond_dose_given"]
    assert told == {
        (("bound", "low"), ("unit", "mg")): 1.25,
        (("bound", "high"), ("unit", "mg")): 1.375,
    }
    assert 'infusiond_dose_given{bound="low",unit="mg"} 1.25\n' in text(status)


def test_alarms_are_counted_by_priority_and_by_whether_somebody_came() -> None:
    state = replace(beds.REACTION)
    status = {**beds.seen(state), "run": 1, "seq": 42}
    samples = read(text(status))
    wanted = [one["priority"] for one in status["alarms"]]
    seen_low = [one["priority"] for one in status["alarms"] if one["acknowledged_by"]]
    for priority in ("HIGH", "MEDIUM", "LOW"):
        key = (("priority", priority),)
        assert samples["infusiond_alarms_active"][key] == wanted.count(priority)
        unseen = wanted.count(priority) - seen_low.count(priority)
        assert samples["infusiond_alarms_unacknowledged"][key] == unseen
    assert seen_low
    assert "HIGH" in wanted


@pytest.mark.parametrize("name", beds.EVERY)
def test_every_state_of_a_bed_is_a_page_of_few_series_with_known_labels(name: str) -> None:
    """No label takes a value from outside: what is told can never grow without end."""
    samples = read(text({**beds.seen(beds.EVERY[name]), "run": 1, "seq": 42}))
    known: dict[str, set[str]] = {
        "mode": set(Mode),
        "phase": set(Phase),
        "cause": set(HoldCause),
        "signal": set(Signal),
        "validity": set(Validity),
        "priority": {"HIGH", "MEDIUM", "LOW"},
        "bound": {"low", "high"},
        "device": {"pump-1", "monitor-1"},
        "feed": {"mqtt", "hl7"},
    }
    for series in samples.values():
        for key in series:
            for label, value in key:
                assert value in known.get(label, {value}), (label, value)
    assert sum(len(series) for series in samples.values()) < 250
    assert len(on(samples, "infusiond_mode", "mode")) == len(on(samples, "infusiond_phase", "phase")) == 1


@pytest.mark.parametrize("name", beds.EVERY)
def test_no_page_names_the_patient_or_a_vital_signs_value(name: str) -> None:
    status = {**beds.seen(beds.EVERY[name]), "run": 1, "seq": 42}
    told = text(status)
    assert PATIENT not in told
    assert status["protocol"]["title"] not in told
    assert status["protocol"]["drug"] not in told
    vitals = [line for line in told.splitlines() if line.startswith("infusiond_vital_")]
    assert vitals
    assert {re.split(r"[{ ]", line)[0] for line in vitals} == {
        "infusiond_vital_age_seconds",
        "infusiond_vital_validity",
    }
    assert not any(line.endswith((" 72", " 98.12", " 123.6")) for line in vitals)


def test_of_a_silent_daemon_nothing_is_left_but_that() -> None:
    assert read(text(None)) == {"infusiond_up": {(): 0}, "infusiond_daemon_losses_total": {(): 4}}


@pytest.mark.parametrize("gone", ["mode", "pump", "gap", "alarms", "simulated"])
def test_a_word_of_another_version_is_told_as_not_heard(gone: str) -> None:
    status = {key: value for key, value in FULL.items() if key != gone}
    assert read(text(status))["infusiond_up"] == {(): 0}
    assert read(text({**FULL, gone: 7} if gone not in ("mode", "simulated") else status))["infusiond_up"] == {
        (): 0
    }


def test_what_is_not_known_has_no_sample() -> None:
    never = {**FULL["pump"], "read_s": None, "motion": None, "rate_ml_h": None}
    status = {**FULL, "pump": never, "gap": {**FULL["gap"], "judged_s": None}, "run": None}
    samples = read(text(status))
    assert not {
        "infusiond_pump_reading_age_seconds",
        "infusiond_pump_motion",
        "infusiond_pump_rate_ml_per_hour",
        "infusiond_gap_judged_seconds",
        "infusiond_run",
    } & set(samples)


def test_names_follow_the_conventions() -> None:
    """Prometheus, metric and label naming: only counters end in _total; each name once."""
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    for metric in METRICS:
        assert re.fullmatch(r"infusiond_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") is (metric.kind is Kind.COUNTER)
        assert metric.help.endswith(".")


LABELS = st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), st.text(), max_size=4)
VALUES = st.one_of(
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)


def samples_of(family: Family) -> Iterator[tuple[dict[str, str], float]]:
    for labels, value in family.samples:
        yield dict(labels), float(value)


@given(st.lists(st.tuples(LABELS, VALUES), min_size=1, max_size=5), st.text())
def test_any_label_and_any_number_comes_back_as_it_went(samples: list[Any], help_text: str) -> None:
    """Text exposition format 0.0.4: backslash, line feed and quote are escaped, all else is UTF-8."""
    family = Family("x", Kind.GAUGE, help_text, tuple(samples))
    (found,) = text_string_to_metric_families(page([family]))
    assert [(dict(one.labels), one.value) for one in found.samples] == list(samples_of(family))


@pytest.mark.parametrize(
    ("label", "line"),
    [
        ('a"b', 'x{l="a\\"b"} 1\n'),
        ("a\\b", 'x{l="a\\\\b"} 1\n'),
        ("a\nb", 'x{l="a\\nb"} 1\n'),
        ("{é},", 'x{l="{é},"} 1\n'),
    ],
)
def test_the_bytes_are_those_of_the_format(label: str, line: str) -> None:
    told = page([Family("x", Kind.GAUGE, 'h\\"\n', (({"l": label}, True),))])
    assert told == '# HELP x h\\\\"\\n\n# TYPE x gauge\n' + line
