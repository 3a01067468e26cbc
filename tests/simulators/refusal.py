"""How a test says that something is refused: by code, never by words."""

import pytest

from protocol.errors import Code, Fault


def refused(*codes: Code) -> pytest.RaisesExc[Fault]:
    """Expect a fault with one of these codes."""
    return pytest.RaisesExc(Fault, check=lambda fault: fault.code in codes)
