"""Restore many pathological notebooks, and print what each of the costliest took.

``python -m benchmarks.validity.pathological [--notebooks 1000]`` draws notebooks by hypothesis:
long, deep, repeated and broken ones (`tests.support.pathological`), of up to tens of megabytes.
Each is restored as a class's are, in the process with bounds. None may end it in any other way than
by a bound, and the peak of that process's memory is printed with the time.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from autograder.errors import TooCostlyError, UnreadableNotebookError
from autograder.grading.reading import restore_text
from autograder.sandbox.bounded_process import reading_process
from tests.support.pathological import notebooks, release, text_of

LARGEST = 300_000
"""Of whatever is repeated."""


def main() -> None:
    """Draw, restore, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notebooks", type=int, default=1000)
    asked = parser.parse_args()
    taken: list[tuple[float, int, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.ipynb")

        @settings(
            max_examples=asked.notebooks,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(notebooks(LARGEST))
        def restore_one(made: tuple[list[tuple[str, int]], tuple[str, int]]) -> None:
            path.write_bytes(text_of(*made))
            taken.append(_restored(path, str(made)))

        restore_one()
    _print(taken)


def _restored(path: Path, made: str) -> tuple[float, int, str]:
    reader = reading_process()
    began = time.perf_counter()
    try:
        reader.call(restore_text, path, release())
        how = "restored"
    except UnreadableNotebookError:
        how = "refused"
    except TooCostlyError as error:
        how = str(error)
    seconds = time.perf_counter() - began
    return seconds, _peak_mb(reader.pid), f"{how}: {path.stat().st_size} bytes, {made}"


def _peak_mb(pid: int | None) -> int:
    """Return the most resident memory that the process had for one notebook, and begin anew."""
    if pid is None:
        return 0
    status = Path(f"/proc/{pid}/status").read_text()
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


def _print(taken: list[tuple[float, int, str]]) -> None:
    seconds = sorted(one[0] for one in taken)
    kinds = Counter(one[2].partition(":")[0] for one in taken)
    print(f"{len(taken)} notebooks: {', '.join(f'{n} {kind}' for kind, n in kinds.most_common())}")
    print(f"median {statistics.median(seconds):.3f} s, 99 in 100 within {_share(seconds):.2f} s,")
    print(f"at most {seconds[-1]:.2f} s and {max(one[1] for one in taken)} MiB; the costliest:")
    for took, peak, what in sorted(taken, reverse=True)[:5]:
        print(f"  {took:7.2f} s {peak:5d} MiB  {what[:110]}")


def _share(seconds: list[float]) -> float:
    return seconds[int(len(seconds) * 0.99)]


if __name__ == "__main__":
    main()
