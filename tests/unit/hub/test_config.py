"""Settings of the hub as an operator writes them: what is left out keeps the value that belongs to its section."""

from pathlib import Path

from hub.config import AdminSettings, HubConfig, ListenSettings
from runtime.settings import load

SETTINGS = f"""\
data_folder = "."
keystore = "hub.keystore"
charter_digest = "{"0" * 64}"

[listen]
port = 1

[admin]
port = 2
"""


def test_a_section_that_names_its_port_alone_keeps_what_belongs_to_that_door(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    config = load(path, HubConfig)
    assert config.listen == ListenSettings(port=1)
    assert config.listen.host == "0.0.0.0"  # noqa: S104 - nodes come from outside
    assert config.admin == AdminSettings(port=2)
    assert (config.admin.host, config.admin.max_connections, config.admin.balancer_wait_s) == ("127.0.0.1", 50, 0.0)
