"""`python -m benchmarks.import_memory [LINES …]`: the memory and time that a long import takes.

Imports an Amazon history of each length (100,000, 400,000 and 1,000,000 lines without any) into a
new vault, as `vault import` and the pages do, and prints for each step the highest resident memory
of the process in MiB, and the CPU seconds with the child's: reading the file into the inbox,
foreseeing the outcome, storing it, and reading the same file once more; and the longest that
SQLite's write-ahead log became. The child's memory `benchmarks/sheet_memory.py` measures.
"""

import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from benchmarks import history
from benchmarks.measure import Burst, timed
from benchmarks.prepared import Prepared, prepared
from vault.services.open_vault import OpenVault

LENGTHS = (100_000, 400_000, 1_000_000)
STEPS = ("read", "foresee", "store", "read again")
_MIB = 1024 * 1024
_CHUNK = 1024 * 1024
_LOOK_SECONDS = 0.2
_STATUS = Path("/proc/self/status")


def main() -> None:
    """Measure each length in turn, each in a process of its own."""
    lengths = [int(text) for text in sys.argv[1:]] or list(LENGTHS)
    heads = [f"{step}: MiB | CPU s" for step in STEPS]
    print(f"| lines | {' | '.join(heads)} | log MiB |")
    print("|---" * (2 * len(STEPS) + 2) + "|", flush=True)
    for length in lengths:
        process = multiprocessing.get_context("spawn").Process(target=_import, args=(length,))
        process.start()
        process.join()


def _import(length: int) -> None:
    """Import a history of so many lines, and print what each step took."""
    with tempfile.TemporaryDirectory() as folder, prepared() as home:
        path = Path(folder, "history.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            history.write_amazon(file, length)
        vault = home.customer("long")
        with _longest(Path(home.environment["VAULT_HOME"], "vault.db-wal")) as log:
            taken = [_measured(step) for step in _steps(home, vault, path)]
    print(f"| {length:,} | {' | '.join(taken)} | {max(log) // _MIB} |", flush=True)


@contextmanager
def _longest(path: Path) -> Iterator[list[int]]:
    """Look again and again how long a file is that comes and goes."""
    sizes, over = [0], Event()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            with suppress(FileNotFoundError):
                sizes.append(path.stat().st_size)

    watching = Thread(target=watch)
    watching.start()
    try:
        yield sizes
    finally:
        over.set()
        watching.join()


def _steps(home: Prepared, vault: OpenVault, path: Path) -> Iterator[Callable[[], object]]:
    """What a customer does, step by step."""
    imports, staged = home.services.imports, []

    def read() -> None:
        with path.open("rb") as file:
            chunks = iter(lambda: file.read(_CHUNK), b"")
            staged.append(imports.stage(vault, [(path.name, chunks)]).import_id)

    yield read
    yield lambda: imports.foresee(vault, staged[0])
    yield lambda: imports.confirm(vault, staged[0])
    yield read


def _measured(step: Callable[[], object]) -> str:
    """Take a step; the highest resident memory during it, and the CPU seconds."""
    Path("/proc/self/clear_refs").write_text("5")  # forget what was the highest before (proc(5))
    taken: list[Burst] = []
    with timed(taken, 1):
        step()
    [peak] = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM")]
    return f"{int(peak.split()[1]) // 1024} | {taken[0].cpu:.0f}"


if __name__ == "__main__":
    main()
