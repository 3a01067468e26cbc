"""An object store that speaks as much of S3's protocol as parts need: put, get, list, delete, and going wrong."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from aiohttp import web

BUCKET = "network"


@dataclass
class ObjectStore:
    """Objects in memory. ``failing`` answers every request with that status."""

    objects: dict[str, bytes] = field(default_factory=dict)
    failing: int = 0
    port: int = 0
    signed: list[str] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["ObjectStore"]:
        """Serve on a free port."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", f"/{BUCKET}", self._bucket)
        app.router.add_route("*", f"/{BUCKET}/", self._bucket)
        app.router.add_route("*", f"/{BUCKET}/{{key:.+}}", self._object)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _bucket(self, request: web.Request) -> web.Response:
        if self.failing:
            return web.Response(status=self.failing)
        if request.method == "POST" and "delete" in request.query:
            return self._delete(await request.read())
        return self._list(request.query.get("prefix", ""), request.query.get("delimiter", ""))

    async def _object(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        self.signed.append(request.headers.get("Authorization", ""))
        if self.failing:
            return web.Response(status=self.failing)
        if request.method == "PUT":
            self.objects[key] = await request.read()
            return web.Response(headers={"ETag": '"etag"'})
        if key not in self.objects:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        return web.Response(body=self.objects[key], headers={"ETag": '"etag"', "Last-Modified": _WHEN_HTTP})

    def _delete(self, body: bytes) -> web.Response:
        asked = [each.text or "" for each in ET.fromstring(body).iter() if each.tag.endswith("Key")]  # noqa: S314 - ours
        for key in asked:
            self.objects.pop(key, None)
        told = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in asked)
        return _xml(f"<DeleteResult>{told}</DeleteResult>")

    def _list(self, prefix: str, delimiter: str) -> web.Response:
        keys = sorted(key for key in self.objects if key.startswith(prefix))
        tails = {key: key[len(prefix) :] for key in keys}
        folders = {
            prefix + tail.split(delimiter)[0] + delimiter for tail in tails.values() if delimiter and delimiter in tail
        }
        plain = [key for key, tail in tails.items() if not delimiter or delimiter not in tail]
        objects = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{_WHEN}</LastModified><ETag>etag</ETag>"
            f"<Size>{len(self.objects[key])}</Size></Contents>"
            for key in plain
        )
        common = "".join(
            f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in sorted(folders)
        )
        return _xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{objects}{common}</ListBucketResult>")


_WHEN = "2026-01-01T00:00:00.000Z"
_WHEN_HTTP = "Thu, 01 Jan 2026 00:00:00 GMT"


def _xml(body: str) -> web.Response:
    return web.Response(text=f'<?xml version="1.0" encoding="UTF-8"?>{body}', content_type="application/xml")
