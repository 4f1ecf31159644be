"""pytest inside this process, with plugins of ours: nothing drawn at random, nothing shrunk, nothing kept."""

from __future__ import annotations

import os
from collections.abc import Sequence

import hypothesis
import pytest

from tests.mutation.areas import NOT_TESTS, ROOT, TESTS


def run(plugins: Sequence[object], tests: Sequence[str] = TESTS) -> int:
    """The exit code of pytest over these tests."""
    hypothesis.settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutation")
    os.chdir(ROOT)
    left_out = [f"--ignore={name}" for name in NOT_TESTS]
    plain = [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-p",
        "no:logging",
        "--capture=sys",
        "-q",
        "--timeout=0",
    ]
    plain += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is imported already
    return int(pytest.main([*plain, *left_out, *tests], plugins=list(plugins)))
