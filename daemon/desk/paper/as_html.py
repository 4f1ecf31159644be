"""The papers as one HTML file that needs nothing else: no script, no style or picture from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from daemon.desk.paper import qr
from daemon.desk.paper.figures import PEN
from daemon.desk.paper.html_style import STYLE
from daemon.desk.paper.model import (
    Block,
    Box,
    Column,
    Fill,
    Label,
    Labels,
    Line,
    Notes,
    Paper,
    Papers,
    Rules,
    Signatures,
    Table,
    Ticks,
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A browser loads nothing and runs nothing, whatever stands in the file."""


def html(papers: Papers) -> str:
    """The file's text. Every word of the order is escaped."""
    return "\n".join(_document(papers)) + "\n"


def _document(papers: Papers) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield f"<title>{escape(papers.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    if papers.refused:
        yield '<div class="across" aria-hidden="true">REFUSED</div>'
    for paper in papers.papers:
        yield from _paper(papers, paper)
    yield "</body>\n</html>"


def _paper(papers: Papers, paper: Paper) -> Iterator[str]:
    """Head and foot are those of a table: a browser prints them on every page the table goes on to."""
    refused = '<b class="refused">REFUSED</b> ' if papers.refused else ""
    foot = "<br>".join(escape(line) for line in papers.foot)
    yield '<table class="page">\n<thead><tr><td>'
    yield '<div class="patient">patient (label) &nbsp;<i></i><br>date &nbsp;<i class="date"></i></div>'
    yield f"<h1>{refused}{escape(papers.title)}</h1>\n<p>{escape(papers.order)}</p>"
    yield f"<h2>{escape(paper.name)}</h2>"
    yield f"</td></tr></thead>\n<tfoot><tr><td>{foot}</td></tr></tfoot>\n<tbody><tr><td>"
    for block in paper.blocks:
        yield from _block(block)
    yield "</td></tr></tbody>\n</table>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Table():
            yield from _table(block)
        case Box():
            lines = "".join(f"<li>{escape(line)}</li>" for line in block.lines)
            yield f'<section class="box"><h3>{escape(block.head)}</h3><ol>{lines}</ol></section>'
        case Ticks():
            items = "".join(f"<li>{escape(item)}</li>" for item in block.items)
            yield f'<section class="ticks"><h3>{escape(block.head)}</h3><ul>{items}</ul></section>'
        case Rules():
            yield from _rules(block)
        case Notes():
            yield from (f'<p class="note">{escape(line)}</p>' for line in block.lines)
        case Signatures():
            yield '<section class="sign">'
            yield from (f"<p>{escape(who)} <i></i> date, time <i></i></p>" for who in block.who)
            yield "</section>"
        case Labels():
            yield '<section class="labels">'
            yield from (_label(label) for label in block.labels)
            yield "</section>"


def _rules(block: Rules) -> Iterator[str]:
    kind = "rules wide" if block.wide else "rules"
    yield f'<section class="{kind}"><h3>{escape(block.head)}</h3><dl>'
    for heading, sentences in block.rows:
        told = "".join(f"<dd{' class=pen' * (PEN in one)}>{escape(one)}</dd>" for one in sentences)
        yield f"<dt>{escape(heading)}</dt>{told}"
    yield "</dl></section>"


def _table(block: Table) -> Iterator[str]:
    widths = block.widths_mm()
    kind = "steps roomy" if block.roomy else "steps"
    yield f'<table class="{kind}" style="font-size:{block.points:.2f}pt"><colgroup>'
    yield from (f'<col style="width:{100 * one / sum(widths):.2f}%">' for one in widths)
    heads = "".join(_head(column) for column in block.columns)
    yield f"</colgroup>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    behind = [block.parts(place)[1] for place in range(len(block.columns))]
    for line in block.lines:
        yield _row(block.columns, line, behind)
    yield "</tbody></table>"


def _head(column: Column) -> str:
    return (
        f'<th class="{column.fill}">{"<br>".join(escape(part) for part in column.head.split(chr(10)))}</th>'
    )


def _row(columns: tuple[Column, ...], line: Line, after: list[int]) -> str:
    cells = "".join(
        _cell(column, text, behind) for column, text, behind in zip(columns, line.cells, after, strict=True)
    )
    return f'<tr class="begins">{cells}</tr>' if line.begins else f"<tr>{cells}</tr>"


def _cell(column: Column, text: str, behind: int) -> str:
    """Numbers stand under each other by their decimal points."""
    kind = f"{column.fill} strong" if column.strong else str(column.fill)
    if column.fill is not Fill.NUMBER:
        return f'<td class="{kind}">{escape(text)}</td>'
    whole, point, part = text.partition(".")
    tail = f'<span style="width:{behind}ch">{escape(point + part)}</span>' if behind else ""
    return f'<td class="{kind}">{escape(whole)}{tail}</td>'


def _label(label: Label) -> str:
    code = ""
    if label.code:
        code = f'<div class="code">{_qr(label.code)}<p>CODE</p><p class="key">{escape(label.code)}</p></div>'
    return (
        f'<div class="label">{code}<h3>{escape(label.drug)}</h3><p class="bag">{escape(label.bag)}</p>'
        f'<p class="text">{escape(label.text)}</p><p class="strength">{escape(label.strength)}</p>'
        f"<p>{escape(label.content)}</p>"
        '<p class="pens">made (date, time) <i></i></p><p class="pens">use until <i></i></p>'
        '<p class="pens">made by <i></i> checked by <i></i></p><p class="pens">patient <i></i></p>'
        f'<p class="small">{escape(label.foot)}</p></div>'
    )


def _qr(code: str) -> str:
    """One path of unit squares, with the quiet zone inside the picture."""
    rows = qr.dark(code)
    side = len(rows) + 2 * qr.QUIET
    path = "".join(
        f"M{x + qr.QUIET} {y + qr.QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, one in enumerate(row)
        if one
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path d="{path}"/></svg>'
    )
