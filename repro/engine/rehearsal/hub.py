"""A stand-in for the Hugging Face hub on this machine's loopback interface, for the rehearsal and for tests.

It answers what the real `huggingface_hub` asks: listings with sizes and hashes, files with a redirect to storage for
large ones, licences that must be accepted, and refusals with the hub's own codes. A repository has whatever commit is
asked for, except where a test says otherwise. Faults are answers to chosen requests, for tests.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

TOKEN = "hf_rehearsal"
# The hub keeps large files in separate storage (LFS), by suffix.
_LARGE = (".safetensors", ".bin", ".parquet", ".model")


@dataclass(frozen=True)
class StandInRepository:
    """A repository of the stand-in: the folder with its files.

    Attributes:
        folder: its files.
        gated: its files are only for `TOKEN`.
        commit: the only commit that it has; None: any.
    """

    folder: Path
    gated: bool = False
    commit: str | None = None


@dataclass
class Fault:
    """What the stand-in does with the next `times` requests whose method and path match.

    Attributes:
        request: a pattern, such as `GET /storage/`.
        how: `status` answers with `status`, `headers` and `body`; `cut` ends the body half way; `reset` closes the
            connection without an answer; `flip` changes one bit of the body; `short` sends half of the body as if it
            were all.
    """

    request: str
    how: Literal["status", "cut", "reset", "flip", "short"] = "status"
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    times: int = 10**9


class StandInHub(ThreadingHTTPServer):
    """The server.

    Attributes:
        repositories: by address, such as `datasets/GAIR/lima`.
        addresses: a folder whose files are served under /addresses/ and a commit, as GitHub serves raw files.
        faults: the first that matches a request is used.
        requests: every request so far, as `METHOD path`.
    """

    def __init__(
        self, repositories: dict[str, StandInRepository], addresses: Path | None = None, port: int = 0
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.repositories, self.addresses = repositories, addresses
        self.faults: list[Fault] = []
        self.requests: list[str] = []

    @property
    def address(self) -> str:
        """Return what HF_ENDPOINT has to be."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def storage(self) -> str:
        """Return the address of large files: another host than the hub's, as in reality."""
        return f"http://localhost:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that hang up."""


class _Refusal(Exception):
    """A status with the hub's code for it."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class _Handler(BaseHTTPRequestHandler):
    server: StandInHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        request = f"{self.command} {unquote(self.path)}"
        self.server.requests.append(request)
        fault = next((f for f in self.server.faults if f.times > 0 and re.search(f.request, request)), None)
        if fault:
            fault.times -= 1
            if fault.how == "reset":
                self.close_connection = True
                return
            if fault.how == "status":
                self._send(fault.status, fault.headers, fault.body)
                return
        try:
            status, headers, body = self._answer(unquote(urlsplit(self.path).path))
        except _Refusal as refusal:
            headers = {"X-Error-Code": refusal.code, "X-Error-Message": refusal.message}
            status, body = refusal.status, b"{}"
        self._send(status, headers, body, fault)

    do_HEAD = do_GET

    def _answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        parts = path.strip("/").split("/")
        if parts[0] == "api":
            return self._api(parts[1:])
        if parts[0] == "storage":
            return self._part(self._stored(parts[1]).read_bytes())
        if parts[0] == "addresses":
            file = (self.server.addresses or Path("/nonexistent")).joinpath(*parts[2:])
            if not file.is_file():
                raise _Refusal(404, "")
            return 200, {"Content-Type": "text/plain"}, file.read_bytes()
        if "resolve" in parts:
            at = parts.index("resolve")
            return self._file("/".join(parts[:at]), parts[at + 1], "/".join(parts[at + 2 :]))
        raise _Refusal(404, "")

    def _repository(self, name: str, commit: str | None = None) -> StandInRepository:
        token = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        if token and not token.startswith("hf_"):
            raise _Refusal(401, "", "Invalid credentials in Authorization header")
        repository = self.server.repositories.get(name.removeprefix("models/"))
        if repository is None:
            raise _Refusal(404 if token else 401, "RepoNotFound")
        if repository.commit and commit not in (None, "main", repository.commit):
            raise _Refusal(404, "RevisionNotFound")
        return repository

    def _api(self, parts: list[str]) -> tuple[int, dict[str, str], bytes]:
        """Answer /api/models/OWNER/NAME, with /revision/COMMIT or /tree/COMMIT."""
        name, rest = "/".join(parts[:3]), parts[3:]
        commit = rest[1] if len(rest) > 1 else None
        repository = self._repository(name, commit)
        if rest[:1] == ["tree"]:
            content: Any = [self._entry(repository, file) for file in _files(repository.folder)]
        else:
            names = [
                {"rfilename": file.relative_to(repository.folder).as_posix()} for file in _files(repository.folder)
            ]
            content = {"id": "/".join(parts[1:3]), "sha": repository.commit or commit or "0" * 40, "siblings": names}
        return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()

    def _entry(self, repository: StandInRepository, file: Path) -> dict[str, Any]:
        content = file.read_bytes()
        entry = {"type": "file", "path": file.relative_to(repository.folder).as_posix(), "size": len(content)}
        if file.suffix not in _LARGE:
            return entry | {"oid": _blob(content)}
        digest = hashlib.sha256(content).hexdigest()
        return entry | {"oid": _blob(digest.encode()), "lfs": {"oid": digest, "size": len(content), "pointerSize": 134}}

    def _file(self, name: str, commit: str, path: str) -> tuple[int, dict[str, str], bytes]:
        repository = self._repository(name, commit)
        if repository.gated and self.headers["Authorization"] != f"Bearer {TOKEN}":
            raise _Refusal(403 if self.headers["Authorization"] else 401, "GatedRepo")
        file = repository.folder / path
        if not file.is_file():
            raise _Refusal(404, "EntryNotFound")
        content = file.read_bytes()
        headers = {"X-Repo-Commit": repository.commit or commit}
        if file.suffix not in _LARGE:
            return 200, headers | {"ETag": f'"{_blob(content)}"'}, content
        digest = hashlib.sha256(content).hexdigest()
        headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content))}
        return 302, headers | {"Location": f"{self.server.storage}/storage/{digest}?expires=soon"}, b""

    def _stored(self, digest: str) -> Path:
        for repository in self.server.repositories.values():
            for file in _files(repository.folder):
                if file.suffix in _LARGE and hashlib.sha256(file.read_bytes()).hexdigest() == digest:
                    return file
        raise _Refusal(404, "")

    def _part(self, content: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return the part of a content that the request asks for."""
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if not wanted:
            return 200, {}, content
        begin = int(wanted[1])
        return 206, {"Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"}, content[begin:]

    def _send(self, status: int, headers: dict[str, str], body: bytes, fault: Fault | None = None) -> None:
        if fault and fault.how == "flip" and body:
            body = bytes([body[0] ^ 1]) + body[1:]
        sent = body[: len(body) // 2] if fault and fault.how in ("cut", "short") else body
        self.send_response(status)
        length = len(sent) if fault and fault.how == "short" else len(body)
        for name, value in ({"Content-Length": str(length)} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent)
        if sent != body:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Do not log requests."""


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _blob(content: bytes) -> str:
    """Return git's hash of a content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    """Serve requests in a thread."""
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def settings_of(address: str, cache: Path, token: str = TOKEN) -> dict[str, str]:
    """Return the environment in which the hub's library uses the stand-in at an address, with a cache of its own."""
    return {
        "HF_ENDPOINT": address,
        "HF_HOME": str(cache),
        "HF_TOKEN": token,
        "NO_PROXY": "127.0.0.1,localhost",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
