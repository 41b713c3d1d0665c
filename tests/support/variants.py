"""Change a right submission at random as honest students do, and leave it right.

Some changes are in the answers' text, some are cells more, some are what another program makes
of the file.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from tests.support.answer_variants import ANSWERS
from tests.support.answers.exercises import load, stub
from tests.support.short_course import cell_of, exercises_in, names_in

EXTRA = {
    "print": "print('the first try:', [k for k in range(20)])",
    "print on stderr": "import sys\nprint('careful', file=sys.stderr)",
    "warning": "import warnings\nwarnings.warn('this is old', FutureWarning)",
    "all warnings": "import warnings\nwarnings.simplefilter('always')",
    "no warnings": "import warnings\nwarnings.filterwarnings('ignore')",
    "log": "import logging\nlogging.warning('nothing found')",
    "log everything": "import logging\nlogging.basicConfig(level=logging.DEBUG, force=True)",
    "tqdm": "from tqdm.auto import tqdm\nfor _step in tqdm(range(50)):\n    pass",
    "bar of carriage returns": "for _step in range(50):\n    print(f'\\r{_step} %', end='')",
    "plot": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 4, 9], label='squares')\nplt.legend()\n"
        "plt.savefig('/tmp/squares.png')\nplt.show()"
    ),
    "two figures": "import matplotlib.pyplot as plt\n_f, _g = plt.figure(), plt.figure()",
    "style": "import matplotlib.pyplot as plt\nplt.style.use('ggplot')\nplt.ion()",
    "inline": "%matplotlib inline",
    "retina": "%config InlineBackend.figure_format = 'retina'",
    "autoreload": "%load_ext autoreload\n%autoreload 2",
    "time": "%%time\n_total = sum(range(1_000))",
    "timeit": "%timeit -n 2 -r 1 sum(range(100))",
    "capture": "%%capture _captured\nprint('hidden')",
    "who": "%who",
    "shell": "!echo done",
    "bash": "%%bash\necho done",
    "html": "%%html\n<b>my work</b>",
    "help": "len?",
    "display": "from IPython.display import HTML, display\ndisplay(HTML('<h1>Hello</h1>'))",
    "clear": "from IPython.display import clear_output\nprint(1)\nclear_output()\nprint(2)",
    "a table, if there is pandas": (
        "try:\n    import pandas as pd\nexcept ImportError:\n    print('no pandas here')\nelse:\n"
        "    pd.set_option('display.precision', 2)\n    print(pd.DataFrame({'digit': [1, 2]}))"
    ),
    "print options": "import numpy as np\nnp.set_printoptions(precision=2, threshold=5)",
    "seed": "import numpy as np\nimport random\nnp.random.seed(42)\nrandom.seed(42)",
    "errors of numpy": "import numpy as np\nnp.seterr(all='ignore')",
    "class": "class _Note:\n    text = 'mine'\n\n    def __repr__(self):\n        return self.text",
    "lambda": "_square = lambda x: x * x\n_square(3)",
    "try": "try:\n    import not_installed\nexcept ImportError as _missing:\n    print(_missing)",
    "scratch that fails": "1 / 0",
    "scratch that is no Python": "for k in range(3)\n    print(k)",
    "names of builtins": "id, file, dir = 's01', 'data.csv', '/tmp'",
    "folder": "import os\nos.chdir('/tmp')",
    "file": "with open('/tmp/notes.txt', 'w') as _file:\n    _file.write('mine')",
    "thread": "import threading\nthreading.Thread(target=print, args=('later',)).start()",
    "await": "import asyncio\nawait asyncio.sleep(0)",
    "large object": "import numpy as np\n_big = np.zeros((1_000, 1_000))\n_big",
    "imports again": "import json, sys\nimport numpy as np\nimport numpy\nfrom pathlib import Path",
    "letters": "print('naïve — 数字 😀')",
    "empty": "",
    "comment": "# TODO: tidy up",
    "recursion": "import sys\nsys.setrecursionlimit(5_000)",
    "environment": "import os\nos.environ['OMP_NUM_THREADS'] = '4'",
}
"""Cells that students add; none binds a name that an assignment uses."""


def change_answers(nb: NotebookNode, assignment: str, rng: Random) -> list[str]:
    """Change the text of some answers; return what was done."""
    exercises, done = exercises_in(nb, assignment), list[str]()
    for exercise in rng.sample(exercises, rng.randint(1, len(exercises))):
        cell, name = cell_of(nb, exercise), exercise.replace("-", "_")
        others = (names_in(c.source)[1] for c in nb.cells if c is not cell)
        taken = set[str]().union(*others)
        for change in rng.sample(ANSWERS, rng.randint(1, 3)):
            cell.source = change(cell.source, name, taken, rng)
            done.append(f"{exercise}: {change.__name__}")
    return done


def add_cells(nb: NotebookNode, assignment: str, rng: Random) -> list[str]:
    """Add cells of text and of code anywhere."""
    chosen = rng.sample(sorted(EXTRA), rng.randint(2, 8))
    for name in chosen:
        nb.cells.insert(rng.randint(0, len(nb.cells)), new_code_cell(EXTRA[name]))
    for _ in range(rng.randint(0, 3)):
        cell = new_markdown_cell("My notes: $x^2$, <b>bold</b>, [a link](https://example.org)")
        nb.cells.insert(rng.randint(0, len(nb.cells)), cell)
    return chosen


def move_an_answer(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Leave the stub alone and answer in a new cell after it, or call a helper's cell before."""
    exercise = rng.choice(exercises_in(nb, assignment))
    cell, name = cell_of(nb, exercise), exercise.replace("-", "_")
    at = nb.cells.index(cell)
    if rng.random() < 0.5:
        nb.cells.insert(at + 1, new_code_cell(cell.source))
        cell.source = stub(assignment, exercise)
    else:
        nb.cells.insert(at, new_code_cell(f"{cell.source}\n\n\nhelper_{name} = {name}"))
        cell.source = f"def {name}(*a, **k):\n    return helper_{name}(*a, **k)"


