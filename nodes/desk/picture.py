"""Pictures that pages draw by themselves: nothing is fetched and no style is written into them."""

import segno
from markupsafe import Markup

from nodes.people.factors import NewSecret


def qr_code(secret: NewSecret) -> Markup:
    """Return the picture that an authenticator scans, as SVG without script or style."""
    code = segno.make(secret.address, micro=False)
    return Markup(code.svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None))  # noqa: S704 - digits only
