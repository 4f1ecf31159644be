"""Orders that no file can carry out: option, value and remedy, exit code 2, no traceback, nothing written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.desk.generate.reading import generate

BRIGHAM = "brigham --drug x --dose 600 --volume-ml 250"
GEOMETRIC = "geometric --drug x --dose 600 --volume-ml 250"
ORAL = "oral --drug x --interval-min 15"
RAMP = "ramp --drug x --unit units --volume-ml 3 --concentrations 10,100"
PER_STEP = "bag-per-step --drug x --dose 600 --volume-ml 50 --step-minutes 15"
FILL = "line-fill --drug x --dose 500"

# words, the option that is named, a word of the problem, a word of the remedy
WRONG = (
    ("brigham --drug x --volume-ml 250", "--dose", "needs a target", "--dose 600"),
    ("brigham --drug x --dose 0 --volume-ml 250", "--dose", "zero", "above 0"),
    ("brigham --drug x --dose -5 --volume-ml 250", "--dose", "negative", "above 0"),
    ("brigham --drug x --dose NaN --volume-ml 250", "--dose", "not a number", "2.5"),
    ("brigham --drug x --dose inf --volume-ml 250", "--dose", "not a number", "2.5"),
    ("brigham --drug x --dose 1e400 --volume-ml 250", "--dose", "size", "exponent"),
    ("brigham --drug x --dose 1e99999 --volume-ml 250", "--dose", "not a number", "2.5"),
    ("brigham --drug x --dose 1/0 --volume-ml 250", "--dose", "divided by zero", "1/50"),
    ("brigham --drug x --dose 6,5 --volume-ml 250", "--dose", "decimal comma", "6.5"),
    ("brigham --drug x --dose 1/3 --volume-ml 250", "--dose", "exactly", "decimal"),
    ("brigham --drug x --dose 0.1234567890123456789 --volume-ml 250", "--dose", "size", "digits"),
    ("brigham --drug x --dose 600 --volume-ml 0", "--volume-ml", "zero", "above 0"),
    ("brigham --drug x --dose 600 --volume-ml 1/3", "--volume-ml", "exactly", "2.5"),
    (f"{BRIGHAM} --unit fraction", "--dose", "not named", "leave --dose out"),
    (f"{BRIGHAM} --unit stone", "--unit", "stone", "mg"),
    (f"{BRIGHAM} --bags 0", "--bags", "0", "1<=x<=13"),
    (f"{BRIGHAM} --bags 14", "--bags", "14", "1<=x<=13"),
    (f"{BRIGHAM} --first-rate-ml-h 5", "--first-rate-ml-h", "second step is 5", "less than 5"),
    (f"{BRIGHAM} --first-rate-ml-h 7", "--first-rate-ml-h", "second step is 5", "less than 5"),
    (f"{BRIGHAM} --rate-step 3", "--rate-step", "rounds down to 0", "finer step"),
    (f"{BRIGHAM} --rates 2,5,10,20;5,5,20;10,20", "--rates", "followed by 5", "rise"),
    (f"{BRIGHAM} --rates 2,5 --bags 3", "--bags", "says it already", "leave one"),
    (f"{BRIGHAM} --weak-amount-step 1,2,3", "--weak-amount-step", "2 weak bags and 3", "one for all"),
    (f"{BRIGHAM} --weak-amount-step 100", "--weak-amount-step", "rounds to nothing", "finer step"),
    ("brigham --drug x --dose 600 --volume-ml 17.5", "--volume-ml", "8.75 are left", "larger volume"),
    ("brigham --drug x --dose 600 --volume-ml 17.5 --bags 1", "--volume-ml", "nothing is left", "larger"),
    (f"{BRIGHAM} --weak-volume-ml 15", "--weak-volume-ml", "too small for step 8", "larger volume"),
    (f"{BRIGHAM} --step-minutes 999999", "--volume-ml", "too small", "shorter steps"),
    (
        "brigham --drug x --dose 600 --volume-ml 250 --weak-volume-ml 250 --weak-amount-step 9000",
        "--weak-amount-step",
        "rounds to nothing",
        "finer",
    ),
    (
        "brigham --drug x --dose 600 --volume-ml 20 --weak-amount-step 1199,1199 --weak-volume-ml 20",
        "--weak-amount-step",
        "rounds to nothing",
        "finer",
    ),
    (
        "brigham --drug x --dose 600 --volume-ml 20 --weak-volume-ml 400 --rates 400,800;10",
        "--volume-ml",
        "already give 900 mg",
        "weaker",
    ),
    (f"{BRIGHAM} --percents 1,99", "--percents", "3 bags and 2", "one for each bag"),
    (f"{BRIGHAM} --percents 1,2,200", "--percents", "2 times the target", "the whole of it"),
    (f"{PER_STEP} --parts 1/10,3", "--parts", "3 times the target", "the whole of it"),
    (f"{BRIGHAM} --dose-per-kg 5 --weight-kg 70", "--dose-per-kg", "said twice", "one of --dose"),
    ("brigham --drug x --dose-per-kg 5 --volume-ml 250", "--weight-kg", "missing", "go together"),
    ("brigham --drug x --surface-m2 1.8 --volume-ml 250", "--dose-per-m2", "missing", "go together"),
    (f"{BRIGHAM} --target-max 5", "--target-max", "bounds a dose by size", "--dose-per-kg"),
    (
        "brigham --drug x --dose-per-kg 1/3 --weight-kg 3 --volume-ml 250",
        "--dose-per-kg",
        "exactly",
        "decimal",
    ),
    (f"{BRIGHAM} --id A_b", "--id", "A_b", "small letters"),
    (f"{BRIGHAM} --title ''", "--title", "one line", "printable"),
    ("brigham --drug ____ --dose 6 --volume-ml 250", "--drug", "blank", "words"),
    (FILL, "--dead-volume-ml", "Missing option", ""),
    (f"{FILL} --dead-volume-ml 80", "--volume-ml", "too small", "larger volume"),
    (f"{FILL} --dead-volume-ml 22 --dilutions 1/5,1/50,1", "--dilutions", "do not rise", "1/50,1/5,1"),
    (f"{FILL} --dead-volume-ml 22 --dilutions 1/50,1/5,2", "--dilutions", "do not rise", "1/50,1/5,1"),
    (f"{FILL} --dead-volume-ml 22 --rates 400,200", "--rates", "followed by 200", "rise"),
    (f"{FILL} --dead-volume-ml 22 --fill-minutes 17", "--rate-step", "exactly", "--rate-step 0.1"),
    (f"{FILL} --dead-volume-ml 22 --rate-step 500", "--rate-step", "rounds down to 0", "finer"),
    (
        f"{FILL} --dead-volume-ml 1 --dilutions 1/2,4/5,1 --rates 400,500",
        "--rates",
        "already give",
        "weaker",
    ),
    (f"{GEOMETRIC} --ratio 1", "--ratio", "do not rise", "above 1"),
    (f"{GEOMETRIC} --ratio 1.0001", "--rate-step", "exactly", "--rate-step"),
    (f"{GEOMETRIC} --ratio 1.0001 --rate-step 0.01", "--ratio", "500 steps", "larger ratio"),
    (f"{GEOMETRIC} --first-fraction 1", "--first-fraction", "whole target", "1/1000"),
    (
        f"{GEOMETRIC} --first-fraction 1e-9 --rate-step 0.1",
        "--rate-step",
        "rounds down to 0",
        "larger volume",
    ),
    (f"{GEOMETRIC} --dilutions 1/10,1/2", "--dilutions", "do not rise", "1/100,1/10,1"),
    (f"{GEOMETRIC} --steps 20", "--steps", "already reaches", "at most 10"),
    (f"{GEOMETRIC} --max-rate-ml-h 20 --steps 9", "--steps", "more than --max-rate-ml-h", "at most 6"),
    (f"{GEOMETRIC} --steps 501", "--steps", "501", "2<=x<=500"),
    ("one-solution --drug x --dose 1 --rates 5,4", "--rates", "followed by 4", "rise"),
    ("one-solution --drug x --dose 1 --volume-ml 25 --rates 100,200", "--volume-ml", "nothing is left", ""),
    ("one-solution --drug x --dose 1 --rates " + ",".join(map(str, range(1, 502))), "--rates", "501", "500"),
    (PER_STEP, "--bags", "exactly one", "--parts"),
    (f"{PER_STEP} --bags 501", "--bags", "501", "500"),
    (f"{PER_STEP} --bags 30", "--amount-step", "exactly", "prepared"),
    (f"{PER_STEP} --bags 500 --ratio 1e12", "--amount-step", "exactly", "prepared"),
    (f"{PER_STEP} --bags 3 --ratio 1/2", "--ratio", "do not rise", "above 1"),
    (f"{PER_STEP} --bags 3 --ratio 3", "--amount-step", "exactly", "prepared"),
    (f"{PER_STEP} --bags 3 --ratio 3 --amount-step 0.5", "", "", ""),
    (f"{PER_STEP} --parts rest,1/2", "--parts", "only the last", "at the end"),
    (f"{PER_STEP} --parts 1/2,1/2,rest", "--volume-ml", "already give", "weaker"),
    (f"{PER_STEP} --parts 1/10,x", "--parts", "not a number", "1/50"),
    (
        f"{PER_STEP} --percents 1,99 --step-minutes 15,15,15",
        "--step-minutes",
        "2 bags and 3",
        "one for each bag",
    ),
    (f"{PER_STEP} --bags 2 --step-minutes 7", "--rate-step", "exactly", "--rate-step 0.1"),
    (ORAL, "--first-dose", "neither", "one of the two"),
    (f"{ORAL} --first-dose 1", "--steps", "where the doses end", "--dose"),
    (f"{ORAL} --doses 1,2 --first-dose 1", "--doses", "not both", "--first-dose"),
    (f"{ORAL} --doses 1,2,4 --dose 8", "--dose", "add up to 7", "leave --dose out"),
    (f"{ORAL} --doses 1,1/3", "--dose-step", "exactly", "--dose-step 0.5"),
    (f"{ORAL} --first-dose 1 --ratio 1e12 --steps 500", "--dose-step", "exactly", "--dose-step 0.5"),
    (f"{ORAL} --doses 1,2 --day-steps 1,2", "--day-steps", "3 doses, there are 2", "each day"),
    (f"{ORAL} --doses 1,2 --day-steps 1,0", "--day-steps", "1,0", "whole numbers"),
    (f"{ORAL} --doses 1,2 --concentrations 1,2", "--solution-steps", "2 doses", "drawn from each"),
    ("oral --drug x --interval-min 1,2,3 --doses 1,2", "--interval-min", "1 intervals", "one for all"),
    (f"{ORAL} --first-dose 1 --ratio 2,3 --steps 5", "--ratio", "4 ratios", "one for all"),
    (
        f"{ORAL} --first-dose 1/10 --ratio 2 --steps 3 --dose-step 1",
        "--dose-step",
        "rounds down to 0",
        "finer",
    ),
    (f"{ORAL} --first-dose 10 --dose 5 --steps 1", "", "", ""),
    (f"{ORAL} --first-dose 1 --ratio 1 --dose 600", "--first-dose", "500", "larger"),
    (RAMP, "--rates-h", "--first-rate-h", "--final-rate-h"),
    (f"{RAMP} --rates-h 1,2 --first-rate-h 1", "--rates-h", "--first-rate-h", ""),
    (f"{RAMP} --rates-h 2,1 --solution-steps 1,1", "--rates-h", "followed by 1", "rise"),
    (f"{RAMP} --rates-h 1,2", "--solution-steps", "2 strengths", "come from each"),
    (f"{RAMP} --first-rate-h 1 --final-rate-h 2 --ratio 1", "--ratio", "do not rise", "above 1"),
    (f"{RAMP} --first-rate-h 1 --final-rate-h 100 --ratio 1.000001", "--ratio", "500 steps", "larger"),
    (f"{RAMP} --first-rate-h 3 --final-rate-h 2", "--final-rate-h", "first rate is 3", "higher"),
    (f"{RAMP} --rates-h 20,40 --solution-steps 1,1 --step-minutes 600", "--volume-ml", "too small", "larger"),
    (
        "ramp --drug x --unit units --volume-ml 3 --concentrations 100,10 --rates-h 1,2 --solution-steps 1,1",
        "--concentrations",
        "do not rise",
        "10,100",
    ),
)


@pytest.mark.parametrize(("words", "option", "problem", "remedy"), WRONG, ids=[words for words, *_ in WRONG])
def test_it_is_told_what_is_wrong_and_what_would_be_right(
    words: str, option: str, problem: str, remedy: str, tmp_path: Path
) -> None:
    out = tmp_path / "new.toml"
    result = generate(words, "--out", str(out))
    if not option:
        assert result.exit_code == 0, result.output
        return
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    told = " ".join(result.stderr.split())
    assert "Error: " in told
    for word in (option, problem, remedy):
        assert word in told
    assert "Traceback" not in result.output
    assert not out.exists()
    assert result.stdout == ""


def test_a_file_that_exists_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "new.toml"
    out.write_text("mine")
    result = generate(BRIGHAM, "--out", str(out))
    assert result.exit_code == 2
    assert "nothing is written over" in " ".join(result.stderr.split())
    assert out.read_text() == "mine"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    result = generate(BRIGHAM, "--out", str(tmp_path / "none" / "new.toml"))
    assert result.exit_code == 2
    assert "--out" in result.stderr


def test_nothing_stays_of_a_file_that_cannot_be_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "new.toml"

    def full(*_: object, **__: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("daemon.cli.generate.os.fdopen", full)
    result = generate(BRIGHAM, "--out", str(out))
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    assert not out.exists()


def test_standard_output_that_cannot_be_written_is_told() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        words = [sys.executable, "-c", "from daemon.cli.main import main; main()", "generate"]
        run = subprocess.run(
            [*words, *BRIGHAM.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert run.returncode == 2
    assert "No space left" in run.stderr
    assert "Traceback" not in run.stderr


def test_what_was_asked_and_what_it_became_is_told_beside_the_file(tmp_path: Path) -> None:
    out = tmp_path / "new.toml"
    result = generate(f"{BRIGHAM} --final-rate-ml-h 75 --rate-step 0.1", "--out", str(out))
    assert result.exit_code == 0
    assert "step 1: 1.875 mL/h asked, rounded down to 1.8 mL/h" in result.stderr
    assert "# - step 1: 1.875 mL/h asked, rounded down to 1.8 mL/h" in out.read_text()
    assert result.stdout == ""
