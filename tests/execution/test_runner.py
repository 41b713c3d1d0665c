"""One submission through the two kernels, in the cage and, for comparison, without."""

from __future__ import annotations

import time
from dataclasses import replace

import nbformat
import pytest

from autograder.assignment import Limits
from autograder.execution.runner import run
from autograder.outcome import Outcome
from autograder.sandbox.runtime_dir import own_folder
from tests.support import ROOT
from tests.support.jobs import LIMITS, job, notebook, printed


@pytest.fixture(autouse=True, params=["sandbox", "sandbox-warm"])
def kernel_name(request, monkeypatch):
    """Run every sandboxed job cold, then warm."""
    monkeypatch.setattr("autograder.execution.runner.SANDBOX_KERNEL", request.param)
    return request.param


HASTY = replace(LIMITS, cell_seconds=3, call_seconds=3)


@pytest.mark.parametrize("sandboxed", [True, False], ids=["sandboxed", "plain"])
def test_names_reach_a_graded_cell_by_value_module_and_call(tmp_path, sandboxed):
    student = (
        "import numpy as np\n"
        "table = {'a': [1, 2], 'b': np.arange(3)}\n"
        "def double(x, *, plus=0):\n    print('called')\n    return 2 * x + plus\n"
        "class Model:\n    classes_ = np.arange(10)\n"
        "    def predict(self, X):\n        return [len(X)]\n"
        "model = Model()"
    )
    check = (
        "assert quick is True\n"
        "assert table['b'].sum() == 3\n"
        "assert (double(np.ones(2), plus=1) == 3).all()\n"
        "assert model.predict([0] * 5) == [5] and len(model.classes_) == 10\n"
        "2.5"
    )
    result = run(job(notebook(student, tests=(check,)), tmp_path, sandboxed=sandboxed))
    assert result.outcome is Outcome.FINISHED
    assert printed(result, "t0") == "called\n2.5"


def test_a_stand_in_is_an_instance_of_its_librarys_class(tmp_path):
    student = (
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "from sklearn.svm import SVC\n"
        "class Mine(SVC): pass\n"
        "pipeline = make_pipeline(StandardScaler(), SVC(C=3))\n"
        "mine = Mine()"
    )
    check = (
        "from sklearn.base import BaseEstimator\n"
        "from sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn.pipeline import Pipeline\n"
        "from sklearn.svm import SVC\n"
        "assert isinstance(pipeline, Pipeline) and isinstance(pipeline, BaseEstimator)\n"
        "assert not isinstance(pipeline, (RandomForestClassifier, dict))\n"
        "last = pipeline.steps[-1][1]\n"
        "assert isinstance(last, SVC) and last.get_params()['C'] == 3\n"
        "assert isinstance(mine, SVC) and '__main__.Mine' in repr(mine)\n"
        "type(last).__name__"
    )
    result = run(job(notebook(student, tests=(check,)), tmp_path))
    assert (result.notes, printed(result, "t0")) == ((), "'RemoteObject'")


@pytest.mark.parametrize("sandboxed", [True, False], ids=["sandboxed", "plain"])
def test_each_cell_has_its_processor_time(tmp_path, sandboxed):
    burn = "import time\nbegan = time.process_time()\nwhile time.process_time() < began + 0.5: pass"
    define = f"def work():\n    {burn.replace(chr(10), chr(10) + '    ')}"
    cells = (burn, "time.sleep(0.5)", define)
    result = run(job(notebook(*cells, tests=("work()",)), tmp_path, sandboxed=sandboxed))
    used = [span.cpu for span in result.spans if span.where != "grader"]
    burning, sleeping, _, calling = used[-4:]  # before them, the notebook's own preparations
    assert burning >= 0.5
    assert sleeping < 0.3
    assert calling >= 0.5
    assert {span.cpu for span in result.spans if span.where == "grader"} == {None}


def test_a_students_exception_arrives_as_the_builtin_it_extends(tmp_path):
    student = "class Mine(ValueError): pass\ndef fail():\n    raise Mine('because')"
    check = "try:\n    fail()\nexcept ValueError as error:\n    print(error)"
    assert printed(run(job(notebook(student, tests=(check,)), tmp_path)), "t0") == "because\n"


