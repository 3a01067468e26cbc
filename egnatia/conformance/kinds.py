"""All kinds of vectors (docs/conformance.md)."""

from collections.abc import Mapping
from typing import Final

from egnatia.conformance.bundles import BUNDLE_KINDS
from egnatia.conformance.directory import DIRECTORY_KINDS
from egnatia.conformance.kind import Kind
from egnatia.conformance.logs import LOG_KINDS
from egnatia.conformance.objects import OBJECT_KINDS
from egnatia.conformance.sealed import SEALED_KINDS
from egnatia.conformance.transfer import TRANSFER_KINDS

_ALL: Final = (*OBJECT_KINDS, *DIRECTORY_KINDS, *LOG_KINDS, *SEALED_KINDS, *TRANSFER_KINDS, *BUNDLE_KINDS)
KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _ALL}
