"""What is printed, generated again: each number equals ours rounded half up to the printed digits."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest

from daemon.protocols.sheet import Row, Sheet
from tests.desk.generate.reading import generate, sheet_for

RITUXIMAB = (
    ("2", "15", "0.5", "0.015", "0.015"),
    ("5", "15", "1.25", "0.038", "0.05"),
    ("10", "15", "2.5", "0.08", "0.13"),
    ("20", "15", "5", "0.15", "0.28"),
    ("5", "15", "1.25", "0.38", "0.65"),
    ("10", "15", "2.5", "0.75", "1.40"),
    ("20", "15", "5", "1.50", "2.90"),
    ("40", "15", "10", "3.00", "5.90"),
    ("10", "15", "2.5", "6.69", "12.59"),
    ("20", "15", "5", "13.38", "25.98"),
    ("40", "15", "10", "26.76", "52.74"),
    ("80", "174.375", "232.5", "622.26", "675.00"),
)
# mL/h, min, mL, mg; the fill steps are printed with 0 mg
INFLIXIMAB = (
    ("88", "15", "22", None),
    ("100", "15", "25", "1"),
    ("200", "15", "50", "2"),
    ("400", "15", "100", "4"),
    ("88", "15", "22", None),
    ("100", "15", "25", "10"),
    ("200", "15", "50", "20"),
    ("400", "15", "100", "40"),
    ("88", "15", "22", None),
    # printed 212.5 mL and 425 mg: a slip of 1 mL, by the source's own rule (500 - 77) it is this
    ("125", "101.5", "211.5", "423"),
)
PENICILLIN_V = (
    ("0.1", "100", "100"),
    ("0.2", "200", "300"),
    ("0.4", "400", "700"),
    ("0.8", "800", "1500"),
    ("1.6", "1600", "3100"),
    ("3.2", "3200", "6300"),
    ("6.4", "6400", "12700"),
    ("1.2", "12000", "24700"),
    ("2.4", "24000", "48700"),
    ("4.8", "48000", "96700"),
    ("1.0", "80000", "176700"),
    ("2.0", "160000", "336700"),
    ("4.0", "320000", "656700"),
    ("8.0", "640000", "1296700"),
)


def printed(exact: Decimal | None, text: str | None) -> None:
    if text is None:
        return
    assert exact is not None
    assert exact.quantize(Decimal(text), ROUND_HALF_UP) == Decimal(text)


def row_of(row: Row) -> tuple[Decimal | None, ...]:
    return row.rate_ml_h, row.minutes, row.volume_ml, row.dose, row.cumulative


def check(sheet: Sheet, rows: tuple[tuple[str | None, ...], ...]) -> None:
    assert len(sheet.rows) == len(rows)
    for row, texts in zip(sheet.rows, rows, strict=True):
        for exact, text in zip(row_of(row), texts, strict=False):
            printed(exact, text)


def test_rituximab_675_mg() -> None:
    sheet = sheet_for(
        "brigham --drug rituximab --dose 675 --volume-ml 250 --weak-volume-ml 50 "
        "--first-rate-ml-h 2 --weak-amount-step 1.5,15",
    )
    check(sheet, RITUXIMAB)
    assert [str(bag.amount) for bag in sheet.bags] == ["1.5", "15", "669.0975"]
    assert [str(bag.concentration) for bag in sheet.bags] == ["0.03", "0.3", "2.67639"]
    printed(sheet.total_minutes, "339.38")


@pytest.mark.parametrize("rounded", ["1.5,15", "0.5,5", "1.5"])
def test_rituximab_bags_by_every_step_that_gives_the_printed_ones(rounded: str) -> None:
    words = "brigham --drug rituximab --dose 675 --volume-ml 250 --weak-volume-ml 50 --weak-amount-step"
    sheet = sheet_for(words, rounded)
    assert sheet.bag("bag-1").amount == Decimal("1.5")
    assert sheet.bag("bag-2").amount == Decimal("13.5" if rounded == "1.5" else "15")


def test_castells_600_mg_12_steps() -> None:
    sheet = sheet_for("brigham --drug carboplatin --dose 600 --volume-ml 250 --first-rate-ml-h 2.5")
    assert [str(bag.concentration) for bag in sheet.bags] == ["0.024", "0.24", "2.3811"]
    printed(sheet.bags[2].concentration, "2.38")
    printed(sheet.rows[7].cumulative, "4.73")
    printed(sheet.rows[11].dose, "553.61")
    printed(sheet.total_minutes, "339.38")
    assert sheet.rows[11].dose == Decimal("553.60575")


def test_castells_600_mg_8_steps() -> None:
    sheet = sheet_for("brigham --drug carboplatin --dose 600 --volume-ml 250 --bags 2")
    assert [str(row.rate_ml_h) for row in sheet.rows] == ["5", "10", "20", "40", "10", "20", "40", "80"]
    assert sheet.bags[1].amount == Decimal("595.5")
    assert sheet.bags[1].concentration == Decimal("2.382")
    assert sheet.rows[7].dose == Decimal("553.815")
    printed(sheet.total_minutes, "279.38")


def test_infliximab_500_mg_with_line_fill_steps() -> None:
    sheet = sheet_for("line-fill --drug infliximab --dose 500 --dead-volume-ml 22")
    check(sheet, INFLIXIMAB)
    assert [row.number for row in sheet.rows if row.line_fill] == [1, 5, 9]
    counted = [row.dose for row in sheet.rows if not row.line_fill]
    sums = [sum(counted[: number + 1]) for number in range(len(counted))]
    assert [str(one) for one in sums] == ["1", "3", "7", "17", "37", "77", "500"]
    assert sheet.total_minutes == Decimal("236.52")
    assert [str(bag.amount) for bag in sheet.bags] == ["10", "100", "500"]


def test_infliximab_the_patient_gets_what_the_fill_steps_push_out() -> None:
    """Plug flow: 0.88 and 8.8 mg on top, unless the last step ends at the target for the patient."""
    words = "line-fill --drug infliximab --dose 500 --dead-volume-ml 22"
    told = generate(words)
    assert "the patient, who gets 509.68 mg, 9.68 mg more than the target" in told.stderr.replace("\n", " ")
    as_printed = sheet_for(words)
    assert sum(row.exposure for row in as_printed.rows) == Decimal("509.68")
    for_patient = sheet_for(words, "--last-step", "patient")
    assert sum(row.exposure for row in for_patient.rows) == 500
    assert for_patient.rows[-1].volume_ml == Decimal("206.66")


def test_ceftazidime_4_g_tenfold() -> None:
    words = "bag-per-step --drug ceftazidime --dose 4000 --bags 7 --volume-ml 45 --step-minutes 20"
    sheet = sheet_for(words, "--last-bag", "uncorrected")
    assert [str(row.dose) for row in sheet.rows] == ["0.004", "0.04", "0.4", "4", "40", "400", "4000"]
    assert {row.rate_ml_h for row in sheet.rows} == {Decimal(135)}
    assert sheet.total_minutes == 140
    assert sheet.total_dose == Decimal("4444.444")
    corrected = sheet_for(words)
    assert corrected.total_dose == 4000
    assert corrected.rows[-1].dose == Decimal("3555.556")


def test_oxaliplatin_in_parts_of_the_target() -> None:
    sheet = sheet_for(
        "bag-per-step --drug oxaliplatin --unit fraction --volume-ml 250 "
        "--parts 1/10000,1/1000,1/100,1/10,rest --step-minutes 60,60,60,60,240",
    )
    assert [str(row.dose) for row in sheet.rows] == ["0.0001", "0.001", "0.01", "0.1", "0.8889"]
    assert sheet.total_minutes == 480
    assert sheet.total_dose == 1


def test_carboplatin_in_percent() -> None:
    sheet = sheet_for(
        "bag-per-step --drug carboplatin --dose 500 --percents 1,2.5,96.5 --volume-ml 250 --step-minutes 60",
    )
    assert [str(row.dose) for row in sheet.rows] == ["5", "12.5", "482.5"]
    assert sheet.total_dose == 500


def test_carboplatin_in_three_bags_of_1_2_and_a_half_96_and_a_half_percent() -> None:
    """Twelve steps, the last at 75 mL/h; the weak bags are not emptied, so the rest of them is missing."""
    words = "brigham --drug carboplatin --dose 600 --volume-ml 250 --percents 1,2.5,96.5"
    sheet = sheet_for(words + ' --rates "2,5,10,20;5,10,20,40;10,20,40,75"')
    assert [str(bag.amount) for bag in sheet.bags] == ["6", "15", "579"]
    assert sheet.rows[11].rate_ml_h == 75
    assert sheet.total_dose == Decimal("580.347")


def test_rituximab_by_body_surface() -> None:
    words = "brigham --drug rituximab --dose-per-m2 375 --volume-ml 250 --first-rate-ml-h 2"
    sheet = sheet_for(f"{words} --surface-m2 1.8")
    assert sheet.target_dose == sheet.total_dose == 675
    most = sheet_for(f"{words} --surface-m2 2.4 --target-max 800")
    assert most.target_dose == 800
    text = generate(f"{words} --surface-m2 2.4 --target-max 800").stdout
    assert "dose_per_m2 = 375\nsurface_m2 = 2.4\ntarget_max = 800 # 800 mg for this patient\n" in text
    assert "target_dose" not in text
    kilo = sheet_for("one-solution --drug x --dose-per-kg 8 --weight-kg 70.5")
    assert kilo.total_dose == 564


def test_one_solution() -> None:
    sheet = sheet_for("one-solution --drug any --unit fraction")
    assert [str(row.rate_ml_h) for row in sheet.rows] == ["5", "10", "25", "50", "75", "100"]
    assert [str(row.cumulative) for row in sheet.rows] == ["0.0025", "0.0075", "0.02", "0.045", "0.0825", "1"]
    assert sheet.total_minutes == Decimal("350.25")
    assert sheet.rows[0].dose == Decimal(1) / 400


def test_one_solution_up_to_250_ml_an_hour() -> None:
    rates = "5,10,25,50,75,100,150,200,250"
    sheet = sheet_for("one-solution --drug any --dose 150 --rates", rates)
    assert [str(row.rate_ml_h) for row in sheet.rows] == rates.split(",")
    assert sheet.total_dose == 150


def test_one_solution_in_another_volume_keeps_its_dose_per_hour() -> None:
    sheet = sheet_for("one-solution --drug any --dose 100 --volume-ml 250")
    assert [str(row.rate_ml_h) for row in sheet.rows] == ["2.5", "5", "12.5", "25", "37.5", "50"]
    printed_ones = sheet_for("one-solution --drug any --dose 100")
    assert [row.dose_rate_h for row in sheet.rows] == [row.dose_rate_h for row in printed_ones.rows]
    assert sheet.total_minutes == printed_ones.total_minutes


def test_a_bag_whose_rate_is_rounded_down_is_given_whole_and_takes_longer() -> None:
    words = "bag-per-step --drug x --dose 100 --bags 3 --volume-ml 50 --step-minutes 35 --rate-step 0.1"
    sheet = sheet_for(words)
    assert {str(row.rate_ml_h) for row in sheet.rows} == {"85.7"}
    assert {row.volume_ml for row in sheet.rows} == {Decimal(50)}
    assert all(row.minutes is not None and 35 < row.minutes < Decimal("35.01") for row in sheet.rows)
    assert sheet.total_dose == 100
    assert generate(words).stderr.count("85.71429 mL/h asked, rounded down to 85.7 mL/h") == 3


def test_a_ramp_the_pump_cannot_follow_is_lowered() -> None:
    words = (
        "ramp --drug x --unit units --volume-ml 3 --concentrations 10 --rates-h 0.05,0.18 --rate-step 0.004"
    )
    sheet = sheet_for(words)
    assert [str(row.rate_ml_h) for row in sheet.rows] == ["0.004", "0.016"]
    assert [str(row.dose) for row in sheet.rows] == ["0.04", "0.16"]
    assert sheet.target_dose == sheet.total_dose == Decimal("0.2")
    assert "rate_ml_h = 0.004" in generate(words).stdout


def test_an_id_says_how_the_doses_are_given() -> None:
    assert sheet_for(
        "oral --drug 'Insulin glargine' --doses 1,2 --route sc --interval-min 9"
    ).protocol_id == ("insulin-glargine-sc-2-steps")


def test_aspirin() -> None:
    doses = "0.1,0.3,1,3,10,20,40,81,162,325"
    sheet = sheet_for("oral --drug aspirin --interval-min 15 --doses", doses)
    assert [str(row.dose) for row in sheet.rows] == doses.split(",")
    assert (sheet.total_dose, sheet.route) == (Decimal("642.4"), "oral")
    six = sheet_for("oral --drug aspirin --interval-min 66 --doses 1,5,10,20,40,100")
    assert six.total_dose == 176
    assert six.rows[-1].elapsed_min == 330


def test_glargine_on_two_days() -> None:
    sheet = sheet_for(
        "oral --drug glargine --unit units --route sc --interval-min 30 --day-steps 5,4 "
        "--first-dose 0.0001 --ratio 10,10,10,10,2,2,2,2.5",
    )
    doses = ["0.0001", "0.001", "0.01", "0.1", "1", "2", "4", "8", "20"]
    assert [str(row.dose) for row in sheet.rows] == doses
    assert [row.day for row in sheet.rows] == [1] * 5 + [2] * 4
    assert sheet.rows[-1].cumulative == Decimal("35.1111")


def test_penicillin_v() -> None:
    sheet = sheet_for(
        "oral --drug penicillin-V --unit units --interval-min 15 --concentrations 1000,10000,80000 "
        "--solution-steps 7,3,4 --first-dose 100 --ratio 2,2,2,2,2,2,1.875,2,2,5/3,2,2,2",
    )
    for row, texts in zip(sheet.rows, PENICILLIN_V, strict=True):
        for exact, text in zip((row.volume_ml, row.dose, row.cumulative), texts, strict=True):
            assert exact == Decimal(text)
    assert sheet.rows[-1].elapsed_min == 195


def test_ampicillin_boluses() -> None:
    doses = "0.0005,0.005,0.04,0.08,0.15,0.3,0.6,1,2,4,8,15,30,60,100,200,400,800"
    sheet = sheet_for(
        "oral --drug ampicillin --route iv_bolus --interval-min 15 "
        f"--doses {doses} --concentrations 0.0005,0.005,0.1,1,100 --solution-steps 1,1,2,7,7",
    )
    assert sheet.total_dose == Decimal("1621.1755")
    assert sum(row.volume_ml or 0 for row in sheet.rows) == Decimal("35.3")


def test_amiodarone_bags_strong_and_weak() -> None:
    sheet = sheet_for(
        "oral --drug amiodarone --route iv_bolus --interval-min 30 "
        "--doses 0.01,0.03,0.05,0.1,0.3,1,3,5,10,30,100 --concentrations 0.01,1 "
        "--solution-steps 5,6",
    )
    assert sheet.total_dose == Decimal("149.49")
    assert [str(row.volume_ml) for row in sheet.rows] == [
        "1",
        "3",
        "5",
        "10",
        "30",
        "1",
        "3",
        "5",
        "10",
        "30",
        "100",
    ]


def test_insulin_from_u10_to_u100() -> None:
    sheet = sheet_for(
        "ramp --drug insulin --unit units --volume-ml 3 --concentrations 10,100 "
        "--solution-steps 4,3 --first-rate-h 0.01 --final-rate-h 0.64",
    )
    assert [str(row.dose_rate_h) for row in sheet.rows] == [
        "0.01",
        "0.02",
        "0.04",
        "0.08",
        "0.16",
        "0.32",
        "0.64",
    ]
    assert [str(row.rate_ml_h) for row in sheet.rows[3:5]] == ["0.008", "0.0016"]
    assert sheet.total_dose == Decimal("1.27")
