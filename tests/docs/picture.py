"""A terminal as a picture: `tmux capture-pane -e -p | python -m tests.docs.picture FILE.svg`."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

FORMAT = """\
<svg xml:space="preserve" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: DejaVu Sans Mono, Menlo, Consolas, monospace; font-size: {char_height}px;
  line-height: {line_height}px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
<rect fill="#0c0c0c" width="{width}" height="{height}" rx="8"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture(ansi: str) -> str:
    """An SVG of a terminal's text; fonts are the reader's own, nothing is fetched."""
    lines = ansi.rstrip().splitlines()
    text = Text("\n").join(Text.from_ansi(line) for line in lines)
    width = max(line.cell_len for line in text.split())
    console = Console(record=True, width=width, height=len(lines), file=StringIO(), force_terminal=True)
    console.print(text, soft_wrap=True)
    return console.export_svg(theme=SVG_EXPORT_THEME, code_format=FORMAT, unique_id="watch", title="")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(picture(sys.stdin.read()), encoding="utf-8")
