"""Several simulated pumps on one patient: their lines meet at a Y-site."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from simulators.build import BagLabel, make_bed
from simulators.options import choose
from simulators.proof import ask

ROOT = Path(__file__).parents[2]
SIM = (sys.executable, "-m", "simulators.cli")
D = Decimal
BAGS = [BagLabel("A", D(1), D(50)), BagLabel("B", D(10), D(50))]


def test_f39_what_the_second_pump_pushes_brings_first_what_the_first_one_left() -> None:
    """F39: the part behind the Y-site still holds the solution before."""
    bed = make_bed(BAGS, choose({"y_site_ml": "0.5", "dead_ml": "1"}), 1, [("A",), ("B",)])
    for lane in (0, 1):
        pump = bed.lanes[lane].pump
        pump.set_rate(D(60))
        pump.set_limit(D(1))
        assert pump.start()
        bed.advance(D(80))
    left, reached = bed.left.volume_ml, bed.reached.volume_ml
    assert (left["A"], left["B"]) > (D(1), D(1)), "what a motor gives while it comes to rest"
    assert reached["A"] == left["A"]
    assert abs(left["B"] - reached["B"] - D("0.5")) < D("1e-20")
    assert bed.overlap_s == 0
    ((_, without_s),) = bed.pauses
    assert 15 <= without_s <= 25


def test_two_pumps_that_run_together_are_counted() -> None:
    bed = make_bed(BAGS, choose({}), 1, [("A",), ("B",)])
    for lane in bed.lanes:
        lane.pump.set_rate(D(60))
        lane.pump.set_limit(D(5))
        assert lane.pump.start()
    bed.advance(D(10))
    assert bed.overlap_s == 10
    assert bed.pumps_moving == 2


def test_a_bag_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="no bag C; there are: A, B"):
        make_bed(BAGS, choose({}), 1, [("A",), ("C",)])


def test_each_pump_has_a_port_a_serial_number_and_a_bag_of_its_own(tmp_path: Path) -> None:
    links = {name: f"pty:{tmp_path / name}" for name in ("pump-1", "pump-2", "monitor")}
    words = ["bed", "--pump-link", links["pump-1"], "--monitor-link", links["monitor"]]
    words += ["--and-pump", f"dianet-star={links['pump-2']}=B", "--bag", "A=1,50", "--bag", "B=10,50"]
    with subprocess.Popen([*SIM, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in links] == list(links.values())
        told = [ask(tmp_path / f"{name}.sim", {"do": "state"}) for name in ("pump-1", "pump-2")]
        process.terminate()
    assert [state["pump"]["hung"] for state in told] == ["A", "B"]


@pytest.mark.parametrize("more", ["dianet-star", "toaster=tcp:0=B", "dianet-star=tcp:0=", "s5-dri=tcp:0=B"])
def test_another_pump_is_named_with_link_and_bags(more: str) -> None:
    words = ["bed", "--pump-link", "tcp:0", "--monitor-link", "tcp:0", "--and-pump", more, "--bag", "A=1,50"]
    run = subprocess.run([*SIM, *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 2
    assert "expected MODEL=LINK=BAG" in run.stderr
