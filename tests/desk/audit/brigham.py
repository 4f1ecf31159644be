"""The twelve-step table in three bags, every number exact; and the same with one cell changed."""

from __future__ import annotations

COLUMNS = ("step", "solution", "concentration", "rate_ml_h", "minutes", "volume_ml", "dose", "cumulative")
BRIGHAM = """\
# target_dose: 600
# dose_unit: mg
# bag_volume_ml: 250
step,solution,concentration,rate_ml_h,minutes,volume_ml,dose,cumulative
1,1,0.024,2.5,15,0.625,0.015,0.015
2,1,0.024,5,15,1.25,0.03,0.045
3,1,0.024,10,15,2.5,0.06,0.105
4,1,0.024,20,15,5,0.12,0.225
5,2,0.24,5,15,1.25,0.3,0.525
6,2,0.24,10,15,2.5,0.6,1.125
7,2,0.24,20,15,5,1.2,2.325
8,2,0.24,40,15,10,2.4,4.725
9,3,2.3811,10,15,2.5,5.95275,10.67775
10,3,2.3811,20,15,5,11.9055,22.58325
11,3,2.3811,40,15,10,23.811,46.39425
12,3,2.3811,80,174.375,232.5,553.60575,600
"""


def with_cell(row: int, column: str, text: str, table: str = BRIGHAM) -> str:
    """The table with another text in one cell."""
    lines = table.splitlines()
    heading = next(place for place, line in enumerate(lines) if line.startswith("step,"))
    cells = lines[heading + row].split(",")
    assert cells[COLUMNS.index(column)] != text
    cells[COLUMNS.index(column)] = text
    lines[heading + row] = ",".join(cells)
    return "\n".join(lines) + "\n"


def with_head(*lines: str) -> str:
    """The table with more head lines."""
    return "".join(f"# {line}\n" for line in lines) + BRIGHAM


def with_column(column: str, texts: list[str], table: str = BRIGHAM) -> str:
    """The table with another column."""
    for row, text in enumerate(texts, 1):
        if f",{text}," not in f",{table.splitlines()[3 + row]},":
            table = with_cell(row, column, text, table)
    return table
