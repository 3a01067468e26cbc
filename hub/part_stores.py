"""Which part store the settings name. The object store's library is needed only by those who use one."""

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from hub.config import AttachmentSettings, HubConfig
from hub.part_folder import FolderStore
from hub.part_store import PartStore
from runtime.files import read_private
from runtime.operator import OperatorError

_FOLDER: Final = "folder"
_DEFAULT: Final = "attachments"
_SPOOL: Final = "attachments.spool"
_CONNECT_S: Final = 5
_RETRIES: Final = 2  # the sender tries again too
_MAX_CREDENTIALS: Final = 1_024  # bytes


def part_store(config: HubConfig) -> PartStore:
    """Return the store that the settings name; ``OperatorError`` for one that is not understood or cannot be used."""
    url = urlsplit(config.attachments.store)
    if url.scheme == _FOLDER and not url.netloc and not url.query and not url.fragment:
        root = config.data_folder / (url.path or _DEFAULT)
        return FolderStore(root, config.database.reserve_bytes)
    if url.scheme == "s3" and url.netloc and not url.query and not url.fragment:
        return _object_store(url, config)
    raise _refused("cannot be read")


def _object_store(url: SplitResult, config: HubConfig) -> PartStore:
    try:
        from obstore.store import S3Store  # noqa: PLC0415 - an extra, absent where a folder is used

        from hub.part_objects import ObjectPartStore  # noqa: PLC0415
    except ImportError as err:
        raise OperatorError(
            "STORE_EXTRA",
            "Attachments are to be kept in an object store, and the library for it is not installed",
            "It is installed only where it is used",
            "Install the extra s3, or set attachments.store to folder:",
        ) from err
    settings = config.attachments
    given = {"region": settings.region, "endpoint": settings.endpoint, **_credentials(settings)}
    store = S3Store(
        url.netloc,
        prefix=url.path.strip("/") or None,
        client_options={
            "allow_http": _is_local(settings.endpoint),
            "connect_timeout": timedelta(seconds=_CONNECT_S),
            "timeout": timedelta(seconds=settings.timeout_s),
        },
        retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=settings.timeout_s)},
        **{name: value for name, value in given.items() if value},  # type: ignore[arg-type]  # a mapping of its options
    )
    return ObjectPartStore(store, config.data_folder / _SPOOL)


def _credentials(settings: AttachmentSettings) -> dict[str, str]:
    if not settings.credentials:
        return {}
    lines = read_private(Path(settings.credentials), _MAX_CREDENTIALS).decode("utf-8", "replace").split()
    if len(lines) != len(("key id", "secret")):
        raise OperatorError(
            "STORE_CREDENTIALS",
            f"{settings.credentials} does not hold an access key id and a secret key",
            "Both are needed to use the object store",
            "Write the two into the file, one a line",
        )
    return {"access_key_id": lines[0], "secret_access_key": lines[1]}


def _is_local(endpoint: str) -> bool:
    """Whether an endpoint is on this machine, the only place that may be reached without TLS."""
    host = urlsplit(endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(finding: str) -> OperatorError:
    return OperatorError(
        "STORE_URL",
        f"The store of attachments {finding}",
        "Attachments are kept in a folder or in an S3-compatible object store",
        "Write folder:, folder:/path or s3://bucket/prefix into attachments.store",
    )
