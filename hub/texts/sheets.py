"""Sheets to print: a template of the town's words becomes a PDF (WeasyPrint), a text becomes a QR code (segno).

Nothing is fetched: a picture stands in the sheet as a `data:` address, and every other address is refused. The same
sheet gives the same bytes.
"""

from io import BytesIO
from typing import Any, cast

import segno
from typing_extensions import override
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from hub.texts.rendering import Texts

__all__ = ["SheetFault", "print_sheet", "qr_svg"]

_PAPER = """
@page { size: A4; margin: 15mm; }
html { font-family: "IPAexGothic", "IPAGothic", "Noto Sans CJK JP", sans-serif; font-size: 10pt; line-height: 1.5; }
rp { display: none; } rt { font-size: .5em; }
"""


class SheetFault(FatalURLFetchingError):
    """A sheet asked for something that does not stand in it."""


class _NothingFetched(URLFetcher):
    @override
    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if not url.startswith("data:"):
            raise SheetFault(f"a sheet holds its pictures itself: {url[:80]} is refused")
        return cast("Any", super()).fetch(url, headers)


def print_sheet(texts: Texts, template: str, locale: str, /, **context: Any) -> bytes:
    """The template (an .html of some area, "captures/claim.html") as a PDF of A4 pages in Japanese-capable fonts.

    Pictures are `data:` addresses, qr codes `qr_svg(...) | safe`. Raises SheetFault for any other address.
    """
    html: Any = HTML(
        string=texts.render(template, locale, **context), url_fetcher=_NothingFetched(), base_url="sheet:/"
    )
    fonts = FontConfiguration()
    paper = CSS(string=_PAPER, font_config=fonts)
    return cast("bytes", html.write_pdf(stylesheets=[paper], font_config=fonts, pdf_identifier=b"wanamori"))


def qr_svg(text: str, *, border: int = 4) -> str:
    """The text as a QR code (error correction M), an <svg> element to stand in a page or a sheet; `border` in modules.

    It scales with its box. Raises ValueError (segno's DataOverflowError) for more than some 2,300 bytes.
    """
    kept = BytesIO()
    code = segno.make_qr(text, error="m")
    code.save(
        kept,
        kind="svg",
        border=border,
        xmldecl=False,
        svgns=True,
        omitsize=True,
        nl=False,
        svgclass="qr",
        lineclass=None,
    )
    return kept.getvalue().decode()
