"""Expect a fault with a given code."""

import pytest

from protocol.errors import Code, Fault


def refused(code: Code) -> "pytest.RaisesExc[Fault]":
    """Return a context that passes only when a ``Fault`` with exactly ``code`` is raised."""
    return pytest.RaisesExc(Fault, check=lambda fault: fault.code is code)
