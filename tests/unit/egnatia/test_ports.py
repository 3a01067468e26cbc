"""Ports are given out so that no two programs are told to listen on the same one."""

import socket
from pathlib import Path

import pytest

from egnatia.demo.ports import BLOCK, HIGHEST, LOWEST, Ports


def test_a_port_comes_again_only_after_all_others_though_nobody_listens_yet(tmp_path: Path) -> None:
    ports = Ports(tmp_path)
    given = [port for _ in range(10) for port in ports.take(4)]
    assert len(set(given)) == 40
    assert all(LOWEST <= port < HIGHEST for port in given)
    rest = ports.take(BLOCK - 60)
    assert not {*given} & {*rest}, "somebody else may listen on up to twenty of them"


def test_two_processes_never_share_a_block(tmp_path: Path) -> None:
    one, other = Ports(tmp_path), Ports(tmp_path)
    assert not {*one.take(BLOCK - 20)} & {*other.take(BLOCK - 20)}


def test_a_port_on_which_somebody_listens_is_left_out(tmp_path: Path) -> None:
    ports = Ports(tmp_path)
    (first,) = ports.take(1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first + 1))
        assert ports.take(1) == [first + 2]
        with pytest.raises(OSError, match="fewer than"):
            ports.take(BLOCK)


def test_when_every_block_is_held_the_error_names_the_folder(tmp_path: Path) -> None:
    held = [Ports(tmp_path) for _ in range((HIGHEST - LOWEST) // BLOCK)]
    for each in held:
        each.take(1)
    with pytest.raises(OSError, match=str(tmp_path)):
        Ports(tmp_path).take(1)
