"""The rules of a file that no pump drives, in sentences, as they stand on the sheet that is signed."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.exact_json import plain
from daemon.protocols.schema_by_hand import ByHandIn


def by_hand_in_words(file: ByHandIn) -> Iterator[tuple[str, str]]:
    """Pairs of a heading and a sentence."""
    ceilings, unit = file.ceilings, file.dose_unit
    yield "Assessment", f"by the nurse, every {plain(file.assessment.every_min)} min"
    yield "Late", f"a dose {plain(file.late_min)} min after its time or later: ask the prescriber first"
    words = [f"{plain(ceilings.max_total_dose)} {unit} in all"]
    words.append(f"{plain(ceilings.max_step_up_ratio)} times from dose to dose")
    if ceilings.max_dose_rate_h is not None:
        words.append(f"{plain(ceilings.max_dose_rate_h)} {unit}/h")
    if ceilings.first_step_max is not None:
        words.append(f"step 1 at most {plain(ceilings.first_step_max)} of the target")
    yield "Ceilings", "; ".join(words)
    yield "After the end", f"observed for {plain(file.after_watch.minutes)} min"
