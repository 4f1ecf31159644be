"""Every model of the registry is whole: decoded, probed, simulated, described, and held to its evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.maturity import evidence_of
from drivers.recordings import Tally
from drivers.registry import models
from drivers.shelf import probe_of, recording_of
from simulators.build import MODELS
from tests.devices.allowed import ALLOWED

DOCS = Path(__file__).parents[2] / "docs"
NAMED_ON = ("reference/recordings.md", "reference/shelf.md", "reference/simulators.md")


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("model", models())
def test_a_model_has_all_that_belongs_to_it(model: str) -> None:
    shelf = models()[model].shelf
    tally = recording_of(shelf).tally()
    assert isinstance(tally, Tally)
    assert sum(tally.accepted.values()) == 0
    assert probe_of(shelf).LONGEST_S > 0
    assert model in MODELS
    assert model in ALLOWED
    assert evidence_of(shelf)
    assert f"devices/{model}.md" in text("README.md")
    assert model in text(f"devices/{model}.md").partition("\n")[0]
    assert [page for page in NAMED_ON if f"`{model}`" not in text(page)] == []


def test_nothing_is_simulated_or_probed_that_no_registry_names() -> None:
    assert set(MODELS) == set(models()) == set(ALLOWED)
