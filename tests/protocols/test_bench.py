"""Laboratory pumps stand on the bench only, and a pump without a serial number has one solution (F13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.bed import Bed, bed_of
from daemon.protocols.faults import Fault
from daemon.protocols.toml_text import parse_toml
from tests.protocols.files import CONFIG, changed

EXAMPLE = (CONFIG / "bed.example.toml").read_text()
NE = ('model = "dianet-star"', 'model = "ne-1000"')
BENCH = ('site = "general"', 'use = "bench"\nsite = "general"')
ONE = ('solutions = ["bag-1", "bag-2", "bag-3"]', 'solutions = ["bag-1"]')


def read(*changes: tuple[str, str]) -> Bed | list[Fault]:
    return bed_of(parse_toml("bed.toml", changed(EXAMPLE, *changes)), Path("bed.toml"))


@pytest.mark.parametrize("use", ["", 'use = "patient"\n', "use = 3\n"])
@pytest.mark.parametrize("authority", ["control", "monitor"])
def test_a_laboratory_pump_is_refused_at_a_patients_bed(use: str, authority: str) -> None:
    """Driven or only watched: by file, key and remedy."""
    watched = ('authority = "control"', f'authority = "{authority}"')
    found = read(NE, ONE, watched, ('site = "general"', f'{use}site = "general"'))
    assert isinstance(found, list)
    (fault,) = [one for one in found if one.code == "laboratory_only"]
    assert (fault.file, fault.key) == ("bed.toml", "use")
    assert "ne-1000" in fault.problem
    assert 'use = "bench"' in fault.remedy


def test_on_the_bench_it_stands() -> None:
    bed = read(NE, ONE, BENCH)
    assert isinstance(bed, Bed), bed
    assert bed.bench


def test_a_bed_is_for_patients_unless_it_says_bench() -> None:
    bed, bench = read(), read(BENCH)
    assert isinstance(bed, Bed)
    assert isinstance(bench, Bed)
    assert (bed.bench, bench.bench) == (False, True)


@pytest.mark.parametrize(
    ("change", "key", "code"),
    [
        (("[journal]", "[journal]"), "pumps[0].solutions", "one_solution"),
        (
            ('remote_mode = "fernsteuer"', 'remote_mode = "fernsteuer"\nserial = "1"'),
            "pumps[0].serial",
            "no_serial_number",
        ),
    ],
)
def test_f13_without_a_serial_number_one_solution_and_none_expected(
    change: tuple[str, str], key: str, code: str
) -> None:
    """F13: two plugs swapped are two pumps swapped, and nothing would tell."""
    found = read(NE, BENCH, change)
    assert isinstance(found, list)
    assert (key, code) in [(fault.key, fault.code) for fault in found]
    assert isinstance(read(change), Bed)
