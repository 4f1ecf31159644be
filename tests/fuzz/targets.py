"""Every target by its name."""

from __future__ import annotations

from tests.fuzz import brokers, devices, doors, files, record

GROUPS = (devices, files, record, doors, brokers)
TARGETS = {target.name: target for group in GROUPS for target in group.targets()}
