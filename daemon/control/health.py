"""How the program itself is, told to those who follow; for engineers, no person decides by it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from daemon.control.feeds import Feeds
from daemon.journal.journal import Journal
from daemon.runtime.link_counts import LinkCounts


def health(journal: Journal, feeds: Feeds | None, links: Mapping[str, LinkCounts]) -> dict[str, Any]:
    """Cheap: it is made at every turn of the supervising loop."""
    return {
        "pid": os.getpid(),
        "durable_seq": journal.durable_seq,
        "feeds": feeds.health() if feeds is not None else {},
        "devices": {name: asdict(counts) for name, counts in links.items()},
    }
