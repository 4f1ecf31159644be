"""The shipped programs with a pulse oximeter on a terminal of its own, in place of the monitor's SpO2."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.proof import ask
from tests.system.bed import READY_S, Bed

OXIMETER = """[[monitors]]
name = "finger"
model = "{model}"
link = "serial:{link}"
signals = ["spo2", "pulse"]

[journal]"""


def start_simulator(bed: Bed, model: str) -> None:
    """Pump, S/5 and oximeter on one patient, each on its own terminal."""
    words = ["bed", "--pump-link", f"pty:{bed.pump}", "--monitor-link", f"pty:{bed.folder / 'monitor'}"]
    words += ["--also", f"{model}=pty:{bed.folder / 'finger'}", "--speed", str(bed.speed), "--seed", "1"]
    words += ["--bag", "A=1,94", "--option", "flow_error=0"]
    bed.simulator = bed._start("simulator", "infusiond-sim", *words)
    bed.until(lambda: bed.folder.joinpath("finger.sim").exists(), "the simulator listens")


@pytest.mark.parametrize("model", ["nellcor-n560", "masimo-ascii1"])
def test_f31_the_drug_flows_on_the_oximeters_spo2_and_the_gate_shuts_without_it(
    model: str, tmp_path: Path
) -> None:
    """F31, (A) R8: bed file, daemon, simulator and terminals as shipped; the probe falls off, and is put
    on again."""
    with Bed(tmp_path) as bed:
        text = bed.file.read_text(encoding="utf-8").replace('["hr", "spo2"]', '["hr"]')
        block = OXIMETER.format(model=model, link=bed.folder / "finger")
        bed.file.write_text(text.replace("[journal]", block), encoding="utf-8")
        start_simulator(bed, model)
        bed.start_daemon()
        bed.match()
        bed.until(lambda: bed.act("confirm_vitals")["ok"], "both have spoken")
        bed.begin()
        finger = bed.folder / "finger.sim"
        assert ask(finger, {"do": "fault", "name": "spo2_off", "on": True}) == {"ok": True}
        bed.until_status(lambda s: "spo2:inactive" in s["gate"], "the gate shuts", within_s=READY_S)
        assert ask(finger, {"do": "fault", "name": "spo2_off", "on": False}) == {"ok": True}
        bed.until_status(lambda s: not s["gate"], "the gate opens", within_s=READY_S)
        assert bed.flows()
