"""certify, authority, expiry, tls-key, new-tls-key: files that TLS loads, and the pins that follow them."""

import json
import stat
from dataclasses import replace

import pytest

from hub.config import TlsFiles
from hub.identity import check_keys, hub_keys
from hub.tls_files import serving_key
from keys.ceremony import new_hub_tls_key, only_hub_tls_key
from keys.certificates import certificate_pin, der_of
from runtime.operator import OperatorError
from tests.simulators.desk import Desk
from tests.simulators.network import RS


def pin(desk: Desk, name: str) -> bytes:
    return certificate_pin(der_of(desk.path(name).read_bytes()))


def test_a_certificate_carries_the_nodes_key(desk: Desk) -> None:
    told = json.loads(desk.good("certify", "rs.party", "--store", "ca.keystore", "--out", "rs.pem", "--json"))
    (only,) = told["certificates"]
    assert (only["file"], only["days left"], only["renew now"]) == ("rs.pem", 90, False)
    assert desk.directory().directory.node_by_tls_pin(pin(desk, "rs.pem")) == RS.node


def test_only_an_authority_certifies(desk: Desk) -> None:
    assert "[WRONG_PARTY]" in desk.bad("certify", "rs.party", "--store", "hub.keystore", "--out", "rs.pem")
    assert "[WRONG_PARTY]" in desk.bad("certify", "reg0.party", "--store", "ca.keystore", "--out", "reg.pem")


def test_the_authoritys_certificate_is_written_from_its_party_file(desk: Desk) -> None:
    desk.good("authority", "ca.party", "--out", "ca.pem")
    authority = desk.secrets("ca.keystore").authority
    assert authority is not None
    assert der_of(desk.path("ca.pem").read_bytes()) == authority.certificate
    assert "[WRONG_PARTY]" in desk.bad("authority", "rs.party", "--out", "x.pem")


def test_expiry_begins_with_what_ends_first(desk: Desk) -> None:
    desk.good("certify", "rs.party", "--store", "ca.keystore", "--out", "rs.pem")
    desk.good("authority", "ca.party", "--out", "ca.pem")
    desk.now += 80 * 86_400
    told = json.loads(desk.good("expiry", "ca.pem", "rs.pem", "--json"))
    assert [(each["file"], each["renew now"]) for each in told["certificates"]] == [("rs.pem", True), ("ca.pem", False)]


def test_a_private_key_file_is_its_owners_alone(desk: Desk) -> None:
    desk.good("tls-key", "--store", "rs.keystore", "--out", "rs-key.pem")
    assert stat.S_IMODE(desk.path("rs-key.pem").stat().st_mode) == 0o600
    assert b"PRIVATE KEY" in desk.path("rs-key.pem").read_bytes()
    assert "[WRONG_PARTY]" in desk.bad("tls-key", "--store", "reg0.keystore", "--out", "x.pem")


def test_a_tls_key_is_changed_in_two_steps(desk: Desk) -> None:
    old = desk.secrets("rs.keystore").tls
    assert old is not None
    desk.good("new-tls-key", "--store", "rs.keystore", "--directory", "d", "--out", "first")
    desk.good("append", "first", "--directory", "d")
    new = desk.secrets("rs.keystore").next_tls
    assert new is not None
    assert desk.secrets("rs.keystore").tls == old
    directory = desk.directory().directory
    assert directory.node_by_tls_pin(old.pin) == directory.node_by_tls_pin(new.pin) == RS.node
    desk.good("party", "--store", "rs.keystore", "--out", "next.party", "--next")
    desk.good("certify", "next.party", "--store", "ca.keystore", "--out", "next.pem")
    assert pin(desk, "next.pem") == new.pin
    desk.now += 60
    desk.good("new-tls-key", "--store", "rs.keystore", "--directory", "d", "--out", "second", "--finish")
    desk.good("append", "second", "--directory", "d")
    directory = desk.directory().directory
    assert directory.node_by_tls_pin(old.pin) is None
    assert directory.node_by_tls_pin(new.pin) == RS.node
    assert (desk.secrets("rs.keystore").tls, desk.secrets("rs.keystore").next_tls) == (new, None)


def test_the_hubs_tls_key_is_named_by_a_charter_before_it_is_shown(desk: Desk) -> None:
    old = desk.secrets("hub.keystore").tls
    assert old is not None
    start = ("new-tls-key", "--store", "hub.keystore", "--directory", "d", "--out")
    desk.good(*start, "hub-next.party")
    desk.good(*start, "hub-again.party")
    assert desk.path("hub-again.party").read_bytes() == desk.path("hub-next.party").read_bytes(), "one key to come"
    new = desk.secrets("hub.keystore").next_tls
    assert new is not None
    assert "[NOT_PERMITTED]" in desk.bad(*start, "x.party", "--finish")
    files = TlsFiles(certificate=desk.path("hub.pem"), authority=desk.path("ca.pem"))
    for party, key in (("hub.party", old), ("hub-next.party", new)):
        desk.good("certify", party, "--store", "ca.keystore", "--out", "hub.pem", "--host", "127.0.0.1")
        assert serving_key(files, desk.secrets("hub.keystore")).tls == key
    assert serving_key(files, desk.secrets("rs.keystore")) == desk.secrets("rs.keystore")

    charter = desk.directory().directory.charter
    named = replace(charter, hub_next_tls_pin=new.pin)
    assert named.hub_tls_pins == {old.pin, new.pin}
    assert charter.hub_tls_pins == {old.pin}
    keys = hub_keys(serving_key(files, desk.secrets("hub.keystore")))
    own = {"hub_identity": keys.identity.public, "hub_log_keys": keys.log.keys}
    check_keys(keys, replace(named, **own))
    with pytest.raises(OperatorError, match="OTHER_KEYS"):
        check_keys(keys, replace(charter, **own))
    secrets = only_hub_tls_key(desk.secrets("hub.keystore"), replace(charter, hub_tls_pin=new.pin))
    assert (secrets.tls, secrets.next_tls) == (new, None)
    followed = new_hub_tls_key(desk.secrets("hub.keystore"), replace(charter, hub_tls_pin=new.pin))
    assert followed.tls == new
    assert followed.next_tls not in (None, new)
