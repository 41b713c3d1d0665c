"""What a kernel's messages do to outputs: later updates find their place, nonsense does nothing."""

from __future__ import annotations

from test_flood import run

from autograder.outcome import Outcome

SHOW = """
import time
print('a')
time.sleep(1)  # so that the two lines are two messages
print('b')
handle = display('0 %', display_id=True)
"""


def test_an_update_finds_its_display_behind_merged_text():
    (shown, _, _), (_, outcome, _) = run("sandbox-warm", SHOW, "handle.update('100 %')")
    assert outcome is Outcome.FINISHED
    text, display = shown.outputs
    assert text.text == "a\nb\n"
    assert display.data["text/plain"] == "'100 %'"


def test_a_display_that_a_flood_swept_away_is_not_updated():
    flood = "handle = display('0 %', display_id=True)\n" + "print('x' * 800_000)\n" * 2
    (cut, first, _), (_, second, _) = run("sandbox-warm", flood, "handle.update('100 %')")
    assert (first, second) == (Outcome.OUTPUT_FLOOD, Outcome.FINISHED)
    assert "display_data" not in [output.output_type for output in cut.outputs]


NONSENSE = """
socket, header = get_ipython().kernel.iopub_socket, get_ipython().kernel.get_parent()
for kind, content in ('status', {}), ('stream', {}), ('update_display_data', {}), ('stream', '[]'):
    get_ipython().kernel.session.send(socket, kind, content, parent=header)
print('here')
"""


def test_a_message_without_sense_shows_nothing():
    ((cell, outcome, _),) = run("sandbox-warm", NONSENSE)
    assert outcome is Outcome.FINISHED
    assert cell.outputs[-1].text == "here\n"
