"""`make bench` and `make bench-quick`: every subject, into var/bench.json and docs/performance.md.

Only a whole run writes the table of the page; a quick one prints it.
"""

import argparse
import datetime as dt
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import first_page, import_lines, vendor_page

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "var" / "bench.json"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SUBJECTS = {
    "vendor-page": vendor_page.measure,
    "import": import_lines.measure,
    "first-page": first_page.measure,
}


def main() -> int:
    """Measure what is asked for; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: under two minutes")
    parser.add_argument("subjects", nargs="*", choices=[*SUBJECTS, []], help="all without any")
    asked = parser.parse_args()
    began = time.monotonic()
    results = []
    for name in asked.subjects or SUBJECTS:
        print(f"measuring {name} ...", flush=True)
        results += SUBJECTS[name](quick=asked.quick)
    found = {"machine": machine(), "quick": asked.quick, "results": results}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    written = "\n".join(table(found))
    print(f"\n{written}\n\n{time.monotonic() - began:.0f} s; also in {RESULTS.relative_to(ROOT)}")
    if not asked.quick and not asked.subjects:
        _write_page(written)
    return 0


def machine() -> dict[str, str]:
    """What it ran on."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": str(os.cpu_count()),
        "system": platform.system(),
        "python": platform.python_version(),
        "day": dt.datetime.now(dt.UTC).date().isoformat(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def table(found: dict[str, Any]) -> Iterator[str]:
    """The results as a Markdown table: median, and the range in brackets."""
    where = found["machine"]
    yield (
        f"{where['day']}: {where['cores']} cores, {where['cpu']}, Python {where['python']}, "
        f"load {where['load']}{', a quick run' if found['quick'] else ''}."
    )
    yield ""
    yield "| subject | side | CPU ms | wall ms | ratio by CPU |"
    yield "|---|---|---|---|---|"
    for result in found["results"]:
        for name, side in result["sides"].items():
            ratio = result.get("ratios", {}).get(name)
            last = "growth" in result and name == list(result["sides"])[-1]
            shown = f"grows {_spread(result['growth'])} times" if last else ""
            shown = _spread(ratio) if ratio else shown
            unit = f"a {result['unit']}"
            cpu, wall = _spread(side["cpu_ms"]), _spread(side["wall_ms"])
            yield f"| {result['subject']} | {name}, {unit} | {cpu} | {wall} | {shown} |"


def _spread(found: dict[str, float]) -> str:
    return f"{found['median']:g} ({found['min']:g}–{found['max']:g})"


def _write_page(written: str) -> None:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{written}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
