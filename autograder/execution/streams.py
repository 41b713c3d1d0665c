"""Merge what a cell printed into one output for each stream, in time that grows with its length.

nbclient can do so too, with a pattern that takes time quadratic in the longest line: a line of a
megabyte without a carriage return occupies a processor for an hour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    r"""Return the outputs with all printed text of a stream at the place of its first.

    Of a line that carriage returns overwrote, as progress bars do, the last version stays.
    Standard output comes before standard error where they are neighbours, because their order is
    a matter of timing.

    Examples
    --------
    >>> from nbformat.v4 import new_output
    >>> texts = ["10 %", "\r20 %", "\rdone\n"]
    >>> merge_streams([new_output("stream", name="stdout", text=text) for text in texts])
    [{'output_type': 'stream', 'name': 'stdout', 'text': 'done\n'}]
    """
    merged: list[NotebookNode] = []
    texts: dict[str, list[str]] = {}
    for output in outputs:
        if output.output_type == "stream":
            if output.name in texts:
                texts[output.name].append(output.text)
                continue
            texts[output.name] = [output.text]
        merged.append(output)
    streams = [output for output in merged if output.output_type == "stream"]
    for output in streams:
        output.text = _without_overwritten("".join(texts[output.name]))
    _put_stdout_first(merged)
    return merged


def _without_overwritten(text: str) -> str:
    return "\n".join(_last_version(line) for line in text.split("\n"))


def _last_version(line: str) -> str:
    ended = line.endswith("\r")  # the cursor went back, and nothing was written over
    return line.removesuffix("\r").rpartition("\r")[2] + ("\r" if ended else "")


def _put_stdout_first(outputs: list[NotebookNode]) -> None:
    names = [output.get("name") for output in outputs]
    for k in range(len(outputs) - 1):
        if names[k : k + 2] == ["stderr", "stdout"]:
            outputs[k], outputs[k + 1] = outputs[k + 1], outputs[k]
