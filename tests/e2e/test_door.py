"""At the hub's door: wrong certificates, hostile bytes, nodes that may not come in any more, another network's mail."""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from egnatia.demo.desk import CommandFailed
from keys.certificates import Authority, create_authority, create_tls_key
from keys.exchange_files import parse_directory
from keys.identity import private_identity
from protocol.core import Mode
from protocol.decision import Decision, Verdict
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.ids import Channel, NodeId, Reference, TypeId
from protocol.limits import MAX_ENVELOPE
from protocol.seal import Issue, seal
from protocol.stages import Addressee, Cleared, Draft, Target
from tests.e2e.conftest import Open
from tests.e2e.door import Badge, Door, badge, context_of, open_door, secrets_of
from tests.e2e.network import Network

POLICE = Channel("police")
SKOPJE, BELGRADE = NodeId("mk.ilecu"), NodeId("rs.ilecu")


@pytest.fixture(scope="module")
def network(open_network: Open) -> Network:
    return open_network()


@pytest.fixture(scope="module")
def authority(network: Network) -> Authority:
    found = secrets_of(network, "ca").authority
    assert found is not None
    return found


@pytest.fixture(scope="module")
def skopje(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Door:
    return open_door(network, tmp_path_factory.mktemp("skopje"), "skopje")


def test_a_node_with_its_own_certificate_comes_in(skopje: Door) -> None:
    assert skopje.ask("GET", "/v1/time").status == 200


def _self_signed(_: Authority) -> Badge:
    own = create_authority("skopje", int(time.time()), os.urandom)
    return Badge(own.certificate, own.key)


def _stranger(_: Authority) -> Badge:
    another = create_authority("network-ca", int(time.time()), os.urandom)
    return badge(another, "skopje", create_tls_key())


WRONG: dict[str, Callable[[Authority], Badge]] = {
    "none": lambda _: Badge(None, None),
    "self-signed": _self_signed,
    "of another authority of the same name": _stranger,
    "expired": lambda ca: badge(ca, "skopje", create_tls_key(), age_days=100),
    "not valid yet": lambda ca: badge(ca, "skopje", create_tls_key(), age_days=-10),
    "a server's": lambda ca: badge(ca, "skopje", create_tls_key(), host="127.0.0.1"),
    "the authority's own": lambda ca: Badge(ca.certificate, ca.key),
    "right name, unknown key": lambda ca: badge(ca, "skopje", create_tls_key()),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_client_certificate_opens_nothing(
    network: Network, authority: Authority, tmp_path: Path, kind: str
) -> None:
    door = Door(network.stage.hub_port, context_of(network, tmp_path, WRONG[kind](authority)))
    try:
        reply = door.ask("GET", "/v1/time")
    except (ssl.SSLError, ConnectionError):
        return  # refused in the handshake
    assert kind in {"right name, unknown key", "the authority's own"}
    assert reply.problem.code is Code.TLS_PEER_UNKNOWN


def test_tls_older_than_1_3_is_refused(network: Network, authority: Authority, tmp_path: Path) -> None:
    context = context_of(network, tmp_path, badge(authority, "skopje", create_tls_key()))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        Door(network.stage.hub_port, context).ask("GET", "/v1/time")


def test_a_compressed_body_is_refused_before_it_is_unpacked(skopje: Door) -> None:
    import gzip

    bomb = gzip.compress(bytes(8 << 20))  # fits into one record: the hub answers and closes without reading on
    reply = skopje.ask("PUT", f"/v1/envelopes/{'0' * 64}", bomb, {"Content-Encoding": "gzip"})
    assert (reply.status, reply.problem.code) == (415, Code.CONTENT_ENCODING)


def test_an_oversized_body_is_refused_before_it_is_read(skopje: Door) -> None:
    head = f"PUT /v1/envelopes/{'0' * 64} HTTP/1.1\r\nHost: hub\r\nContent-Length: {MAX_ENVELOPE + 1}\r\n\r\n"
    assert skopje.raw(head.encode()).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length : 5\r\n",
    ],
)
def test_a_request_that_two_parsers_could_read_differently_is_refused(skopje: Door, head: str) -> None:
    smuggled = b"0\r\n\r\nGET /v1/time HTTP/1.1\r\nHost: hub\r\n\r\n"
    got = skopje.raw(f"PUT /v1/envelopes/{'0' * 64} HTTP/1.1\r\nHost: hub\r\n{head}\r\n".encode() + smuggled)
    assert not any(line.startswith(b"HTTP/1.1 2") for line in got.splitlines())
    assert got.count(b"HTTP/1.1 ") <= 1


