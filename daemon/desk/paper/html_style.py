"""How the papers look in a browser and from its printer: black on white, A4."""

from __future__ import annotations

STYLE = """
@page { size: A4; margin: 10mm 12mm; @bottom-right { content: "page " counter(page) " of " counter(pages);
  font: 7pt sans-serif } }
* { box-sizing: border-box; margin: 0; padding: 0 }
body { font: 9.5pt/1.25 "DejaVu Sans", Verdana, Arial, sans-serif; color: #000; background: #fff }
@media screen { body { max-width: 186mm; margin: 8mm auto } }
h1 { font-size: 14pt } h2 { font-size: 11pt; border-bottom: 0.6mm solid #000; margin-top: 1mm }
h3 { font-size: 9.5pt }
i { display: inline-block; border-bottom: 0.25mm solid #000; height: 4mm; min-width: 30mm }
table.page { width: 100%; border-collapse: collapse; break-after: page }
table.page:last-child { break-after: auto }
table.page > tfoot td { font-size: 6.5pt; border-top: 0.3mm solid #000; padding-top: 0.5mm;
  overflow-wrap: anywhere }
.patient { float: right; font-size: 8pt; border: 0.3mm solid #000; padding: 1mm 2mm; line-height: 6mm }
.patient i { min-width: 42mm } .patient i.date { min-width: 24mm }
.refused { display: inline-block; border: 0.8mm solid #000; padding: 0 1.5mm }
.across { position: fixed; top: 120mm; left: 0; width: 100%; text-align: center; font: bold 105pt sans-serif;
  color: transparent; -webkit-text-stroke: 0.7mm #888; transform: rotate(-50deg); z-index: 9;
  pointer-events: none }
.box { border: 1mm solid #000; padding: 1mm 2mm; margin: 1.5mm 0; break-inside: avoid }
.box h3 { font-size: 11pt } .box ol { list-style: none; font-weight: bold; font-size: 9.5pt }
.box li:nth-child(n+4) { font-weight: normal; font-size: 8.5pt; margin-top: 0.5mm }
.ticks { margin: 1.5mm 0; break-inside: avoid } .ticks ul { list-style: none; columns: 2; font-size: 8.5pt;
  padding-bottom: 0.5mm }
.ticks li { padding-left: 5.5mm; position: relative; break-inside: avoid; margin: 0.4mm 0 }
.ticks li::before { content: ""; position: absolute; left: 0; top: 0.2mm; width: 3.2mm; height: 3.2mm;
  border: 0.3mm solid #000 }
table.steps { width: 100%; border-collapse: collapse; table-layout: fixed; margin: 1.5mm 0 1mm }
.steps th { font-size: 8pt; border-bottom: 0.5mm solid #000; vertical-align: bottom; padding: 0 0.8mm }
.steps th.number { text-align: right } .steps td.write, .steps th.write { padding-left: 2mm }
.steps th.text, .steps th.write { text-align: left }
.steps th.text, .steps td.text { padding-left: 2mm }
.steps td { border-bottom: 0.2mm solid #777; padding: 0.45mm 0.8mm; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere }
.steps td.number { text-align: right; white-space: nowrap } .steps td.number span { display: inline-block;
  text-align: left }
.steps td.write { border-left: 0.2mm solid #777 } .steps td.strong { font-weight: bold }
.steps.roomy td { padding-top: 0.9mm; padding-bottom: 0.9mm }
.steps tr { break-inside: avoid } .steps tr.begins td { border-top: 0.6mm solid #000 }
.steps tr.begins td.text { font-weight: bold }
.note { font-size: 8.5pt; margin: 0.4mm 0 }
.rules { margin-top: 1.5mm } .rules dl { columns: 2; column-gap: 5mm; font-size: 8pt }
.rules.wide dl { columns: 1; font-size: 8.5pt }
.rules dd.pen { margin-top: 2.5mm }
.rules dt { font-weight: bold; break-after: avoid }
.rules dd { padding-left: 3mm; text-indent: -3mm; margin-left: 3mm;
  overflow-wrap: anywhere; break-inside: avoid }
.sign { margin-top: 2mm; break-inside: avoid }
.sign p { margin-top: 2mm; display: flex; gap: 2mm; align-items: end }
.sign i { flex: 1 }
.labels { display: flex; flex-wrap: wrap; gap: 0 }
.label { width: 50%; height: 58mm; border: 0.3mm dashed #000;
  padding: 3mm; break-inside: avoid; overflow: hidden; font-size: 8.5pt }
.label h3, .label .text { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
  overflow: hidden; overflow-wrap: anywhere }
.label h3 { font-size: 12pt } .label .bag { font-size: 16pt; font-weight: bold; line-height: 1.1 }
.label .strength { font-size: 12pt; font-weight: bold } .label .small { font-size: 6pt; margin-top: 1mm }
.label .pens { margin-top: 1mm; font-size: 7.5pt; display: flex; gap: 1mm; align-items: end }
.label .pens i { flex: 1; min-width: 0 }
.code { float: right; width: 27mm; text-align: center; font-size: 7pt }
.code svg { width: 27mm; height: 27mm }
.code .key { font: bold 13pt "DejaVu Sans Mono", "Courier New", monospace }
"""
