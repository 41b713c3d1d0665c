"""What a kernel's messages do to outputs: later updates find their place, nonsense does nothing."""

from __future__ import annotations

import asyncio

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.assignment import load_assignment
from autograder.grading.pipeline import grade_class
from autograder.outcome import Outcome
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, make_course, submission
from tests.support.floods import NONSENSE
from tests.support.kernels import run_cell, run_cells, session

SHOW = """
import time
print('a')
time.sleep(1)  # so that the two lines are two messages
print('b')
handle = display('0 %', display_id=True)
"""


def test_an_update_finds_its_display_behind_merged_text():
    (shown, _, _), (_, outcome, _) = run_cells("sandbox-warm", SHOW, "handle.update('100 %')")
    assert outcome is Outcome.FINISHED
    text, display = shown.outputs
    assert text.text == "a\nb\n"
    assert display.data["text/plain"] == "'100 %'"


def test_a_display_that_a_flood_swept_away_is_not_updated():
    flood = "handle = display('0 %', display_id=True)\n" + "print('x' * 800_000)\n" * 2
    (cut, first, _), (_, second, _) = run_cells("sandbox-warm", flood, "handle.update('100 %')")
    assert (first, second) == (Outcome.OUTPUT_FLOOD, Outcome.FINISHED)
    assert "display_data" not in [output.output_type for output in cut.outputs]


NONE = {"data": {}, "metadata": {}}
OUTPUTS = [
    "output('status', {})",
    """output('status', b'{"execution_state": "busy", "execution_count":'
    + b'{"a":' * 700 + b'1' + b'}' * 701)""",
    "output('stream', {})",
    "output('stream', [])",
    "output('stream', b'{')",
    "output('stream', {'name': 'stdout', 'text': 5})",
    "output('stream', {'name': 'stdout', 'text': ['a', 'list']})",
    "output('stream', {'name': [], 'text': 'x'})",
    "output('stream', {'name': 'stdout', 'text': 'x'}, [])",
    "output('stream', {'name': 'stdout', 'text': 'x'}, msg_type=5)",
    "output('stream', {'name': 'stdout', 'text': 'x'}, version='x')",
    r"""output('stream', b'{"name": "stdout", "text": "no character: \\ud800"}')""",
    "output('update_display_data', {})",
    "output('display_data', {'data': [], 'metadata': {}})",
    "output('display_data', {'data': {'image/png': {'a': 5}}, 'metadata': {}})",
    """output('display_data', b'{"a":' * 900 + b'1' + b'}' * 900)""",
    f"output('execute_result', {{**{NONE}, 'execution_count': 'x'}})",
    "output('execute_input', {'execution_count': {}})",
    "output('execute_input', {'execution_count': -5})",
    "output('error', {'ename': [], 'evalue': {}, 'traceback': 5})",
    "kernel.iopub_socket.send_multipart([b'<IDS|MSG>'])",
    "kernel.iopub_socket.send_multipart([b'<IDS|MSG>', *[b''] * 5])",
    "display({'text/plain': 5}, raw=True)  # no forgery, but a slip",
]
REPLIES = [
    "other(kernel.shell_stream, 'execute_reply', {})",
    "other(kernel.shell_stream, 'execute_reply', [])",
    "other(kernel.shell_stream, 'execute_reply', {'status': 'ok'}, [])",
    "other(kernel.stdin_socket, 'input_request', {})",
    "other(kernel.stdin_socket, 'input_request', {'prompt': 5})",
    r"""other(kernel.stdin_socket, 'input_request', b'{"prompt": "\ud800"}')""",
]


@pytest.mark.parametrize("forged", [*OUTPUTS, *REPLIES])
def test_a_message_without_sense_does_nothing(forged):
    async def answer(question):
        return question.upper()

    async def main():
        async with session() as kernel:
            text = f"{NONSENSE}\n{forged}\nprint(input('here'))"
            return await run_cell(kernel, text, 20, answer)

    cell, outcome = asyncio.run(main())
    assert outcome is Outcome.FINISHED
    (printed,) = cell.outputs
    assert printed.text == "HERE\n"
    nbformat.validate(new_notebook(cells=[cell]))


