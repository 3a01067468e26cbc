"""Who gets through TLS: a certificate of our authority, in force, and on the node's side the pinned key."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from protocol.errors import Code, Fault
from runtime.http_client import Ask
from runtime.operator import OperatorError
from runtime.tls import client_context, server_context, spki_digest
from tests.flow.runtime.certificates import Authority, Pair
from tests.flow.runtime.serving import Service, client, serving


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "network")


@pytest.fixture
def hub_pair(authority: Authority) -> Pair:
    return authority.issue("hub")


@pytest.fixture
async def service(authority: Authority, hub_pair: Pair) -> AsyncIterator[Service]:
    context = server_context(hub_pair.certificate, hub_pair.key, authority.path)
    async with serving(tls=context) as running:
        yield running


def pin(pair: Pair) -> bytes:
    digest = spki_digest(ssl.PEM_cert_to_DER_cert(pair.certificate.read_text()))
    assert digest is not None
    return digest


async def reaches(service: Service, context: ssl.SSLContext) -> bool:
    async with client(service, context) as hub:
        try:
            return (await hub.call(Ask("GET", "/v1/who"))).status == 200
        except Fault as fault:
            return fault.code is not Code.NOT_READY


async def test_a_node_is_known_by_its_key_on_every_request(
    service: Service, authority: Authority, hub_pair: Pair
) -> None:
    node = authority.issue("node")
    context = client_context(node.certificate, node.key, authority.path, lambda: frozenset({pin(hub_pair)}))
    async with client(service, context) as hub:
        for _ in range(3):
            assert (await hub.call(Ask("GET", "/v1/who"))).body == pin(node).hex().encode()


async def test_only_tls_1_3_is_spoken(service: Service, authority: Authority) -> None:
    node = authority.issue("node")
    old = client_context(node.certificate, node.key, authority.path)
    old.minimum_version = ssl.TLSVersion.TLSv1_2
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert not await reaches(service, old)
    _, writer = await asyncio.open_connection(
        "127.0.0.1", service.server.port, ssl=client_context(node.certificate, node.key, authority.path)
    )
    assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
    writer.close()


@pytest.mark.parametrize(
    "issue",
    [
        lambda authority, _: authority.issue("late", days=-1),
        lambda authority, _: authority.issue("early", began=-30),
        lambda _, folder: Authority(folder, "stranger").issue("node"),
        lambda _, folder: Authority(folder, "network2").issue("self"),
    ],
)
async def test_a_bad_client_certificate_reaches_no_handler(
    service: Service, authority: Authority, tmp_path: Path, issue: Callable[[Authority, Path], Pair]
) -> None:
    pair = issue(authority, tmp_path)
    assert not await reaches(service, client_context(pair.certificate, pair.key, authority.path))


async def test_no_client_certificate_reaches_no_handler(service: Service, authority: Authority) -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.load_verify_locations(authority.path)
    assert not await reaches(service, bare)


async def test_a_hub_with_another_key_or_authority_or_name_is_not_spoken_to(
    service: Service, authority: Authority, tmp_path: Path
) -> None:
    node = authority.issue("node")
    wrong: tuple[Callable[[], frozenset[bytes]], ...] = (lambda: frozenset({pin(node)}), frozenset)
    for pins in wrong:
        assert not await reaches(service, client_context(node.certificate, node.key, authority.path, pins))
    stranger = Authority(tmp_path, "stranger")
    assert not await reaches(service, client_context(node.certificate, node.key, stranger.path))
    assert service.bodies == []
    context = client_context(node.certificate, node.key, authority.path)
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("127.0.0.1", service.server.port, ssl=context, server_hostname="hub.example")


async def test_a_pin_that_changes_holds_from_the_next_connection(
    service: Service, authority: Authority, hub_pair: Pair
) -> None:
    node = authority.issue("node")
    pins = {pin(hub_pair)}
    context = client_context(node.certificate, node.key, authority.path, lambda: frozenset(pins))
    assert await reaches(service, context)
    pins.clear()
    assert not await reaches(service, context)


async def test_without_tls_there_is_no_peer() -> None:
    async with serving() as service, client(service) as hub:
        assert (await hub.call(Ask("GET", "/v1/who"))).body == b""


def test_unusable_files_are_named(authority: Authority, hub_pair: Pair, tmp_path: Path) -> None:
    other = authority.issue("other")
    (tmp_path / "text.pem").write_text("no certificate")
    for certificate, key, ca in (
        (hub_pair.certificate, other.key, authority.path),
        (tmp_path / "text.pem", hub_pair.key, authority.path),
        (hub_pair.certificate, hub_pair.key, tmp_path / "none.pem"),
    ):
        with pytest.raises(OperatorError) as caught:
            server_context(certificate, key, ca)
        assert caught.value.code == "CERTIFICATE"
    hub_pair.key.chmod(0o644)
    with pytest.raises(OperatorError) as open_key:
        server_context(hub_pair.certificate, hub_pair.key, authority.path)
    assert open_key.value.code == "KEY_FILE_OPEN"


@pytest.mark.parametrize("raw", [b"", b"\x30\x03\x02\x01\x01", bytes(20_000)])
def test_what_is_no_certificate_has_no_pin(raw: bytes) -> None:
    assert spki_digest(raw) is None
