"""`python -m tests.fuzz`: every reader of outside bytes against inputs from a seed; what fails is kept."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.fuzz.run import fuzz
from tests.fuzz.target import CORPUS
from tests.fuzz.targets import TARGETS
from tests.matrix.carried import ROOT


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz all targets, or those that are named; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    told = "for each parser of frames; others get a share"
    parser.add_argument("--inputs", type=int, default=1_000_000, help=told)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are: {', '.join(TARGETS)}")
    found = 0
    for name in asked.targets or TARGETS:
        target = TARGETS[name]
        result = fuzz(target, max(asked.inputs // target.share, 1), asked.seed)
        words = ", ".join(f"{count} {word}" for word, count in result.words.most_common(6))
        print(f"{name}: {result.inputs} inputs, {words}; slowest {result.slowest:.0f} x usual", flush=True)
        for finding, path in result.findings.values():
            print(f"  FOUND {finding.kind}: {finding.why}\n  kept as {path.relative_to(ROOT)}", flush=True)
        found += len(result.findings)
    kept = f", kept in {CORPUS.relative_to(ROOT)}/: mend what fails, keep the file" if found else ""
    print(f"{found} found{kept}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
