"""Give processes a clock of their own, which can be set while they run.

A library that is loaded first adds a number of seconds to what the system says of the time of day.
Monotonic clocks go on as they are, as they do when somebody sets a machine's clock.
"""

from __future__ import annotations

import struct
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile long *offset;
static int (*ask)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void)
{
    int file = open(getenv("OWN_CLOCK"), O_RDONLY);
    ask = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    offset = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    if (file < 0 || !ask || offset == MAP_FAILED)
        abort();
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    int failed = ask ? ask(id, now) : -1;
    if (!failed && id == CLOCK_REALTIME)
        now->tv_sec += *offset;
    return failed;
}

time_t time(time_t *result)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result)
        *result = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *result, void *zone)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    result->tv_sec = now.tv_sec;
    result->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""


class OwnClock:
    """A clock for all processes that are started with its `environment`.

    Parameters
    ----------
    folder : Path
        For its library, which a C compiler makes, and the file that sets it.
    """

    def __init__(self, folder: Path) -> None:
        self._library, self._offset = folder / "own_clock.so", folder / "own_clock"
        source = folder / "own_clock.c"
        source.write_text(_SOURCE)
        self.set(0)
        command = ["cc", "-shared", "-fPIC", "-O2", "-o", str(self._library), str(source), "-ldl"]
        subprocess.run(command, check=True)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs, whose clock this is."""
        return {"LD_PRELOAD": str(self._library), "OWN_CLOCK": str(self._offset)}

    def set(self, seconds: int) -> None:
        """Set it so many seconds before the machine's clock, or behind."""
        with self._offset.open("r+b" if self._offset.exists() else "wb") as file:
            file.write(struct.pack("l", seconds))  # in place: processes have it mapped
