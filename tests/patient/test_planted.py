"""The campaign finds bugs that were planted in a copy of the tree; the long target plants every one."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.campaign.engine.story import ENGINE
from simulators.campaign.stories import Profile
from simulators.campaign.story import WIRE
from tests.patient.planted import Bug, bugs, find, plant

QUICK = [
    bug for bug in bugs() if bug.name in ("a hold that raises no alarm", "anybody without a name goes on")
]


@pytest.mark.parametrize("bug", QUICK, ids=str)
def test_the_campaign_finds_a_planted_bug(tmp_path: Path, bug: Bug) -> None:
    """DESIGN 9: an invariant that never breaks proves nothing until it has broken."""
    (violation,) = find(bug, tmp_path)["violations"]
    assert violation["broken"] == bug.by
    assert violation["told"]


@pytest.mark.parametrize("bug", bugs(), ids=str)
def test_every_bug_can_still_be_planted(tmp_path: Path, bug: Bug) -> None:
    """The text that is changed stands in the tree, once, and the changed file is still Python."""
    plant(bug, tmp_path)
    for name, _, _ in bug.edits:
        compile((tmp_path / name).read_text(encoding="utf-8"), name, "exec")


@pytest.mark.parametrize("profile", [ENGINE, WIRE], ids=lambda profile: str(profile.name))
def test_every_invariant_has_a_bug_that_it_is_to_find(profile: Profile) -> None:
    """DESIGN 9: and a bug counts as found by no other."""
    assert {bug.by for bug in bugs() if bug.profile == profile.name} == set(profile.invariants)
