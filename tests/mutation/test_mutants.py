"""The runner itself: it makes what it says, kills a bad mutant and spares one that changes nothing."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation import estimate
from tests.mutation.areas import AREAS, ROOT, files
from tests.mutation.campaign import Results
from tests.mutation.draw import drawn
from tests.mutation.estimate import Count
from tests.mutation.mutants import blocks, mutants, mutated
from tests.mutation.reasons import reasons
from tests.mutation.trying import BROKEN, KILLED, SURVIVED, TIMED_OUT, forked

SOURCE = '''
"""Documented."""
LEAST: int = 3

def full(given, goal, *, by_time=False):
    """Documented too."""
    if by_time and not given.low:
        raise ValueError("not 5 mL")
    rest = max(goal - given.low, LEAST)
    return f"{rest + 1} mL left" if rest > 0 else say("full", left=7)
'''
LAST = "return f'{rest + 1} mL left' if rest > 0 else say('full', left=7)"
EXPECTED = [
    ":constant:LEAST: int = 3>LEAST: int = 4",
    "full:constant:def full(given, goal, *, by_time=False):>def full(given, goal, *, by_time=True):",
    "full:boolean:by_time and (not given.low)>by_time or not given.low",
    "full:branch:by_time and (not given.low)>not by_time and (not given.low)",
    "full:boolean:not given.low>given.low",
    "full:attribute:if by_time and (not given.low):>if by_time and (not given.high):",
    "full:statement:raise ValueError('not 5 mL')>pass",
    "full:call:rest = max(goal - given.low, LEAST)>rest = min(goal - given.low, LEAST)",
    "full:arithmetic:goal - given.low>goal + given.low",
    "full:attribute:rest = max(goal - given.low, LEAST)>rest = max(goal - given.high, LEAST)",
    "full:comparison:rest > 0>rest >= 0",
    f"full:constant:{LAST}>{LAST.replace('> 0', '> 1')}",
]


def test_every_operator_is_changed_and_no_message() -> None:
    """What is documented, said to a person or raised keeps its words and numbers."""
    made = [
        f"{one.site.function}:{one.kind}:{one.before}>{one.after}"
        for one in mutants("x.py", ast.parse(SOURCE))
    ]
    assert made == EXPECTED


def test_a_mutant_differs_from_its_file_in_the_one_place_it_tells() -> None:
    plain = ast.unparse(ast.parse(SOURCE)).splitlines()
    for one in mutants("x.py", ast.parse(SOURCE)):
        changed = ast.unparse(mutated(one, ast.parse(SOURCE))).splitlines()
        assert sum(before != after for before, after in zip(plain, changed, strict=True)) == 1, str(one)


def test_blocks_are_named_by_their_function_and_not_by_lines() -> None:
    names = list(blocks(ast.parse(SOURCE)))
    assert names == ["full#0", "full#1"]
    assert list(blocks(ast.parse("\n\n" + SOURCE))) == names
    assert [one.site.block for one in mutants("x.py", ast.parse(SOURCE))][:3] == [None, None, "full#0"]


def test_every_area_has_files_and_no_mutant_stands_for_two() -> None:
    areas = files()
    assert set(areas.values()) == set(AREAS)
    keys = [one.key for name in areas for one in mutants(name)]
    assert len(keys) > 5000
    assert len(set(keys)) == len(keys)


def test_reasons_are_found_by_what_they_say() -> None:
    """Not by lines, which move; a reason whose mutant is gone is told by the report."""
    told = reasons()
    assert len(told) > 40
    assert len({(one.file, one.function, one.change) for one in told}) == len(told)
    precs = [one for one in told if one.file == FILE]
    assert precs
    for prec in precs:
        assert [one.before for one in mutants(FILE) if prec.fits(one)] == ["context.prec = 34"]


def test_a_child_that_never_ends_has_timed_out_by_its_own_cpu_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.mutation.trying.SPARE_S", 0)

    def spin(*_: object) -> None:
        while True:
            pass

    assert forked(spin).word == TIMED_OUT
    assert forked(lambda say, folder: say(KILLED, "test", 1)).test == "test"
    assert forked(lambda say, folder: os._exit(3)).word == BROKEN, "no verdict is no kill"


def test_every_file_weighs_as_many_mutants_as_it_has() -> None:
    """A file tried whole is exact; of 1000 a hundred drawn, of which 90 died, are the only doubt."""
    whole = estimate.area([Count(1000, 1000, 1000)])
    assert (whole.share, whole.bounds) == (1, (1, 1))
    drawn_ = estimate.area([Count(1000, 100, 90)])
    low, high = drawn_.bounds
    assert drawn_.share == 0.9
    assert (round(low, 3), round(high, 3)) == (0.841, 0.959), (
        "1.96 sqrt(0.1021 / 100 * 0.9), Cochran's (2.20)"
    )
    both = estimate.together([whole, drawn_])
    assert both.share == 0.95
    assert (round(both.bounds[0], 3), round(both.bounds[1], 3)) == (0.92, 0.98)


def test_a_file_without_a_verdict_may_be_all_or_nothing() -> None:
    half = estimate.area([Count(100, 100, 100), Count(100, 0, 0)])
    assert (half.share, half.bounds) == (1, (0.5, 1))
    assert estimate.area([Count(10, 0, 0)]).bounds == (0, 1)
    assert estimate.area([Count(1000, 10, 10)]).bounds[0] < 0.8, "ten without a survivor prove little"


def test_a_draw_takes_its_share_of_every_file_and_grows() -> None:
    made = [
        one for name in ("daemon/engine/opening.py", FILE, "daemon/engine/course.py") for one in mutants(name)
    ]
    few, more = drawn(made, 30, 1), drawn(made, 90, 1)
    assert {one.file for one in few} == {one.file for one in made}
    assert abs(len(more) - 90) <= 3
    assert set(few) < set(more)
    assert drawn(made, 30, 1) == few != drawn(made, 30, 2)


FILE = "daemon/protocols/margin.py"
TESTS = "tests/guard/test_guard_limits.py"
CASES = {
    "context.prec = 34": "lived",
    "3 * pump.reply_limit_s + 5": "killed",
    "half_minute = rate_ml_h * 30 / _SECONDS_PER_H": "killed",
    "_SECONDS_PER_H = 3600": "killed",
}
"""A digit more than the 34 of a decimal128 changes no volume a pump can be given; the last runs at import."""


def test_the_runner_kills_what_is_bad_and_spares_what_is_the_same(tmp_path: Path) -> None:
    """Whole, in processes of its own: map, warm and cold trials, a sham after each, the report."""
    chosen = [one for one in mutants(FILE) if one.kind in ("constant", "arithmetic") and one.before in CASES]
    assert {one.before for one in chosen} == set(CASES)
    call = [
        sys.executable,
        "-m",
        "tests.mutation",
        "--folder",
        str(tmp_path),
        "--shams",
        "1",
        "--tests",
        TESTS,
    ]
    call += [word for one in chosen for word in ("--key", one.key)]
    ran = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    found = Results.read(tmp_path / "results.jsonl")
    words = {one.before: found.held[one.key]["word"] for one in chosen}
    assert words == {"context.prec = 34": SURVIVED} | {
        before: KILLED for before in CASES if CASES[before] == "killed"
    }, ran.stdout + ran.stderr
    assert {one["word"] for one in found.shams.values()} == {SURVIVED}
    assert len(found.shams) == len(chosen)
    assert "equivalent: " in ran.stdout
    assert ran.returncode == 0