WIDGETS = """
model = {'state': {'_model_module': '@jupyter-widgets/output', '_model_name': 'OutputModel'}}
for name in ('one', 'two'):
    opened = {'comm_id': name, 'target_name': 'jupyter.widget', 'data': model}
    output('comm_open', opened)
for name, hooked in (('one', 'x'), ('two', 'x'), ('one', '')):
    data = {'method': 'update', 'state': {'msg_id': hooked}}
    output('comm_msg', {'comm_id': name, 'data': data})
"""


REAL_WIDGET = """
from IPython.display import clear_output
from ipywidgets import Output
print('before')
with Output():
    clear_output()
    print('within')
    1 / 0  # shown in the widget, and the cell goes on
print('after')
"""


def test_forged_widgets_do_nothing_and_text_for_one_is_shown():
    found = run_cells("sandbox-warm", NONSENSE + WIDGETS + "print('forged')", REAL_WIDGET)
    assert [outcome for _, outcome, _ in found] == [Outcome.FINISHED] * 2
    shown = [[output.text for output in cell.outputs] for cell, _, _ in found]
    assert shown == [["forged\n"], ["before\nwithin\nafter\n"]]


UNREAD = """
import time
for number in range(4_000):
    other(kernel.stdin_socket, 'input_request', {'prompt': 'again'})
    time.sleep(0.0015)  # faster, and they would be dropped here
while True:
    time.sleep(1)
"""
UNENDING = """
import os
rubbish = b'[' + b'[],' * 300_000 + b'[]]'  # longer to read than to send
end = time.monotonic() + 90
while time.monotonic() < end:
    try:
        other(kernel.shell_stream, 'execute_reply', rubbish)
        time.sleep(0.001)
    except KeyboardInterrupt:
        pass
os._exit(0)
"""


@pytest.mark.parametrize("forged", [UNREAD, "import time" + UNENDING])
def test_a_flood_on_other_channels_ends_at_the_time_limit(forged):
    async def answer(question):
        return question

    async def main():
        async with asyncio.timeout(60), session() as kernel:
            return await run_cell(kernel, NONSENSE + forged, 10, answer)

    assert asyncio.run(main())[1] is Outcome.TIME_OUT


@pytest.mark.parametrize("name", ["5", "[]", "None", "'x' * 3_000_000"])
def test_an_error_that_only_the_reply_tells_of_is_one(name):
    reply = f"'execute_reply', {{'status': 'error', 'ename': {name}}}"
    forged = f"{NONSENSE}\nother(kernel.shell_stream, {reply})"
    ((cell, outcome, _),) = run_cells("sandbox-warm", forged)
    assert outcome is Outcome.STUDENT_ERROR
    assert len(cell.outputs[-1].ename) <= 1000
    nbformat.validate(new_notebook(cells=[cell]))


def test_a_reply_that_no_file_can_hold_ends_no_class(tmp_path):
    course = make_course(tmp_path)
    half = r"""b'{"status": "error", "ename": "\ud800"}'"""
    forging = submission()
    forged = f"{NONSENSE}\nother(kernel.shell_stream, 'execute_reply', {half})"
    forging.cells.insert(1, new_code_cell(forged))
    hand_in(course, "s01", forging)
    hand_in(course, "s02", submission())
    surveyed = (
        "import autograder.kernel_side.image_hashes as loaded\n"
        "loaded.describe = lambda names: ['x']"
    )
    listing = submission()
    listing.cells.insert(1, new_code_cell(surveyed))
    hand_in(course, "s03", listing)
    assignment = load_assignment(NAME, course / "solutions")
    rows = {
        row.student: row for row in grade_class(assignment, course / "in", WorkDir(course / "work"))
    }
    assert rows["s01"].outcome is Outcome.STUDENT_ERROR
    assert any("?: the cell failed" in note for note in rows["s01"].notes)
    assert rows["s02"].outcome is rows["s03"].outcome is Outcome.FINISHED