def copy_a_check(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Copy the text of a check into a cell of one's own, right after it."""
    exercise = rng.choice(exercises_in(nb, assignment))
    check = cell_of(nb, rng.choice(load(assignment).checks(exercise)))
    visible = check.source.partition("### BEGIN HIDDEN TESTS")[0]
    nb.cells.insert(nb.cells.index(check) + 1, new_code_cell(visible))


def sort_imports(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Put the imports into another order, which changes a locked cell, and repeat them."""
    cell = cell_of(nb, "imports")
    lines = [line for line in cell.source.splitlines() if line.startswith(("import", "from"))]
    if " (" not in cell.source:  # an import of several lines
        cell.source = "\n".join(rng.sample(lines, len(lines)))
    nb.cells.append(new_code_cell("\n".join(line for line in lines if "(" not in line)))


def set_the_parameter(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Change the switch between quick and full by hand; grading sets it anyway."""
    cell = next(c for c in nb.cells if "parameters" in c.metadata.get("tags", []))
    cell.source = rng.choice(("quick = True", "quick = False  # on my own machine", "quick=1"))


def run_out_of_order(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Keep outputs of earlier runs, and numbers that jump."""
    outputs = (
        new_output("stream", name="stderr", text="Traceback: an old error\n"),
        new_output("error", ename="NameError", evalue="old", traceback=["NameError: old"]),
        new_output("execute_result", {"text/plain": "0.0"}, execution_count=3),
        new_output("display_data", {"image/png": "aGVsbG8=", "text/plain": "<Figure>"}),
    )
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.execution_count = rng.choice((None, rng.randint(1, 500)))
            cell.outputs = copy.deepcopy(rng.sample(outputs, rng.randint(0, 2)))


def edit_in_vs_code(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Write what VS Code writes, with another Python."""
    nb.metadata.kernelspec = {"display_name": ".venv", "language": "python", "name": "python3"}
    nb.metadata.language_info = {"name": "python", "version": "3.9.18"}
    nb.metadata.vscode = {"interpreter": {"hash": "00"}}
    for cell in nb.cells:
        cell.metadata.vscode = {"languageId": "python"}


def edit_in_colab(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Write what Colab writes: ids in the metadata, none in the cells."""
    nb.metadata.colab = {"provenance": [], "toc_visible": True}
    nb.metadata.accelerator = "GPU"
    nb.metadata.kernelspec = {"display_name": "Python 3", "name": "python3"}
    for cell in nb.cells:
        cell.metadata |= {"id": f"{rng.getrandbits(40):x}", "outputId": "0", "colab": {}}
    drop_ids(nb, assignment, rng)
    nb.nbformat_minor = 0


def use_another_kernel(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Name a kernel that is not here."""
    nb.metadata.kernelspec = {"display_name": "ml", "language": "python", "name": "conda-env-ml"}
    nb.metadata.language_info = {"name": "python", "version": "3.14.0a1"}


def drop_ids(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Save in nbformat 4.4, whose cells have no ids."""
    nb.nbformat_minor = 4
    for cell in nb.cells:
        cell.pop("id", None)


def change_ids(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Give each cell another id."""
    for cell in nb.cells:
        cell.id = f"{rng.getrandbits(32):08x}"


def mark_cells(nb: NotebookNode, assignment: str, rng: Random) -> None:
    """Collapse and tag cells, and make slides of them."""
    for cell in nb.cells:
        if rng.random() < 0.3:
            cell.metadata |= {"collapsed": True, "scrolled": True, "slideshow": {"slide_type": "-"}}
            cell.metadata["jupyter"] = {"source_hidden": True}


Edit = Callable[[NotebookNode, str, Random], list[str] | None]
EDITS: tuple[Edit, ...] = (
    *(change_answers, add_cells, move_an_answer),
    *(copy_a_check, sort_imports, set_the_parameter),
)
FORMS: tuple[Callable[[NotebookNode, str, Random], None], ...] = (
    *(run_out_of_order, edit_in_vs_code, edit_in_colab, use_another_kernel),
    *(drop_ids, change_ids, mark_cells),
)
"""What changes the file alone; last, as some leave no cell ids."""


def varied(nb: NotebookNode, assignment: str, rng: Random) -> tuple[bytes, list[str]]:
    """Return a file that differs from a right submission, and what was changed in it."""
    known, nb, told = {cell.id for cell in nb.cells}, copy.deepcopy(nb), list[str]()
    for edit in rng.sample(EDITS, rng.randint(1, 4)):
        told += edit(nb, assignment, rng) or [edit.__name__]
    for cell in nb.cells:
        if cell.id not in known:  # nbformat's own is random
            cell.id = f"{rng.getrandbits(32):08x}"
    for form in rng.sample(FORMS, rng.randint(0, 2)):
        form(nb, assignment, rng)
        told.append(form.__name__)
    return written(nb, rng, told), told


def written(nb: NotebookNode, rng: Random, told: list[str]) -> bytes:
    """Return the file, laid out as one program or another does."""
    layout = {"indent": rng.choice((None, 1, 2)), "ensure_ascii": rng.random() < 0.5}
    text = json.dumps(nb, **layout)
    if rng.random() < 0.1:
        text = text.replace("\n", "\r\n")
        told.append("lines end as on Windows")
    if rng.random() < 0.1:
        text = "\ufeff" + text
        told.append("begins with a byte order mark")
    return text.encode()
