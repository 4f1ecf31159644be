"""How the drug enters the patient; only an infusion into a vein goes through a pump."""

from __future__ import annotations

from typing import Literal

Route = Literal["iv", "iv_bolus", "oral", "sc", "im", "inhaled"]
"""`iv` is an infusion; every other way is given by hand (F37)."""

INFUSION: Route = "iv"
