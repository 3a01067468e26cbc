"""Style sheet, script and icons as the package carries them: named after their content, so that they never change.

``static/manifest.json`` maps the plain name to the name with the hash; ``make assets`` writes both.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

from aiohttp import web

from nodes.desk.headers import CACHE, IMMUTABLE
from nodes.desk.leaving import takes_gzip

PREFIX: Final = "/static/"
_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
}


@dataclass(frozen=True, slots=True)
class Assets:
    """Every file by its hashed name, and the hashed name of each plain one."""

    names: Mapping[str, str]
    contents: Mapping[str, bytes]
    packed: Mapping[str, bytes] = field(default_factory=dict)
    """The same with gzip, where that makes them smaller; nothing in them is secret."""

    def path(self, name: str) -> str:
        """Return the path of a file by its plain name, such as ``desk.css``."""
        return PREFIX + self.names[name]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Give a file; it may be kept for ever."""
        name = request.match_info["name"]
        content = self.contents.get(name)
        if content is None:
            return web.Response(status=404)
        headers = {"Content-Type": _TYPES[name.rsplit(".", 1)[-1]], CACHE: IMMUTABLE, "Vary": "Accept-Encoding"}
        if name in self.packed and takes_gzip(request):
            return web.Response(body=self.packed[name], headers=headers | {"Content-Encoding": "gzip"})
        return web.Response(body=content, headers=headers)


def load_assets() -> Assets:
    """Return the files as the manifest names them. ``RuntimeError`` for one that is not what the manifest says."""
    folder = files("nodes") / "desk" / "static"
    names: dict[str, str] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    contents = {hashed: (folder / hashed).read_bytes() for hashed in names.values()}
    wrong = [hashed for hashed, content in contents.items() if hash_of(content) not in hashed]
    if wrong:
        raise RuntimeError(f"changed since they were built: {wrong}")
    packed = {hashed: gzip.compress(content, mtime=0) for hashed, content in contents.items()}
    smaller = {hashed: content for hashed, content in packed.items() if len(content) < len(contents[hashed])}
    return Assets(names, contents, smaller)


def hash_of(content: bytes) -> str:
    """Return the twelve digits that stand in a file's name."""
    return hashlib.sha256(content).hexdigest()[:12]
