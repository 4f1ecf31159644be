"""Seeds side by side in processes of their own: what is found is the same, and what breaks ends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulators.campaign import campaign
from simulators.campaign.engine.story import ENGINE
from simulators.campaign.report import Report
from simulators.campaign.stories import Ended, Profile, Story


def counted(report: Report) -> dict[str, object]:
    """All but times, which are the machine's."""
    told = report.as_json()
    return {
        name: told[name]
        for name in told
        if name not in {"cpu_s", "times_real_time"} and "cpu_hour" not in name
    }


def test_two_workers_find_what_one_finds() -> None:
    """(A) P13: seed by seed the same stories, whoever plays them; CPU time is that of all processes."""
    alone = campaign.campaign((0, 4), 2, profile=ENGINE)
    together = campaign.campaign((0, 4), 2, profile=ENGINE, workers=2)
    assert counted(together) == counted(alone)
    assert together.cpu_s > 0
    assert together.as_json()["times_real_time"] > 1


def broken_from(seed: int) -> Profile:
    """Every second story of these seeds and later breaks something."""

    def play(told: Story) -> Ended:
        number, _, run = told.seed.partition("/")
        ended = Ended(told, seconds=600)
        if int(number) >= seed and int(run) % 2 == 0:
            ended.broken, ended.text = "dose", "as if"
        return ended

    return replace(ENGINE, play=play)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("first", "stories", "broken"), [(True, 14, ["2/2"]), (False, 36, None)])
def test_the_first_that_breaks_ends_it(
    workers: int, first: bool, stories: int, broken: list[str] | None
) -> None:
    """Two whole seeds of six stories, and two stories of the third; without `first` all six seeds."""
    report = campaign.campaign((0, 6), 1, profile=broken_from(2), workers=workers, first=first)
    assert report.runs == stories
    found = [one["story"] for one in report.violations]
    assert found == (broken or [f"{seed}/{run}" for seed in range(2, 6) for run in (2, 4, 6)])
