"""What serving costs on top of the work itself: a server over loopback against decode + ONNX Runtime alone.

    python -m benchmarks.serving --models models --image lesion.jpg

Floor and server take turns on the same cores, several rounds, so that a busy neighbor slows both; trust the ratios. CPU
is user + system time of the server's process, per request, against the same of the floor, per image. The client shares
the cores with the server, so requests/s falls short of the floor by what the client costs.
"""

import argparse
import asyncio
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import cast

import numpy as np
from PIL import Image

from lesion import image as pixel_path
from lesion.manifest import Manifest
from lesion.patient import Patient, encode
from service.bundle_files import BundleFiles
from service.cpu import granted_cores
from service.providers import Placement
from service.runtime import Runtime
from service.store import find

_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_BOUNDARY = b"dermserve-benchmark"


@dataclass
class Load:
    """What one burst of load gave."""

    seconds: float
    cpu_seconds: float
    latencies_ms: list[float] = field(repr=False)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies_ms) / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds an answer."""
        return self.cpu_seconds * 1000 / len(self.latencies_ms)


def floor(runtime: Runtime, manifest: Manifest, data: bytes, lanes: int, seconds: float) -> Load:
    """Decode and run, nothing else, on as many threads as the server has lanes."""
    end = time.monotonic() + seconds

    def lane() -> list[float]:
        latencies = []
        while (begun := time.monotonic()) < end:
            pixels = pixel_path.load(data, manifest.image)
            row = encode(Patient(age=55, sex="female"), manifest.metadata)
            runtime.run_batch(pixels[np.newaxis], row[np.newaxis])
            latencies.append((time.monotonic() - begun) * 1000)
        return latencies

    cpu, begun = _own_cpu(), time.monotonic()
    with ThreadPoolExecutor(lanes) as pool:
        latencies = [latency for thread in [pool.submit(lane) for _ in range(lanes)] for latency in thread.result()]
    return Load(time.monotonic() - begun, _own_cpu() - cpu, latencies)


def _own_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Server:
    """`python -m service` in a process of its own."""

    def __init__(self, models: Path, lanes: int) -> None:
        environment = {
            **os.environ,
            "DERMSERVE_MODELS": str(models.resolve()),
            "DERMSERVE_PORT": "0",
            "DERMSERVE_LANES": str(lanes),
        }
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "service"],
            cwd=Path(__file__).resolve().parents[1],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = 0
        for line in self.process.stderr or ():
            event = json.loads(line)
            if "running on" in event.get("message", ""):
                self.port = int(event["message"].split(" (")[0].rsplit(":", 1)[1])
            if event["event"] == "ready":
                break
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/health/ready")
        if connection.getresponse().status != 200:
            raise RuntimeError("The server did not become ready.")
        self.start_seconds = time.monotonic() - begun
        # Its log has to be read on, or the server would wait for room in the pipe.
        threading.Thread(target=self._drop_log, daemon=True).start()

    def _drop_log(self) -> None:
        for _ in self.process.stderr or ():
            pass

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS

    def memory_mb(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.terminate()
        return self.process.wait(30)


class _Caller(asyncio.Protocol):
    """One kept-alive connection that posts, waits for the answer, and posts again. Reads no more than it must."""

    def __init__(self, request: bytes, end: float, done: "asyncio.Future[list[float]]") -> None:
        self._request, self._end, self._done = request, end, done
        self._latencies: list[float] = []
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._post()

    def _post(self) -> None:
        self._begun, self._answer = time.monotonic(), b""
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, blank, body = self._answer.partition(b"\r\n\r\n")
        if not blank or len(body) < int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._done.set_exception(RuntimeError(f"Expected 200. Received {self._answer[:300]!r}."))
            self._transport.close()
            return
        now = time.monotonic()
        self._latencies.append((now - self._begun) * 1000)
        if now < self._end:
            self._post()
        else:
            self._transport.close()
            self._done.set_result(self._latencies)


async def _call(port: int, request: bytes, clients: int, seconds: float) -> list[float]:
    loop = asyncio.get_running_loop()
    end = time.monotonic() + seconds
    answers = [loop.create_future() for _ in range(clients)]
    for done in answers:
        await loop.create_connection(partial(_Caller, request, end, done), "127.0.0.1", port)
    return [latency for latencies in await asyncio.gather(*answers) for latency in latencies]


def serving(server: Server, request: bytes, clients: int, seconds: float) -> Load:
    """So many clients, each with one request under way."""
    cpu, begun = server.cpu_seconds(), time.monotonic()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        latencies = runner.run(_call(server.port, request, clients, seconds))
    return Load(time.monotonic() - begun, server.cpu_seconds() - cpu, latencies)


def _loop_factory() -> "type[asyncio.AbstractEventLoop]":
    import uvloop  # noqa: PLC0415 (part of the service's own dependencies where it exists)

    return uvloop.Loop


def multipart(data: bytes) -> bytes:
    """The bytes of one request."""
    disposition = b"--" + _BOUNDARY + b"\r\nContent-Disposition: form-data; name="
    body = disposition + b'"image"; filename="lesion.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + data
    body += b"\r\n" + disposition + b'"metadata"\r\nContent-Type: application/json\r\n\r\n{"age":55,"sex":"female"}\r\n'
    body += b"--" + _BOUNDARY + b"--\r\n"
    head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=" + _BOUNDARY
    return head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def drawn_image() -> bytes:
    """A JPEG of HAM10000's size, for a checkout without examples."""
    noise = np.random.default_rng(0).integers(0, 256, (75, 100, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((600, 450), Image.Resampling.BICUBIC).save(file, "JPEG", quality=92)
    return file.getvalue()


def compare(options: argparse.Namespace) -> dict[str, object]:
    """Run everything and report it, with ratios taken within each round."""
    directory = find(options.models, options.model)
    manifest = Manifest.read(directory)
    runtime = Runtime(BundleFiles(directory, manifest), manifest.variants[0], Placement("cpu"))
    runtime.warm(manifest, 1)
    examples = sorted(path for kind in ("*.jpg", "*.jpeg", "*.png") for path in Path("examples").rglob(kind))
    path = options.image or next(iter(examples), None)
    data = path.read_bytes() if path else drawn_image()
    server = Server(options.models, options.lanes)
    serving(server, multipart(data), 2, 1)
    rows: list[dict[str, object]] = []
    for clients in options.clients:
        pairs = [
            (
                floor(runtime, manifest, data, options.lanes, options.seconds),
                serving(server, multipart(data), clients, options.seconds),
            )
            for _ in range(options.rounds)
        ]
        latencies = sorted(latency for _, served in pairs for latency in served.latencies_ms)
        rows.append(
            {
                "clients": clients,
                "requests_per_s": round(statistics.median(served.per_second for _, served in pairs), 1),
                "floor_images_per_s": round(statistics.median(alone.per_second for alone, _ in pairs), 1),
                "cpu_ms_per_request": round(statistics.median(served.cpu_ms for _, served in pairs), 3),
                "floor_cpu_ms_per_image": round(statistics.median(alone.cpu_ms for alone, _ in pairs), 3),
                "cpu_ratio": round(statistics.median(served.cpu_ms / alone.cpu_ms for alone, served in pairs), 3),
                "throughput_ratio": round(
                    statistics.median(served.per_second / alone.per_second for alone, served in pairs), 3
                ),
                "p50_ms": round(latencies[len(latencies) // 2], 2),
                "p99_ms": round(latencies[len(latencies) * 99 // 100], 2),
            }
        )
    return {
        "image": {"file": str(path) if path else "drawn", "bytes": len(data)},
        "model": {"name": manifest.name, "version": manifest.version, "size": manifest.image.size},
        "lanes": options.lanes,
        "start_to_ready_s": round(server.start_seconds, 2),
        "rounds": options.rounds,
        "results": rows,
        "server_memory_mb": round(server.memory_mb(), 1),
        "server_exit_code": server.stop(),
    }


def main() -> None:
    """Print the report as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--model", default="dermoscopy")
    parser.add_argument("--image", type=Path, help="default: the first of examples/, else one is drawn")
    parser.add_argument("--lanes", type=int, default=granted_cores())
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each burst")
    parser.add_argument("--rounds", type=int, default=3)
    print(json.dumps(compare(parser.parse_args()), indent=2))


if __name__ == "__main__":
    main()
