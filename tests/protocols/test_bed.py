"""Bed files: what is refused, what comes out, and where paths lead."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import pytest

from daemon.bed import Bed, RemoteMode, bed_of, load_bed
from daemon.protocols.faults import Fault
from daemon.protocols.plan import Plan
from daemon.protocols.target import Asked
from daemon.protocols.toml_text import parse_toml
from drivers import registry
from drivers.values import Authority, EndAction, Signal
from tests.protocols.files import CONFIG, bed_plan, castells, changed

EXAMPLE = CONFIG / "bed.example.toml"


def bed_text(*changes: tuple[str, str]) -> str:
    return changed(EXAMPLE.read_text(), *changes)


def faults(text: str) -> list[Fault]:
    read = bed_of(parse_toml("bed.toml", text), Path("bed.toml"))
    assert isinstance(read, list), read
    return read


def only(text: str) -> Fault:
    found = faults(text)
    assert len(found) == 1, [str(fault) for fault in found]
    return found[0]


def test_the_example_is_good_and_runs_its_protocol() -> None:
    bed = load_bed(EXAMPLE)
    assert isinstance(bed, Bed)
    assert bed.pumps[0].authority is Authority.CONTROL
    assert bed.pumps[0].end_action is EndAction.STOP
    assert bed.pumps[0].remote_mode is RemoteMode.FERNSTEUER
    assert bed.monitors[0].signals == {Signal.HR, Signal.SPO2, Signal.NIBP_SYS}
    assert bed.protocol == CONFIG / "protocols" / "castells-12-step.toml"
    assert isinstance(bed_plan(bed), Plan)


def test_paths_start_at_the_bed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "beds").mkdir()
    (tmp_path / "castells.toml").write_text(castells())
    text = bed_text(
        ("protocols/castells-12-step.toml", "../castells.toml"), ("../run/bed-4.sock", "/run/x.sock")
    )
    (tmp_path / "beds" / "one.toml").write_text(text.replace("# target_dose = 600 ", "target_dose = 300.5 #"))
    monkeypatch.chdir(tmp_path)
    bed = load_bed(Path("beds/one.toml"))
    assert isinstance(bed, Bed)
    assert bed.protocol.samefile(tmp_path / "castells.toml")
    assert bed.journal.is_absolute()
    assert bed.socket == Path("/run/x.sock")
    assert bed.asked == Asked(Decimal("300.5"))
    made = bed_plan(bed)
    assert isinstance(made, Plan)
    assert made.total_dose == Decimal("300.5")


@pytest.mark.parametrize("action", ["kvo", "continue", "unknown"])
def test_control_needs_a_pump_that_stops_at_its_limit(action: str) -> None:
    """F24: KVO counts as drug; control is refused unless the end action is stop."""
    fault = only(bed_text(('end_action = "stop"', f'end_action = "{action}"')))
    assert (fault.key, fault.code) == ("pumps[0].end_action", "end_action")
    watched = bed_text(('end_action = "stop"', f'end_action = "{action}"'), ('"control"', '"monitor"'))
    assert isinstance(bed_of(parse_toml("bed.toml", watched), Path("bed.toml")), Bed)


def test_control_is_said_and_commissioned() -> None:
    """F24: neither end action nor watchdog action is assumed for control."""
    bare = bed_text(('end_action = "stop"', "# "), ('watchdog_action = "unknown"', "# "))
    assert [(fault.key, fault.code) for fault in faults(bare)] == [
        ("pumps[0].end_action", "missing"),
        ("pumps[0].watchdog_action", "missing"),
    ]
    quiet = bed_of(parse_toml("bed.toml", changed(bare, ('authority = "control"', "# "))), Path("bed.toml"))
    assert isinstance(quiet, Bed)
    assert quiet.pumps[0].authority is Authority.MONITOR


def test_read_only_pumps_are_never_controlled(monkeypatch: pytest.MonkeyPatch) -> None:
    model = registry.PUMPS["dianet-star"]
    mute = dataclasses.replace(model, capabilities=dataclasses.replace(model.capabilities, read_only=True))
    monkeypatch.setattr(registry, "PUMPS", MappingProxyType({"dianet-star": mute}))
    assert only(bed_text()).code == "pump_read_only"


def with_second_pump(*changes: tuple[str, str]) -> str:
    """A pump for bag-1 and bag-2, and another one for bag-3."""
    block = EXAMPLE.read_text().split("[[pumps]]")[1].split("[[monitors]]")[0]
    bags = 'solutions = ["bag-1", "bag-2", "bag-3"]'
    assert bags in block
    second = block.replace(bags, 'solutions = ["bag-3"]')
    for old, new in (("pump-1", "pump-2"), ("ttyUSB0", "ttyUSB9"), *changes):
        second = second.replace(old, new)
    return bed_text(
        (bags, 'solutions = ["bag-1", "bag-2"]'), ("[[monitors]]", f"[[pumps]]{second}\n[[monitors]]")
    )


def test_f23_every_solution_is_on_exactly_one_of_several_pumps() -> None:
    """F23, DESIGN 3.12: any number of pumps, and no solution twice."""
    bed = bed_of(parse_toml("bed.toml", with_second_pump()), Path("bed.toml"))
    assert isinstance(bed, Bed), bed
    assert [pump.solutions for pump in bed.pumps] == [("bag-1", "bag-2"), ("bag-3",)]
    carriers = bed.equipment.carriers
    assert carriers is not None
    assert {one: carrier.name for one, carrier in carriers.items()} == {
        "bag-1": "pump-1",
        "bag-2": "pump-1",
        "bag-3": "pump-2",
    }
    twice = only(with_second_pump(('["bag-3"]', '["bag-3", "bag-2"]')))
    assert (twice.key, twice.code) == ("pumps[1].solutions[1]", "solution_twice")


def test_every_fault_at_once() -> None:
    text = bed_text(
        ('site = "general"', 'site = "gen/eral"'),
        ('model = "dianet-star"', 'model = "dianet"'),
        ('link = "serial:/dev/ttyUSB1"', 'link = "/dev/ttyUSB1"'),
        ('"nibp_sys"]', '"nibp"]'),
        ('path = "../run/bed-4.journal"', 'paht = "x"'),
        ('bed = "bed-4"\n', "target_dose = 2,5\n"),
    )
    assert {(fault.key, fault.code) for fault in faults(text)} == {
        ("site", "string_pattern_mismatch"),
        ("bed", "missing"),
        ("target_dose", "decimal_comma_syntax"),
        ("pumps[0].model", "unknown_model"),
        ("monitors[0].link", "link"),
        ("monitors[0].signals[2]", "unknown_word"),
        ("journal.path", "missing"),
        ("journal.paht", "unknown_key"),
    }
    assert all(fault.remedy for fault in faults(text))


def test_devices_have_names_and_links_of_their_own() -> None:
    assert only(bed_text(("ttyUSB1", "ttyUSB0"))).key == "pumps[0].link"
    assert only(bed_text(('"monitor-1"', '"pump-1"'))).key == "pumps[0].name"


def test_signals_the_monitor_does_not_give(monkeypatch: pytest.MonkeyPatch) -> None:
    model = registry.MONITORS["s5-dri"]
    small = dataclasses.replace(model.capabilities, signals=frozenset({Signal.HR, Signal.SPO2}))
    monkeypatch.setattr(
        registry, "MONITORS", MappingProxyType({"s5-dri": dataclasses.replace(model, capabilities=small)})
    )
    fault = only(bed_text())
    assert (fault.key, fault.code) == ("monitors[0].signals[2]", "signal_not_on_monitor")


def test_the_protocol_is_checked_against_the_bed() -> None:
    """F31: signals the bed does not take have no source."""
    text = bed_text(('"spo2", "nibp_sys"]', '"pulse", "nibp_sys"]'), ('"bag-3"]', '"bag-9"]'))
    bed = bed_of(parse_toml("bed.toml", text), EXAMPLE)
    assert isinstance(bed, Bed)
    found = bed_plan(bed)
    assert isinstance(found, list)
    assert {fault.code for fault in found} == {"signal_without_source", "solution_without_pump"}


def watched(link: str) -> str:
    """The example with a pump of a rack at `link`, watched."""
    return bed_text(
        ('model = "dianet-star"', 'model = "bcc"'),
        ('authority = "control"', 'authority = "monitor"'),
        ('link = "serial:/dev/ttyUSB0"', f'link = "{link}"'),
    )


@pytest.mark.parametrize(
    "link", ["serial:/dev/ttyUSB0#2A@19200", "tcp:192.168.7.20:4001#11", "tcp:[fd00::2]:1"]
)
def test_a_pump_of_a_rack_is_named_by_its_slot(link: str) -> None:
    bed = bed_of(parse_toml("bed.toml", watched(link)), EXAMPLE)
    assert isinstance(bed, Bed)
    assert bed.pumps[0].link == link


@pytest.mark.parametrize("place", ["41", "1P", "11@4800", "11@", "pump"])
def test_a_slot_that_cannot_be_is_refused(place: str) -> None:
    fault = only(watched(f"serial:/dev/ttyUSB0#{place}"))
    assert (fault.code, fault.key) == ("link_place", "pumps[0].link")
    assert "expected" in fault.problem


def test_only_a_rack_has_slots_and_its_port_is_one_devices() -> None:
    fault = only(bed_text(('"serial:/dev/ttyUSB0"', '"serial:/dev/ttyUSB0#11"')))
    assert (fault.code, fault.problem) == ("link_place", "dianet-star is alone behind its port")
    assert only(bed_text(("ttyUSB1", "ttyUSB1#1"))).key == "monitors[0].link"
    found = faults(watched("serial:/dev/ttyUSB0#11").replace("ttyUSB1", "ttyUSB0#12"))
    assert "double" in {fault.code for fault in found}


def test_a_pump_that_can_only_be_watched_is_not_driven_f27() -> None:
    text = watched("serial:/dev/ttyUSB0#11").replace('authority = "monitor"', 'authority = "control"')
    assert "pump_read_only" in {fault.code for fault in faults(text)}
