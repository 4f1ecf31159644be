"""An hour of a soak: memory and files stay bounded, files are begun, nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

from daemon.journal.keeping import Keeping
from simulators.campaign.story import STRIKES
from tests.soak.__main__ import judged
from tests.soak.bed import ORDINARY, Days, Soak


def test_p3_run_after_run_nothing_grows(tmp_path: Path) -> None:
    """P3: the chain holds over all files, and the feeds were given every record once."""
    days = Soak(tmp_path, 1.0, 0.2, lambda _: None, Keeping(file_mb=1, keep_days=1)).live()
    assert judged(days, grown_mb=8, disk_mb=16) == []
    assert days.mirrored == days.records
    assert days.happened["run"] >= 2
    assert days.happened["given to the end"] >= 2


def test_every_ordinary_trouble_is_one_of_the_campaign() -> None:
    """A name that is drawn on the third day must not end the week."""
    assert set(ORDINARY) <= STRIKES.keys()


def test_a_growing_memory_is_told(tmp_path: Path) -> None:
    """What never fails proves nothing."""
    days = Soak(tmp_path, 0.1, 0.05, lambda _: None, Keeping(file_mb=64, keep_days=1)).live()
    days.rss_mb = [60, 61, 64, 80]
    assert judged(days) == ["memory grew by 19.0 MiB", "no file was begun"]


def test_a_week_that_stands_still_proves_nothing() -> None:
    """A bed at which nothing can be begun any more is no week of runs."""
    days = Days(rss_mb=[60, 60], disk_bytes=[1], files=[2], happened={"run": 5, "not begun": 586})
    assert judged(days) == ["586 runs could not be begun beside 5 that were"]
