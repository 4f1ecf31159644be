"""Drawn tests are judged by what they find; how fast a machine draws is no test's business."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

NAME = "any-machine"


def on_any_machine() -> None:
    """No deadline for an example and none for drawing; all else as it was ordered before."""
    before = settings.get_profile(settings.get_current_profile_name())
    unchecked = [*before.suppress_health_check, HealthCheck.too_slow]
    settings.register_profile(NAME, parent=before, deadline=None, suppress_health_check=unchecked)
    settings.load_profile(NAME)
