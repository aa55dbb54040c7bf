"""What the tests of the datasets share: audio to write, settings, and a web server that can misbehave."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.settings import Settings
from tests.builders import REPOSITORY, plain_params, settings_of


@pytest.fixture
def shared() -> Path:
    """Return the folder with the real archives; they are never committed."""
    folder = REPOSITORY.parent / "shared" / "gtzan"
    if not folder.is_dir():
        pytest.skip("needs the GTZAN archives in ../shared/gtzan")
    return folder


def _write_audio(path: Path, seconds: float = 15.0, sample_rate: int = 1000, channels: int = 1, **how: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(list(path.name.encode("utf-8", "surrogateescape")))
    soundfile.write(path, random.uniform(-0.5, 0.5, (round(seconds * sample_rate), channels)), sample_rate, **how)
    return path


@pytest.fixture(scope="session")
def write_audio() -> Callable[..., Path]:
    """Return a function that writes noise, differing from name to name."""
    return _write_audio


@dataclass
class Server:
    """Serves `files` by path and keeps what it was asked for.

    `cut` ends every body after so many bytes; `ranges` is whether it understands the Range header; `endless` is sent
    again and again after the body.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    ranges: bool = True
    endless: bytes = b""
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            server.requests.append((self.path, wanted))
            if self.path not in server.files:
                self.send_error(404)
                return
            body = server.files[self.path]
            asked = self.headers.get("If-Range")
            continues = wanted and server.ranges and asked in {None, server.headers.get("ETag")}
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if continues else 0
            if continues and start >= len(body):
                self.send_error(416)
                return
            self.send_response(206 if continues else 200)
            if not server.endless:
                self.send_header("Content-Length", str(len(body) - start))
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[start:][: server.cut])
            with suppress(ConnectionError):
                while server.endless:
                    self.wfile.write(server.endless)
            self.close_connection = True

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    description = Server()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(description)) as http:
        description.url = f"http://127.0.0.1:{http.server_address[1]}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield description
        http.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, in one process, with no mirror and no copy of GTZAN from outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENREBENCH_WORKERS", "1")
    for name in ("GENREBENCH_MIRROR", "GENREBENCH_GTZAN", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings_with() -> Callable[..., Settings]:
    """Return the committed settings with other sections, for instance ``folders={"mine": "some/folder"}``."""

    def build(**sections: object) -> Settings:
        return settings_of(plain_params() | sections)

    return build
