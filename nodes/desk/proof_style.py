"""The style of a proof's report. It stands in the file itself, which is read and printed far from any desk."""

from typing import Final

STYLE: Final = """
@page { size: A4; margin: 18mm 16mm 20mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 1.5rem 1.25rem 3rem; color: #14212b; background: #fff;
  font: 16px/1.5 "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.3rem; margin: 2.2rem 0 .6rem; padding-top: .8rem; border-top: 3px solid #0d3b54; }
h3 { font-size: 1.08rem; margin: 1.4rem 0 .4rem; }
p { margin: .4rem 0; }
.lead { font-size: 1.12rem; }
.quiet { color: #4a5a66; }
.small { font-size: .87rem; }
.verdict { margin: 1rem 0; padding: .9rem 1.1rem; border: 2px solid #0c6b58; border-left-width: 10px; }
.verdict strong { font-size: 1.15rem; }
.verdict--wait { border-color: #b45309; }
.notice { margin: 1rem 0; padding: .7rem 1rem; border: 2px solid #8a1f11; font-weight: 600; }
code { font: .86em/1.45 "DejaVu Sans Mono", Consolas, Menlo, monospace; overflow-wrap: anywhere; }
.print { display: inline-block; padding: .25rem .5rem; background: #f3f6f8; border: 1px solid #c6d0d8; }
table { width: 100%; border-collapse: collapse; margin: .5rem 0 1rem; font-size: .95rem; }
th, td { text-align: left; vertical-align: top; padding: .38rem .6rem .38rem 0; border-bottom: 1px solid #c6d0d8; }
thead th { border-bottom: 2px solid #14212b; }
tbody th { font-weight: 600; width: 13rem; }
td.lack { color: #8a1f11; font-weight: 600; }
ol.steps { margin: .4rem 0 .4rem 1.3rem; padding: 0; }
ol.steps li { margin: .45rem 0; padding-left: .3rem; }
ul { margin: .3rem 0 .6rem 1.2rem; padding: 0; }
li { margin: .25rem 0; }
figure { margin: .8rem 0; }
figcaption { font-size: .87rem; color: #4a5a66; margin-bottom: .4rem; }
svg { max-width: 24rem; width: 100%; height: auto; }
.cols { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; }
.message { break-before: auto; }
footer { margin-top: 2.5rem; padding-top: .7rem; border-top: 1px solid #c6d0d8; }
@media screen and (max-width: 40rem) {
  .cols { grid-template-columns: 1fr; }
  .facts, .facts tbody, .facts tr, .facts th, .facts td { display: block; width: auto; border: 0; padding: 0; }
  .facts tr { padding: .45rem 0; border-bottom: 1px solid #c6d0d8; }
}
@media print {
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; font-size: 10pt; line-height: 1.4; }
  h2 { margin-top: 1.4rem; }
  h2, h3, thead { break-after: avoid; }
  tr, figure, .verdict, .notice, .cols > div { break-inside: avoid; }
  svg { max-width: 19rem; }
}
"""
