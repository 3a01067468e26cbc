"""A sheet as a page for printing and as plain text. Pure: no script, nothing fetched from elsewhere, large letters."""

from html import escape
from typing import Final

from nodes.casework.consent_sheet import Line, Sheet, Style

_PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16pt/1.5 sans-serif; max-width: 42em; margin: 2em auto; padding: 0 1em; color: #000; background: #fff; }}
h1 {{ font-size: 1.4em; }}
h2 {{ font-size: 1em; margin: 1.2em 0 .2em; break-after: avoid; }}
ul {{ margin: 0; }}
.blank {{ border-bottom: 1px solid #000; padding-top: 1.6em; }}
@page {{ margin: 2cm; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""
_TAGS: Final = {
    Style.TITLE: "<h1>{}</h1>",
    Style.HEADING: "<h2>{}</h2>",
    Style.TEXT: "<p>{}</p>",
    Style.POINT: "<ul><li>{}</li></ul>",
    Style.BLANK: '<p class="blank">{}</p>',
}
_MARKS: Final = {
    Style.TITLE: "{}\n",
    Style.HEADING: "\n{}",
    Style.POINT: "  - {}",
    Style.BLANK: "{} ____________________",
}


def page_of(sheet: Sheet) -> str:
    """Return the sheet as one HTML page that prints without anything else."""
    body = "\n".join(_TAGS[line.style].format(escape(line.text)) for line in sheet.lines)
    return _PAGE.format(language=escape(sheet.language), title=escape(sheet.lines[0].text), body=body)


def text_of(sheet: Sheet) -> str:
    """Return the sheet as lines of plain text."""
    return "\n".join(_line(each) for each in sheet.lines)


def _line(line: Line) -> str:
    return _MARKS.get(line.style, "{}").format(line.text)
