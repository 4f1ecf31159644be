"""How large a file of a journal may be when a run begins, and how long its files are kept."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Keeping:
    """From `file_mb` on no further run begins in a file; what is older than `keep_days` may go."""

    file_mb: int = 4
    keep_days: int = 365

    @property
    def file_bytes(self) -> int:
        """The size from which on no further run begins in a file."""
        return self.file_mb * MIB
