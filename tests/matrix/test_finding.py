"""What counts as naming a rule, in the program and in a test."""

from __future__ import annotations

from pathlib import Path

from tests.matrix.carried import carried, places
from tests.matrix.ids import asked_in
from tests.matrix.named import read_tests

RULE = "F" + "7"
OTHER = "F" + "12"

PROGRAM = f'''
"""The module answers {RULE}."""
LIMIT_S = 5
"""As short as ({RULE})."""
OTHER_S = 6  # not {OTHER}, {RULE}, but no PDF99 and no 0xF8
{RULE} = 1

class Pump:
    """Of {RULE}."""
    KEY = 1
    """For {OTHER}."""

    def stop(self):
        raise Refused("never ({OTHER})")

def run(): return "F{RULE}x", f"{{LIMIT_S}} {RULE}"
'''


def test_docstrings_comments_and_texts_count_and_names_of_variables_do_not() -> None:
    assert places(PROGRAM) == {
        (7, ""),
        (7, "LIMIT_S"),
        (7, "OTHER_S"),
        (12, "OTHER_S"),
        (7, "Pump"),
        (12, "Pump.KEY"),
        (12, "Pump.stop"),
        (7, "run"),
    }


TESTS = f'''
"""The module tests {RULE}."""

def test_f7_f12_a_pump_stops(): ...

def test_a_start_is_read_back_f9():
    """DESIGN 3.4, 3.8: and {OTHER}."""

def test_of_f77x_nothing():
    "no docstring of ours"
    text = "{RULE}"

def helper_f7_x(): ...

class TestMore:
    def test_f03_hold(self): ...
'''


def test_the_name_and_the_docstring_of_a_test_count_and_nothing_else() -> None:
    found = list(read_tests(TESTS, "tests/test_x.py"))
    assert {test.node: test.rules for test in found} == {
        "tests/test_x.py::test_f7_f12_a_pump_stops": {7, 12},
        "tests/test_x.py::test_a_start_is_read_back_f9": {9, 12},
        "tests/test_x.py::test_of_f77x_nothing": set(),
        "tests/test_x.py::TestMore::test_f03_hold": {3},
    }
    assert [test.invariants for test in found] == [set(), {"3.4", "3.8"}, set(), set()]
    assert [test.words for test in found] == [
        "a pump stops",
        "a start is read back",
        "of f77x nothing",
        "hold",
    ]


def test_an_id_of_table_a_counts_behind_its_mark_alone() -> None:
    """A4 is a sheet of paper, R40 a structure of HL7."""
    said = "(" + "A)"
    assert asked_in(f"F31, {said} R6, R7: and P1") == {"R6", "R7"}
    assert asked_in(f"what is old (({said} A5, A11), {said} D13, F19)") == {"A5", "A11", "D13"}
    assert asked_in("A4, R40, (P5), (A5)") == set()
    [test] = read_tests(f'def test_a9_x():\n    """{said} A9: x."""\n', "tests/test_x.py")
    assert test.asked == {"A9"}
    assert test.words == "x"


def test_the_program_is_searched_where_it_stands() -> None:
    """The search finds files that exist, of all three packages."""
    files = {place.file for found in carried().values() for place in found}
    assert {file.split("/")[0] for file in files} == {"daemon", "drivers", "simulators"}
    assert [file for file in files if not Path(__file__).parents[2].joinpath(file).exists()] == []