def test_a_failed_check_costs_points_but_is_no_fault_of_the_run(tmp_path):
    result = run(job(notebook("x = 1", tests=("assert x == 2, 'hint'", "assert x == 1")), tmp_path))
    assert result.outcome is Outcome.FINISHED
    assert printed(result, "t0") == "hint"
    assert printed(result, "t1") == ""


def test_a_missing_name_is_a_name_error(tmp_path):
    result = run(job(notebook("", tests=("predict([1])",)), tmp_path))
    assert result.outcome is Outcome.STUDENT_ERROR
    assert printed(result, "t0") == "name 'predict' is not defined"


def test_what_cannot_be_fetched_again_is_not_what_it_was(tmp_path):
    spoil = "x = iter('')\nimport autograder.kernel_side.agent as a\na._refer = lambda value: 1 / 0"
    result = run(job(notebook("x = 5", tests=("assert x == 5",)), tmp_path))
    assert printed(result, "t0") == ""
    text = notebook("x = 5", spoil, tests=("assert x == 5",))
    nb = nbformat.reads(text, as_version=4)
    nb.cells.insert(2, nbformat.from_dict({**nb.cells[-1], "id": "early"}))
    nb.cells[2].metadata.nbgrader.grade_id = "early"
    result = run(job(nbformat.writes(nb), tmp_path))
    assert printed(result, "early") == ""
    assert printed(result, "t0") == "division by zeroname 'x' is not defined"


def test_the_run_goes_on_after_an_error(tmp_path):
    result = run(job(notebook("1 / 0", "x = 5", tests=("assert x == 5",)), tmp_path))
    assert result.outcome is Outcome.STUDENT_ERROR
    assert printed(result, "t0") == ""


@pytest.mark.parametrize(
    ("source", "outcome"),
    [
        ("while True: pass", Outcome.TIME_OUT),
        ("import numpy as np\nnp.ones((1 << 20, 1 << 11))", Outcome.OUT_OF_MEMORY),
        ("while True: print('x' * 10_000)", Outcome.OUTPUT_FLOOD),
        ("import os; os._exit(3)", Outcome.STUDENT_ERROR),
    ],
)
@pytest.mark.parametrize("where", ["in a cell", "in a call"])
def test_each_fault_has_its_own_name(tmp_path, source, outcome, where):
    body = "\n    ".join(source.splitlines())
    cells = (source,) if where == "in a cell" else ("",)
    function = f"def predict():\n    {body}" if where == "in a call" else "predict = 3"
    # short where the limit is what ends it: a slow machine must not turn a fault into another
    limits = HASTY if outcome is Outcome.TIME_OUT else LIMITS
    text = notebook(function, *cells, tests=("predict()",))
    result = run(job(text, tmp_path, limits=limits))
    assert result.outcome is outcome
    assert "not callable" in printed(result, "t0") or printed(result, "t0")


def test_a_kernel_that_died_passes_no_later_test(tmp_path):
    student = ("x = 1", "import os; os._exit(0)")
    result = run(job(notebook(*student, tests=("assert x == 1",)), tmp_path))
    assert "not defined" in printed(result, "t0") or "died" in printed(result, "t0")


def test_a_loop_that_ignores_interrupts_ends_at_the_wall_limit(tmp_path):
    stubborn = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    limits = Limits(cell_seconds=2, notebook_seconds=9, memory_mb=1024)
    text = notebook(stubborn, "y = 1", tests=("assert y == 1",))
    began = time.perf_counter()
    result = run(job(text, tmp_path, limits=limits))
    assert result.outcome is Outcome.TIME_OUT
    assert time.perf_counter() - began < 40
    assert printed(result, "t0")


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2)], ids=["in a cell", "in a call"])
def test_the_wall_limit_ends_what_neither_ends_nor_can_be_interrupted(tmp_path, order):
    """A cell that ignores interrupts and may run for longer than the whole notebook."""
    ignore = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    loop = f"{ignore}\nwhile True: pass"
    define = f"{ignore}\ndef predict():\n    while True: pass"
    sources = [("y = 1", loop, define)[number] for number in order]
    limits = Limits(cell_seconds=60, call_seconds=60, notebook_seconds=3, memory_mb=1024)
    text = notebook(*sources, tests=("predict()", "assert y == 1"))
    began = time.perf_counter()
    result = run(job(text, tmp_path, limits=limits))
    assert result.outcome is Outcome.TIME_OUT
    assert result.notes[-1] == "whole notebook: time-out"
    assert "after 3 seconds in all" in printed(result, "t1")
    assert time.perf_counter() - began < 30


