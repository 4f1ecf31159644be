"""The report as text, from the report of a real run's journal and from hand-made ones."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon import exact_json
from daemon.control.report import report
from daemon.engine.phases import Phase
from daemon.journal.store import Store
from daemon.journal.walk import Fault, verified
from daemon.terminal.report import report_text
from simulators.campaign.nurse import Nurse
from simulators.campaign.world import World
from tests.terminal import beds

JOURNAL = {"records": 12, "ok": True, "fault": None}

FILE: dict[str, Any] = {"file_sha256": "cd" * 32, "signers": ["Ann Lee", "Bo Berg"]}


def run(**changes: Any) -> dict[str, Any]:
    span = {"low": Decimal("0.1234567"), "high": Decimal("0.1234999")}
    made = {
        "bed": "ward/bed-4",
        "simulated": True,
        "bench": False,
        "phase": "held",
        "protocol": {"id": "p-1", "title": "Plan", "drug": "drug", "sha256": "ab" * 32, **FILE, "steps": 12},
        "started_by": ["Ann", "Bob"],
        "started_utc": "2026-01-01T12:00:00.000+00:00",
        "ended_utc": "2026-01-01T12:30:00.000+00:00",
        "dose": {**span, "unit": "mg", "target": Decimal(600)},
        "exposure": {"low": Decimal("0.1"), "high": Decimal("0.1111")},
        "worse": "pump",
        "linked": {"low": Decimal(0), "high": Decimal(0)},
        "line": {"dead_volume_ml": Decimal(10), "dose": {"low": Decimal(23), "high": Decimal(24)}},
        "solutions": [
            {
                "id": "bag-1",
                "planned_ml": Decimal("9.375"),
                "planned_dose": Decimal("0.225"),
                "given_ml": span,
                "given_dose": span,
                "left_ml": Decimal("240.25"),
            }
        ],
        "steps": [{"at_s": 905, "step": 1, "stretch": False, "given_ml": span, "proven_s": 900}],
        "holds": [
            {
                "at_s": 3_725,
                "utc": "2026-01-01T13:02:05+00:00",
                "cause": "reaction",
                "grade": "mild",
                "reason": "nibp_sys 81, limit below 90 (= 90)",
                "by": "",
            }
        ],
        "resumes": [
            {
                "at_s": 4_000,
                "utc": "2026-01-01T13:06:40+00:00",
                "choice": "back=1",
                "stretch_ml_h": None,
                "step": 1,
                "gap_s": None,
                "gap_action": "back=1",
                "by": "Ann",
                "witness": "Bob",
                "reason": "patient is well",
            }
        ],
        "reactions": [
            {
                "at_s": 3_724,
                "utc": "2026-01-01T13:02:04+00:00",
                "grade": "severe",
                "was": "mild",
                "scale": "brown-2004",
                "symptoms": ["urticaria"],
                "epinephrine": True,
                "minutes_ago": 2,
                "step": 9,
                "text": "adrenaline 0.5 mg im",
                "by": "Ann",
                "witness": None,
            },
            {
                "at_s": 3_990,
                "utc": "2026-01-01T13:06:30+00:00",
                "grade": "mild",
                "was": "moderate",
                "scale": "brown-2004",
                "symptoms": [],
                "epinephrine": False,
                "minutes_ago": 0,
                "step": None,
                "text": "mis-tapped",
                "by": "Dr. Grey",
                "witness": "Bob",
            },
        ],
        "holds_per_hour": {"monitor_lost": {"times": 4, "per_hour": Decimal("2.7")}},
        "by_hand": [
            {
                "at_s": 4_100,
                "utc": "2026-01-01T13:08:20+00:00",
                "values": {"hr": Decimal(80), "nibp_sys": Decimal(118)},
                "minutes_ago": 7,
                "by": "Ann",
            }
        ],
        "excluded": [
            {
                "at_s": 4_200,
                "utc": "2026-01-01T13:10:00+00:00",
                "source": "monitor-2",
                "until_s": 6_000,
                "reason": "probe off",
                "by": "Ann",
            }
        ],
        "gaps": [{"from_s": 3_700, "seconds": 360}],
        "alarms": [{"at_s": 3_725, "alarm": "held_reaction", "detail": "nibp_sys 81"}],
        "acts": [
            {
                "at_s": -60,
                "utc": "2026-01-01T11:59:00+00:00",
                "act": "ConfirmSolution",
                "by": "Ann",
                "accepted": False,
                "answer": "not yet",
            }
        ],
    }
    return {**made, **changes}


def text(**changes: Any) -> str:
    return report_text({"journal": JOURNAL, "run": run(**changes)})


def test_doses_to_the_microgram_and_rounded_outwards() -> None:
    """F11."""
    row = next(row for row in text().splitlines() if "bag-1" in row)
    assert row.split() == ["bag-1", "0.225", "0.123\N{EN DASH}0.124", "9.375", "0.123\N{EN DASH}0.124"]
    grams = text(dose={**run()["dose"], "unit": "g"})
    assert "0.123456\N{EN DASH}0.123500" in grams


def test_f30_f39_what_reached_the_patient_and_what_line_and_bags_kept() -> None:
    """F30, F39: beside the pump's account, with what was not given; F11: earlier runs, if any."""
    told = " ".join(text().split())
    assert "Reached the patient: 0.100\N{EN DASH}0.112 mg." in told
    assert "The line kept 10 mL with 23.000\N{EN DASH}24.000 mg: not given." in told
    assert "Left in the bags for certain, mL, not given: bag-1 240.250." in told
    assert "Earlier runs" not in told
    again = " ".join(text(linked={"low": Decimal(5), "high": Decimal(6)}).split())
    assert "Earlier runs that count into the total: 5.000\N{EN DASH}6.000 mg." in again


