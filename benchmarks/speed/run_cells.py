"""Run a notebook as *Run All Cells* and *Save* do, then its last cell: by a student's own Python.

    python run_cells.py NOTEBOOK [OTHER]

Prints JSON: seconds of all cells but the last, seconds of the last, and what it failed with.
If it failed, OTHER is run in its place, in the same kernel, with seconds and failure of its own.
Needs nbclient, and nothing of this repository.
"""

import json
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def run_last(client, cell, position):
    """Run a cell; return its seconds, and what it failed with."""
    began, failed = time.perf_counter(), ""
    try:
        client.execute_cell(cell, position)
    except CellExecutionError as error:
        failed = f"{error.ename}: {error.evalue}"
    return {"seconds": time.perf_counter() - began, "failed": failed}


def main():
    """Run, save and print."""
    path = Path(sys.argv[1]).resolve()
    notebook = nbformat.read(path, as_version=4)
    *others, last = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    client = NotebookClient(notebook, timeout=None, resources={"metadata": {"path": path.parent}})
    with client.setup_kernel():
        began = time.perf_counter()
        for position in others:
            client.execute_cell(notebook.cells[position], position)
        found = {"all": {"seconds": time.perf_counter() - began}}
        nbformat.write(notebook, path)
        found["last"] = run_last(client, notebook.cells[last], last)
        if found["last"]["failed"]:
            notebook.cells[last].source = sys.argv[2]
            found["other"] = run_last(client, notebook.cells[last], last)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
