"""`python -m benchmarks.sheet_memory [LINES …]`: the memory that `vault parse` takes for long CSVs.

Prints for each number of lines (100,000 and 1,000,000 without any) the highest resident memory of
the command and of the child that reads for it, in MiB, and the seconds that it took.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

LENGTHS = (100_000, 1_000_000)
_LOOK_SECONDS = 0.05
_HEADER = "Order Number;Order Date;Line;Product Name;SKU;Quantity;Unit Price\n"
_MAP = {
    "kind": "purchase",
    "dates": "dmy",
    "decimals": ",",
    "header": _HEADER.strip().split(";"),
    "columns": {
        "order number": "orderNumber",
        "order date": "orderDate",
        "product name": "name",
        "sku": "sku",
        "quantity": "quantity",
        "unit price": "price",
    },
    "ids": ["order number", "line"],
}


def main() -> None:
    """Measure each length in turn."""
    lengths = [int(text) for text in sys.argv[1:]] or list(LENGTHS)
    with tempfile.TemporaryDirectory() as folder:
        stated = Path(folder, "map.json")
        stated.write_text(json.dumps(_MAP), encoding="utf-8")
        for length in lengths:
            sheet = Path(folder, f"{length}.csv")
            with sheet.open("w", encoding="utf-8") as file:
                file.writelines(_lines(length))
            print(f"{length:>9,} lines: {measured(sheet, stated)}", flush=True)


def _lines(length: int) -> Iterator[str]:
    yield _HEADER
    for number in range(length):
        order, line = divmod(number, 3)
        day = f"{1 + order % 28:02d}.{1 + order % 12:02d}.2025"
        kind = number % 50_000
        yield f"S-{order:08d};{day};{line};Thing number {kind};P{kind:06d};1;{kind % 900},50\n"


def measured(sheet: Path, stated: Path) -> str:
    """Read a sheet with the command, and say what it took."""
    command = [sys.executable, "-m", "vault", "parse", str(sheet), "--map", str(stated)]
    began = time.monotonic()
    peak = {"command": 0, "child": 0}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak["command"] = max(peak["command"], _resident(process.pid))
            for child in _children(process.pid):
                peak["child"] = max(peak["child"], _resident(child))
            time.sleep(_LOOK_SECONDS)
    took = time.monotonic() - began
    return f"command {peak['command']} MiB, child {peak['child']} MiB, {took:.0f} s"


def _resident(pid: int) -> int:
    """The highest resident memory of a process so far, in MiB; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0]) // 1024 if found else 0


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


if __name__ == "__main__":
    main()