def test_everything_that_happened_is_told() -> None:
    told = " ".join(text().split())
    for part in (
        "Started 2026-01-01 12:00:00 UTC by Ann, witnessed by Bob",
        "0:15:05 step 1 of 12 ended",
        "1:02:05 reaction (mild): blood pressure (systolic) 81, limit: 90 or below",
        "back=1 at step 1 by Ann and Bob: patient is well; drug off unknown, gap rule: go back 1 step",
        "1:01:40 6 min without drug",
        "HIGH held_reaction: blood pressure (systolic) 81",
        "-0:01:00 confirm solution by Ann: REFUSED: not yet",
        "verified: 12 records, chain unbroken",
        "REPORT ward/bed-4 SIMULATED",
    ):
        assert part in told, part


def test_a_run_that_is_not_over_has_no_end() -> None:
    assert "NOT ENDED" in text()
    assert "Ended     2026-01-01 12:30:00 UTC" in text(phase="completed")


def test_a_broken_journal_is_told_first() -> None:
    told = report_text({"journal": {"records": 3, "ok": False, "fault": "record 4: hash"}, "run": run()})
    assert told.index("BROKEN: record 4: hash") < told.index("Doses")
    assert "chain unbroken" not in told


def test_simulated_is_marked_at_both_ends_a_real_run_nowhere() -> None:
    """F36."""
    assert text().splitlines()[-1] == "SIMULATED: no patient was treated."
    assert "SIMULATED" not in text(simulated=False)
    assert "no run in this journal" in report_text({"journal": JOURNAL, "run": None})


@pytest.fixture(name="told")
def _told(tmp_path: Path) -> dict[str, Any]:
    """The report of a run that was held in step 1 and resumed, on virtual time."""

    async def story(world: World) -> None:
        nurse = Nurse(world)
        await nurse.start()
        await world.until(lambda s: s.phase is Phase.INFUSING and s.account.proven_ms > 300_000, minutes=20)

    world = World(beds.plan(), tmp_path / "j.db")
    world.run(story)
    store = Store(tmp_path / "j.db", read_only=True)
    store.open()
    records, fault = verified(store.read())
    store.close()
    made = json.loads(exact_json.dumps(report(records, fault)), parse_float=Decimal)
    assert isinstance(made, dict)
    broken = json.loads(exact_json.dumps(report(records, Fault(9, "hash"))), parse_float=Decimal)
    assert "BROKEN: record 9: hash" in report_text(broken)
    return made


def test_the_report_of_a_real_journal(told: dict[str, Any]) -> None:
    shown = report_text(told)
    assert max(map(len, shown.splitlines())) <= 80
    assert "Ann, witnessed by Bob" in shown
    assert "confirm solution by Ann" in shown
    low, high = told["run"]["solutions"][0]["given_dose"].values()
    row = next(row for row in shown.splitlines() if row.startswith("  bag-1"))
    shown_low, _, shown_high = row.split()[2].partition("\N{EN DASH}")
    assert Decimal(shown_low) <= low <= high <= Decimal(shown_high)


def test_f22_f33_every_reaction_and_both_versions_of_a_grade_are_told() -> None:
    """F22, F33: what was tapped, what held, who lowered it; the scale with its version."""
    told = " ".join(text().split())
    assert (
        "severe (brown-2004), tapped as mild in step 9, began 2 min before by Ann: urticaria, epinephrine"
        in told
    )
    assert "grade corrected from moderate to mild (brown-2004) by Dr. Grey and Bob: mis-tapped" in told


def test_f31_f32_holds_per_hour_values_by_hand_and_monitors_left_out_are_told() -> None:
    """F31, F32."""
    told = " ".join(text().split())
    assert "4x vital sign missing: 2.7 in an hour" in told
    assert "heart rate 80, blood pressure (systolic) 118, measured 7 min before, by Ann" in told
    assert "1:10:00 monitor-2 until 1:40:00, by Ann: probe off" in told


def test_a_bench_says_so() -> None:
    assert "REPORT  ward/bed-4  SIMULATED  BENCH, NOT FOR PATIENTS" in text(bench=True)
    assert "BENCH" not in text()
