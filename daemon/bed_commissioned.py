"""What a bed file says was measured of its pump; required for control (F14, F26)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from daemon.bed_schema import PumpIn
from daemon.exact_json import plain
from daemon.protocols.commissioned import Commissioned
from daemon.protocols.faults import Fault

LEAST_OCCLUSION_ML = Decimal("1.25")
"""The most that common pumps and sets were found to store; less needs a record of this very set (F14)."""

_WHY = {
    "occlusion_ml": "how much pump and set store before an occlusion alarms is not said (F14)",
    "release_bolus_ml": "how much comes at once when an occlusion is released is not said (F14)",
    "bolus_allowance_ml": "how much the bolus key may give unseen is not said (F26)",
}


def commissioned(pump: PumpIn) -> Commissioned | None:
    """The measured volumes, or None where the file does not say all of them."""
    if pump.occlusion_ml is None or pump.release_bolus_ml is None or pump.bolus_allowance_ml is None:
        return None
    return Commissioned(pump.occlusion_ml, pump.release_bolus_ml, pump.bolus_allowance_ml)


def commissioned_faults(file: str, place: str, pump: PumpIn) -> Iterator[Fault]:
    """What is missing of them for control, and an occlusion volume too small without a record."""
    for key, why in _WHY.items():
        if getattr(pump, key) is None:
            remedy = f"add it: {PumpIn.model_fields[key].description}"
            yield Fault(file, f"{place}.{key}", "", why, remedy, "missing")
    small = pump.occlusion_ml is not None and pump.occlusion_ml < LEAST_OCCLUSION_ML
    if small and pump.occlusion_ml is not None and pump.occlusion_record is None:
        yield Fault(
            file,
            f"{place}.occlusion_ml",
            plain(pump.occlusion_ml),
            f"less than {LEAST_OCCLUSION_ML} mL is believed only of a pump and set that were measured (F14)",
            f'give {LEAST_OCCLUSION_ML} or more, or add occlusion_record = "WHO MEASURED IT AND WHEN"',
            "occlusion_without_record",
        )