def test_connections_that_say_nothing_keep_nobody_out(network: Network, skopje: Door) -> None:
    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(socket.create_connection(("127.0.0.1", network.stage.hub_port), 10))
        assert skopje.ask("GET", "/v1/time").status == 200


def sealed(network: Network, network_id: bytes) -> Envelope:
    """Seal a message from Skopje to Belgrade with Skopje's real keys for a network of this id."""
    seeds = secrets_of(network, "skopje").identity
    assert seeds is not None
    directory = parse_directory((network.folder / "network.directory").read_bytes()).directory
    now = int(time.time())
    policy, key = directory.policy(), directory.recipient_key(BELGRADE, POLICE, now)
    assert policy is not None
    assert key is not None
    (agreement, *_) = directory.agreements_between(SKOPJE, BELGRADE, POLICE, now)
    draft = Draft(
        sender=SKOPJE,
        to=(Addressee(BELGRADE, Mode.ACTION),),
        channel=POLICE,
        type=TypeId("MT-01/1"),
        purpose="investigate",
        conversation=Reference(b"c" * 16),
        language="mk",
        classification="BPL",
        handling=("H0",),
        life=86_400,
        body=(("/facts", "x"),),
    )
    cleared = Cleared(draft, Decision(Verdict.ALLOW, policy.active), ((BELGRADE, agreement.id),))
    issue = Issue(network_id, now, directory.size, directory.root)
    target = Target(BELGRADE, key.key_id, key.public_key, 1)
    return seal(cleared, (target,), issue, private_identity(seeds), os.urandom)


def test_a_message_of_the_training_network_is_nothing_in_production(network: Network, skopje: Door) -> None:
    directory = parse_directory((network.folder / "network.directory").read_bytes()).directory
    assert directory.charter.training
    elsewhere = sealed(network, bytes(16))
    reply = skopje.ask("PUT", f"/v1/envelopes/{elsewhere.id.hex()}", elsewhere.encode())
    assert reply.problem.code is Code.BAD_SIGNATURE
    here = sealed(network, directory.network_id)
    reply = skopje.ask("PUT", f"/v1/envelopes/{here.id.hex()}", here.encode())
    assert reply.status == 201, reply.problem
    again = skopje.ask("PUT", f"/v1/envelopes/{here.id.hex()}", here.encode())
    assert again == replace(reply, status=200)


def test_a_node_never_joins_under_another_networks_charter(network: Network) -> None:
    with pytest.raises(CommandFailed, match="CHARTER"):
        network.type(
            f"node join elsewhere --node mk.ilecu --store skopje.keystore --directory network.directory "
            f"--pin {'0' * 64} --certificate skopje.pem --authority ca.pem --hub {network.hub_url}"
        )


def test_a_revoked_node_is_shut_out_while_its_poll_is_open(network: Network, tmp_path: Path) -> None:
    sarajevo = open_door(network, tmp_path, "sarajevo")
    assert sarajevo.ask("GET", "/v1/mailboxes/police?after=0&wait=0").status == 200
    statement = "--reason compromised --directory network.directory --out revoked.statement"
    network.type(f"keys revoke ba.ilecu {statement}")
    for registrar in ("interior-rs", "interior-mk"):
        network.type(f"keys sign revoked.statement --store {registrar}.keystore --yes")
    answers = []
    poll = threading.Thread(
        target=lambda: answers.append(sarajevo.ask("GET", "/v1/mailboxes/police?after=0&wait=55")), daemon=True
    )
    poll.start()
    poll.join(1.0)
    assert poll.is_alive()  # it waits
    network.type(f"hub submit revoked.statement --config {network.hub_config}")
    poll.join(30)
    assert not poll.is_alive()  # refused by the statement, not by its own end
    assert answers[0].problem.code is Code.NODE_SUSPENDED
    again = sarajevo.ask("GET", "/v1/mailboxes/police?after=0&wait=0")
    assert again.problem.code in {Code.NODE_SUSPENDED, Code.TLS_PEER_UNKNOWN}
