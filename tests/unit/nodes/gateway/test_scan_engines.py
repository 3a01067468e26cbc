"""Which scanner an address names, and what a scanner's word looks like on a page."""

import pytest

from nodes.config import ScannerSettings
from nodes.gateway.scan_clamd import Clamd
from nodes.gateway.scan_engines import engine_of
from nodes.gateway.scan_icap import Icap
from nodes.gateway.scan_results import LONGEST_THREAT, plain_threat
from runtime.operator import OperatorError


def test_an_address_names_a_scanner() -> None:
    assert engine_of(ScannerSettings()) is None
    local = engine_of(ScannerSettings("unix:/run/clamav/clamd.ctl"))
    assert isinstance(local, Clamd)
    assert (local.place.host, local.place.port) == ("/run/clamav/clamd.ctl", 0)
    served = engine_of(ScannerSettings("icap://[::1]:1345/avscan"))
    assert isinstance(served, Icap)
    assert (served.place.port, served.service) == (1345, "avscan")
    usual = engine_of(ScannerSettings("clamd://localhost"))
    assert isinstance(usual, Clamd)
    assert usual.place.port == 3310


@pytest.mark.parametrize(
    "address",
    [
        *("clamd", "file:///etc", "unix:relative", "unix://host/x", "clamd://127.0.0.1:99999", "clamd://127.0.0.1/x"),
        *("icap://user@127.0.0.1/x", "icap:///x", "http://127.0.0.1/"),
    ],
)
def test_what_is_no_address_stops_the_node(address: str) -> None:
    with pytest.raises(OperatorError, match="SCANNER_ADDRESS"):
        engine_of(ScannerSettings(address))


def test_files_leave_this_machine_only_where_the_settings_say_so() -> None:
    with pytest.raises(OperatorError, match="another machine"):
        engine_of(ScannerSettings("icap://10.0.0.7/avscan"))
    assert engine_of(ScannerSettings("icap://10.0.0.7/avscan", elsewhere=True)) is not None


def test_a_scanners_word_is_shown_in_plain_letters() -> None:
    assert plain_threat("Win.Test.EICAR_HDB-1") == "Win.Test.EICAR_HDB-1"
    assert plain_threat("<script>\u202ea") == "script a"
    assert plain_threat("  ") == "unnamed"
    assert len(plain_threat("x" * 999)) == LONGEST_THREAT
