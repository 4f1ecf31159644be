"""A slow machine is no finding: drawn tests have no deadline, however they are run."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def test_no_drawn_test_has_a_deadline() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check
