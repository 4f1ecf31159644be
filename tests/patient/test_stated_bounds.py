"""Every fault alone and pairs of faults: what flows beyond the order stays inside the stated bounds (F38)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.patient import campaign
from tests.patient.campaign import Case

EACH = 1
PAIRS = 24


@pytest.mark.parametrize("case", campaign.singles(EACH), ids=str)
def test_f38_one_fault_costs_no_more_than_its_bound(tmp_path: Path, case: Case) -> None:
    """F38: dose over the order, at every half second, and the report against the truth."""
    campaign.run(tmp_path, case)


@pytest.mark.parametrize("case", campaign.pairs(PAIRS), ids=str)
def test_f38_the_bounds_of_two_faults_add(tmp_path: Path, case: Case) -> None:
    """F38: simultaneous faults add; a seed that fails is played again with the same name."""
    campaign.run(tmp_path, case)
