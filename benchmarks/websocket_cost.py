"""WebSockets of django-ahead against those of Channels: python benchmarks/websocket_cost.py

Two uvicorn processes, one with each, take their turn: CPU time of the server per echoed message and per delivery to a
group, memory and threads at 1,000 sockets. Prints tables, and exits with 1 if a limit is exceeded. Ratios are medians
of rounds. Needs `ulimit -n` above 4,096.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from tests.environments import install, socket_environment
from tests.runtime.socket_servers import free_port, redis_server, wait_for_port

# What django-ahead may cost of Channels.
ECHO, DELIVERY, MEMORY, THREADS = 0.7, 0.5, 1.1, 16
MEMBERS = 100


@dataclass(frozen=True, slots=True)
class Site:
    process: subprocess.Popen[bytes]
    port: int

    def cpu(self) -> float:
        """Seconds of CPU time that the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Bytes that are resident."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    async def sockets(self, count: int) -> list[ClientConnection]:
        found: list[ClientConnection] = []
        for start in range(0, count, 50):
            new = (self._connect() for _ in range(min(50, count - start)))
            found += await asyncio.gather(*new)
        return found

    async def _connect(self) -> ClientConnection:
        origin = Origin(f"http://127.0.0.1:{self.port}")
        url = f"ws://127.0.0.1:{self.port}/room/"
        return await connect(url, origin=origin, compression=None, proxy=None, ping_interval=None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--django", default="6.1")
    parser.add_argument("--ws", default="websockets-sansio", help="that of uvicorn (default: websockets-sansio)")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    python = socket_environment(arguments.django)
    install(python, "channels_redis")
    with _sites(python, arguments.ws) as (native, channels):
        within = asyncio.run(_sockets(native, channels, arguments.sockets, arguments.rounds))
    print("\n| groups | django-ahead | Channels | ratio |\n|---|---|---|---|")
    with _sites(python, arguments.ws) as (native, channels):
        within &= asyncio.run(_groups("in memory", native, channels, arguments.rounds))
    with redis_server() as (_, port), _sites(python, arguments.ws, f"redis://127.0.0.1:{port}/0") as (native, channels):
        within &= asyncio.run(_groups("Redis", native, channels, arguments.rounds))
    return 0 if within else 1


async def _sockets(native: Site, channels: Site, count: int, rounds: int) -> bool:
    sites = (native, channels)
    for site in sites:
        # What the first sockets cost once is no cost of a socket.
        await asyncio.gather(*(socket.close() for socket in await site.sockets(50)))
    await asyncio.sleep(1)
    before = [site.memory() for site in sites]
    connected = [await site.sockets(count) for site in sites]
    each = [(site.memory() - start) / count / 1024 for site, start in zip(sites, before, strict=True)]
    costs = [[await _echo(site, own) for site, own in zip(sites, connected, strict=True)] for _ in range(rounds)]
    echo, memory = _ratio(costs), each[0] / each[1]
    threads = [site.threads() for site in sites]
    print(f"| {count:,} sockets | django-ahead | Channels | ratio |\n|---|---|---|---|")
    print(f"| CPU per echoed message | {_cells(costs)} | {echo:.2f} (≤ {ECHO}) |")
    print(f"| memory per socket | {each[0]:.1f} KiB | {each[1]:.1f} KiB | {memory:.2f} (≤ {MEMORY}) |")
    print(f"| threads | {threads[0]} (≤ {THREADS}) | {threads[1]} | |", flush=True)
    return echo <= ECHO and memory <= MEMORY and threads[0] <= THREADS


async def _groups(name: str, native: Site, channels: Site, rounds: int) -> bool:
    sites = (native, channels)
    connected = [await site.sockets(MEMBERS) for site in sites]
    costs = [[await _broadcast(site, own) for site, own in zip(sites, connected, strict=True)] for _ in range(rounds)]
    ratio = _ratio(costs)
    print(f"| CPU per delivery, {name} | {_cells(costs)} | {ratio:.2f} (≤ {DELIVERY}) |", flush=True)
    return ratio <= DELIVERY


async def _echo(site: Site, sockets: list[ClientConnection], times: int = 3) -> float:
    """Microseconds of the server per message, each socket having one on its way."""

    async def one(socket: ClientConnection) -> None:
        for _ in range(times):
            await socket.send("echo")
            assert await socket.recv() == "echo"

    start = site.cpu()
    await asyncio.gather(*map(one, sockets))
    return (site.cpu() - start) / len(sockets) / times * 1e6


async def _broadcast(site: Site, sockets: list[ClientConnection], times: int = 30) -> float:
    """Microseconds of the server per message that reaches a member of the group."""
    start = site.cpu()
    for _ in range(times):
        await sockets[0].send("to all")
        await asyncio.gather(*(socket.recv() for socket in sockets))
    return (site.cpu() - start) / len(sockets) / times * 1e6


def _ratio(costs: list[list[float]]) -> float:
    return median(ours / theirs for ours, theirs in costs)


def _cells(costs: list[list[float]]) -> str:
    return " | ".join(f"{median(column):,.0f} µs" for column in zip(*costs, strict=True))


@contextlib.contextmanager
def _sites(python: Path, ws: str, redis: str = "") -> Iterator[tuple[Site, Site]]:
    """The site with django-ahead, and the one with Channels."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        variables = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "benchmarks", ROOT / "runtime"))),
            "DJANGO_SETTINGS_MODULE": "rooms.settings",
            "BENCH_DATABASE": f"{folder}/site.sqlite3",
            "BENCH_REDIS": redis,
        }
        subprocess.run([python, "-m", "django", "migrate", "--verbosity=0"], env=variables, check=True)
        native, channels = (
            stack.enter_context(_serving(python, module, ws, variables)) for module in ("native", "with_channels")
        )
        yield native, channels


@contextlib.contextmanager
def _serving(python: Path, module: str, ws: str, variables: dict[str, str]) -> Iterator[Site]:
    port = free_port()
    options = ["--port", str(port), "--ws", ws, "--log-level", "warning", "--ws-ping-interval", "600"]
    command = [str(python), "-m", "uvicorn", f"rooms.{module}:application", *options]
    process = subprocess.Popen(command, env=variables)
    try:
        wait_for_port(port)
        time.sleep(0.5)
        yield Site(process, port)
    finally:
        process.kill()
        process.wait(20)


if __name__ == "__main__":
    sys.exit(main())
