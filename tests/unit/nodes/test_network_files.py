"""What a node was given to join is checked before it is used."""

from dataclasses import replace
from pathlib import Path

import pytest

from keys.certificates import pem_of
from keys.private_keys import Role, Secrets
from nodes.checkup import Finding
from nodes.network_files import check_certificate, client_tls, read_pinned
from runtime.operator import OperatorError
from tests.simulators.network import tls_key_of
from tests.simulators.node import RS, TestWorld

SECRETS = Secrets(role=Role.NODE, name="rs.ilecu", tls=tls_key_of("rs.ilecu"))


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    return TestWorld(tmp_path)


def test_the_charter_is_the_pinned_one(world: TestWorld) -> None:
    config = world.machine(RS).config()
    assert read_pinned(config).digest == world.network.charter_digest
    for changes in ({"charter": "0" * 64}, {"charter": "x"}, {"network": world.folder / "missing"}):
        with pytest.raises(OperatorError) as caught:
            read_pinned(replace(config, **changes))
        assert caught.value.remedy
    config.network.write_bytes(b"garbage")
    with pytest.raises(OperatorError):
        read_pinned(config)


def test_the_certificate_belongs_to_key_network_and_day(world: TestWorld) -> None:
    config = world.machine(RS).config()
    charter, now = world.network.charter, world.clock()
    hub = config.hub
    hub.authority.write_bytes(pem_of(world.network.authority().certificate))
    hub.certificate.write_bytes(pem_of(world.network.certificate("rs.ilecu")))
    assert check_certificate(config, SECRETS, charter, now) >= 88
    assert client_tls(config, SECRETS, frozenset)
    assert not list(config.keystore.parent.glob("*.pem.*")) + list(config.keystore.parent.glob(".tls*"))
    cases = [
        (SECRETS, now + 91 * 86_400, "CERTIFICATE_EXPIRED"),
        (replace(SECRETS, tls=tls_key_of("another")), now, "CERTIFICATE"),
        (replace(SECRETS, tls=None), now, "CERTIFICATE"),
    ]
    for secrets, at, code in cases:
        with pytest.raises(OperatorError) as caught:
            check_certificate(config, secrets, charter, at)
        assert caught.value.code == code
    with pytest.raises(OperatorError):
        client_tls(config, replace(SECRETS, tls=None), frozenset)
    with pytest.raises(OperatorError):
        check_certificate(config, SECRETS, replace(charter, tls_ca=b"x" * 32), now)
    hub.certificate.write_bytes(b"no certificate")
    with pytest.raises(OperatorError):
        check_certificate(config, SECRETS, charter, now)
    hub.certificate.unlink()
    with pytest.raises(OperatorError) as caught:
        check_certificate(config, SECRETS, charter, now)
    assert caught.value.code == "MISSING_FILE"


def test_a_finding_is_a_value() -> None:
    assert Finding("x", well=True, found="y").remedy == ""
