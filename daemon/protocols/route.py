"""How the drug enters the patient; only an infusion into a vein is driven by a pump of the bed."""

from __future__ import annotations

from typing import Literal

Route = Literal["iv", "iv_bolus", "oral", "sc", "im", "inhaled"]
"""`iv` is an infusion; what is given in any other way is not driven (F37)."""

INFUSION: Route = "iv"
INFUSED: frozenset[Route] = frozenset({"iv", "sc"})
"""Ways a rate may go; under the skin a pump is worn, and nothing here drives it."""
