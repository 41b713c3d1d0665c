"""A worker that its grader leaves behind says nothing; any other says what went wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.processes import alive, wait_for

WORKER = """
import sys
import autograder.sandbox.worker_excepthook as hook
hook.SECONDS = 1
print('ready', flush=True)
sys.stdin.read()  # until the grader has ended, or lets it go on
raise FileNotFoundError(2, 'No such file or directory')
"""

GRADER = """
import subprocess, sys
pipe = subprocess.PIPE
worker = subprocess.Popen(
    [sys.executable, '-c', sys.argv[1]], stdin=pipe, stdout=pipe, stderr=open(sys.argv[2], 'w')
)
assert worker.stdout.readline() == b'ready\\n'
print(worker.pid, flush=True)
if sys.argv[3] == 'goes on':
    worker.stdin.close()
    worker.wait()
"""


@pytest.mark.parametrize(("grader", "shown"), [("goes on", True), ("ends", False)])
def test_an_error_is_shown_only_where_the_grader_goes_on(tmp_path, grader, shown):
    told = tmp_path / "stderr"
    words = [sys.executable, "-c", GRADER, WORKER, str(told), grader]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    wait_for(lambda: not alive(int(done.stdout)))
    assert ("FileNotFoundError" in told.read_text()) == shown
