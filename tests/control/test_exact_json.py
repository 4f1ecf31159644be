"""JSON from outside: numbers exactly, and nothing that cannot be a figure of a bed (P11)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon import exact_json
from daemon.control.requests import BadRequest, act_of


def test_numbers_are_read_exactly() -> None:
    """(A) D15."""
    read = exact_json.loads('{"a": 0.1, "b": -3, "c": 1e-12, "d": [2.50]}')
    assert read == {"a": Decimal("0.1"), "b": -3, "c": Decimal("1E-12"), "d": [Decimal("2.50")]}
    assert not any(isinstance(one, float) for one in (read["a"], read["c"], read["d"][0]))


@pytest.mark.parametrize(
    "text",
    ["NaN", "[Infinity]", "-Infinity", "1e999999999", "1e-999999999", "1e99999999999999999999", "9" * 101,
     "0." + "1" * 500, "[" * 3000, "[" * 3000 + "]" * 3000, "", "\x00", '{"a": }'],
)  # fmt: skip
def test_what_is_no_figure_of_a_bed_is_no_json(text: str) -> None:
    """(A) P11: written out in full some of these are a gigabyte."""
    with pytest.raises(ValueError, match=r".+"):
        exact_json.loads(text)


@pytest.mark.parametrize("number", ["1e1000000", "1e-1000000", "NaN", "Infinity", "0." + "1" * 500])
def test_a_volume_nobody_can_mean_is_refused_before_the_engine(number: str) -> None:
    """(A) P11: it ended the supervising loop, in a STOP and a restart, over one slip of a finger."""
    given = {"act_id": "1", "by": "Ann", "to": "patient", "volume_ml": number, "seen": 1}
    with pytest.raises(BadRequest, match="use a number"):
        act_of("flush", given)