def test_a_caged_submission_reaches_neither_labels_nor_course_nor_network(tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "labels-idx1-ubyte").write_bytes(b"the labels")
    files = tmp_path / "files"
    files.mkdir()
    (files / "a1.ipynb").write_text("answers")
    (files / "shown.txt").write_text("for everyone")
    student = (
        "import os, socket\n"
        f"seen = [os.path.exists(p) for p in ({str(secret)!r}, {str(ROOT / 'solutions')!r}, "
        f"{str(ROOT / 'work')!r}, '/holdout', 'a1.ipynb')]\n"
        "names = os.listdir('.')\n"
        "try:\n    socket.create_connection(('127.0.0.1', 22), 1)\n"
        "except OSError as error:\n    refused = type(error).__name__\n"
        "mine = 'COURSE_HOLDOUT' in os.environ"
    )
    check = (
        "assert not any(seen), seen\n"
        "assert names == ['shown.txt'], names\n"
        "assert refused and not mine\n"
        "import os\n"
        "from pathlib import Path\n"
        "assert Path(os.environ['COURSE_HOLDOUT'], 'labels-idx1-ubyte').read_bytes()\n"
        "'all checked'"
    )
    result = run(job(notebook(student, tests=(check,)), files, holdout=secret))
    assert printed(result, "t0") == "'all checked'"


def test_what_a_student_prints_to_stderr_stays_off_stderr(tmp_path):
    student = "import warnings\ndef predict():\n    warnings.warn('careful')\n    return 1"
    result = run(job(notebook(student, tests=("assert predict() == 1",)), tmp_path))
    (cell,) = [c for c in nbformat.reads(result.notebook, 4).cells if c.metadata.get("nbgrader")]
    assert [(o.output_type, o.name) for o in cell.outputs] == [("stream", "stdout")]
    assert "careful" in cell.outputs[0].text


def test_nothing_is_left_on_the_host(tmp_path):
    before = ours_in_tmp()
    run(job(notebook("x = 1"), tmp_path))
    assert ours_in_tmp() <= before


def ours_in_tmp():
    """List the folders of this process's kernels and sandboxes."""
    return {path for kind in ("cage", "kernel") for path in own_folder().glob(f"{kind}-*")}


def test_a_calls_limit_is_its_own_however_many_calls_a_check_makes(tmp_path):
    student = "import time\ndef slow(seconds):\n    time.sleep(seconds)\n    return seconds"
    limits = Limits(call_seconds=2, notebook_seconds=30, memory_mb=1024)
    checks = (
        "assert [slow(1.3) for _ in range(3)] == [1.3] * 3",
        "import time\nassert slow(0) == 0\ntime.sleep(3.5)\nassert slow(0) == 0",
        "slow(9)",
        "assert slow(0) == 0",
    )
    result = run(job(notebook(student, tests=checks), tmp_path, limits=limits))
    assert result.outcome is Outcome.TIME_OUT
    assert [bool(printed(result, f"t{n}")) for n in range(4)] == [False, False, True, False]


def test_nobody_sits_at_the_keyboard_when_a_check_calls_a_function(tmp_path):
    """As in stock nbgrader: an error at once, and not an answer that a debugger would ask on."""
    student = "def ask():\n    return input('name? ')"
    result = run(job(notebook(student, "y = 1", tests=("ask()", "assert y == 1")), tmp_path))
    assert "this frontend does not support input requests" in printed(result, "t0")
    assert printed(result, "t1") == ""


def test_a_forged_answer_is_the_students_own_and_no_more(tmp_path):
    student = (
        "def forge():\n"
        "    kernel = get_ipython().kernel\n"
        '    kernel.raw_input(\'{"bridge": "next"}\' + \'{"value": "1"}\')\n'
        "    return 2"
    )
    checks = ("assert forge() in (1, 2)", "x = 3", "assert x == 3")
    result = run(job(notebook(student, "y = 1", tests=checks), tmp_path))
    assert printed(result, "t2") == ""
