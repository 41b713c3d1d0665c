"""What the scripts make, what must never reach students, and what `--check` notices."""

from __future__ import annotations

import base64
import io
import json
import pickle
import shutil
from typing import TYPE_CHECKING

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_output
from PIL import Image

from autograder import errors as build_errors
from autograder.authoring import build
from autograder.authoring import execute as build_solution
from autograder.authoring import release as build_release
from autograder.cli.app import main
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REAL = build.assignments(ROOT)


def marked(grade_id: str, **flags: object) -> str:
    base = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return "nbgrader=" + json.dumps({**base, "grade_id": grade_id, **flags})


TINY = f'''\
# %% [markdown]
# # Scaling
#
# Pixels are bytes, classifiers like 0 to 1.

# %% tags=["parameters"]
quick = False

# %%
import matplotlib.pyplot as plt
import numpy as np

# %% {marked("scale", solution=True)}
def scale(images):
    """Return images as floats in 0 to 1."""
    ### BEGIN SOLUTION
    return np.asarray(images) / 255
    ### END SOLUTION

# %% {marked("test-scale", grade=True, locked=True, points=4)}
"""Check that scale maps 255 to 1."""
assert scale(255) == 1, "255 becomes 1"
### BEGIN HIDDEN TESTS
assert scale(51) == 0.2, "51 becomes 0.2"
### END HIDDEN TESTS

# %% tags=["nbval-check-output"]
print(scale([0, 255]))
print({{"set", "of", "words"}})
object()

# %%
plt.figure(figsize=(1, 1))
plt.plot([1, 2, 4]);

# %% tags=["nbval-ignore-output"]
import time

print(time.time())

# %% [markdown] {marked("why", grade=True, solution=True, points=2)}
# Because 255 is the largest byte.
'''


def make_course(folder: Path, script: str = TINY) -> Path:
    """A course with one assignment and this repository's settings, nothing built yet."""
    solutions = folder / "solutions" / "01_tiny"
    (solutions / "__pycache__").mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    (solutions / "01_tiny.py").write_text(script)
    (solutions / "tiers.toml").write_text('metric = "accuracy"\n')
    (solutions / "run.toml").write_text("[limits]\nwall = 60\n")
    (solutions / "points.csv").write_text("x,y\n1,2\n")
    (solutions / "__pycache__" / "01_tiny.cpython-311.pyc").write_bytes(b"\0")
    return folder


def with_cell(code: str) -> str:
    return TINY + f"\n# %%\n{code}\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> build.Built:
    return build.make(make_course(tmp_path_factory.mktemp("first")), "01_tiny")


@pytest.fixture
def course(tmp_path: Path, built: build.Built) -> Path:
    """The tiny course with its notebooks in place."""
    build.write_built(make_course(tmp_path / "course"), built)
    return tmp_path / "course"


@pytest.fixture
def sources(course: Path) -> dict[str, nbformat.NotebookNode]:
    script = course / "solutions" / "01_tiny" / "01_tiny.py"
    return {"01_tiny": build_solution.read_script(script)}


def edit(path: Path, change: Callable[[nbformat.NotebookNode], object]) -> None:
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def cell_of(notebook: nbformat.NotebookNode, cell_id: str) -> nbformat.NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def load(built: build.Built, name: str) -> nbformat.NotebookNode:
    return nbformat.reads(built.files[name].decode(), as_version=4)


# What is made


def test_build_makes_the_solution_and_the_student_version_with_its_files(built):
    assert sorted(built.files) == [
        "notebooks/01_tiny/01_tiny.ipynb",
        "notebooks/01_tiny/points.csv",
        "notebooks/01_tiny/tiers.toml",
        "solutions/01_tiny/01_tiny.ipynb",
    ]


def test_solution_keeps_ids_from_grade_ids_and_no_other_metadata(built):
    notebook = load(built, "solutions/01_tiny/01_tiny.ipynb")
    ids = ["cell-01", "cell-02", "cell-03", "scale", "test-scale", "cell-06", "cell-07", "cell-08"]
    assert [cell.id for cell in notebook.cells] == [*ids, "why"]
    assert notebook.metadata == {"kernelspec": build_solution.KERNELSPEC}
    assert {key for cell in notebook.cells for key in cell.metadata} == {"nbgrader", "tags"}


def test_outputs_are_kept_without_what_differs_between_runs(built):
    notebook = load(built, "solutions/01_tiny/01_tiny.ipynb")
    stream, result = cell_of(notebook, "cell-06").outputs
    assert stream.text.startswith("[0. 1.]\n")
    assert result.data["text/plain"] == "<object at 0x...>"
    assert "image/png" in cell_of(notebook, "cell-07").outputs[-1].data
    assert cell_of(notebook, "cell-08").outputs == []  # tagged as different on each run
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, 8))


def test_a_second_build_makes_the_same_bytes(built, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("MPLBACKEND", "svg")
    assert build.make(make_course(tmp_path), "01_tiny").files == built.files


def test_what_a_run_writes_reaches_neither_the_sources_nor_the_students(tmp_path):
    script = with_cell('open("made.csv", "w").close()\nprint(open("points.csv").read())')
    made = build.make(make_course(tmp_path), "01_tiny")
    again = build.make(make_course(tmp_path / "writes", script), "01_tiny")
    assert sorted(made.files) == sorted(again.files)
    assert not list(tmp_path.rglob("made.csv"))


def test_an_error_that_a_cell_is_meant_to_raise_is_kept_without_folders(tmp_path):
    script = TINY + '\n# %% tags=["raises-exception"]\n1 / 0\n'
    notebook = load(
        build.make(make_course(tmp_path, script), "01_tiny"), "solutions/01_tiny/01_tiny.ipynb"
    )
    (output,) = notebook.cells[-1].outputs
    assert output.traceback == ["ZeroDivisionError: division by zero"]


def test_publishing_again_changes_nothing_and_deletes_nothing(course, built):
    mine = course / "notebooks" / "01_tiny" / "mine.txt"
    mine.write_text("kept")
    assert build.write_built(course, built) == []
    assert mine.read_text() == "kept"
    assert not list(course.rglob("*.ipynb.*"))  # no scratch file is left


# What stops a build


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import warnings\nwarnings.warn('old')", "wrote to stderr: .*UserWarning: old"),
        ("import os\nprint(os.getcwd())", "its output names the folder it ran in"),
        ("import os\nos._exit(3)", "[Kk]ernel died"),
    ],
)
def test_a_bad_cell_stops_the_build_and_changes_nothing(tmp_path, capsys, code, problem):
    folder = make_course(tmp_path, with_cell(code))
    before = sorted(folder.rglob("*"))
    with pytest.raises(build_errors.CellError, match=f"01_tiny.py, cell 'cell-10': {problem}"):
        build.build(folder)
    assert [path for path in sorted(folder.rglob("*")) if "work" not in path.parts] == before


def test_a_cell_that_never_ends_stops_the_build(tmp_path, monkeypatch):
    monkeypatch.setattr(build_solution, "CELL_TIMEOUT", 2)
    script = "# %%\nwhile True:\n    pass\n"
    with pytest.raises(build_errors.CellError, match="ran longer than 2 s"):
        build.build(make_course(tmp_path, script))


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("", "no cells"),
        ('# %% nbgrader={"grade": yes}\nx = 1\n', "cell 1: metadata is not JSON"),
        (
            '# %% nbgrader={"schema_version": 3}\nx = 1\n',
            "cell 'cell-01', nbgrader metadata: 'grade' is a required property",
        ),
        (f"# %% {marked('t', grade=True)}\nx = 1\n", "cell 't', .* does not have points"),
        (
            f"# %% {marked('a', locked=True)}\n1\n# %% {marked('a', locked=True)}\n2\n",
            "two cells have the id 'a'",
        ),
        (f"# %% {marked('cell-02', locked=True)}\n1\n# %%\n2\n", "two cells have the id 'cell-02'"),
        (f"# %% {marked('a b', locked=True)}\n1\n", "cell 'a b', .* does not match"),
        (f"# %% {marked('a' * 65, locked=True)}\n1\n", "not a valid notebook: .* is too long"),
    ],
)
def test_a_script_that_nbgrader_would_refuse_is_named(tmp_path, script, problem):
    (tmp_path / "bad.py").write_text(script)
    with pytest.raises(build_errors.SourceError, match=rf"^bad\.py: .*{problem}"):
        build_solution.read_script(tmp_path / "bad.py")


def test_an_unknown_assignment_is_named_with_those_there_are(course):
    with pytest.raises(build_errors.UnknownAssignmentError, match=r"solutions/07/.* 01_tiny"):
        build.build(course, ["07"])


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("    ### END SOLUTION\n", "", "RuntimeError: no end solution statement found"),
        ("BEGIN HIDDEN", "BEGIN HIDEN", "cell 'test-scale': leftover marker"),
        ("# # Scaling\n", "# # Scaling\n# return np.asarray(images) / 255\n", None),
    ],
)
def test_markers_gone_wrong_stop_the_build(tmp_path, old, new, problem):
    assert TINY.count(old) == 1
    folder = make_course(tmp_path, TINY.replace(old, new))
    if problem is None:  # the author says it in the open: that is no leak
        build.build(folder)
    else:
        with pytest.raises(build_errors.ReleaseError, match=problem):
            build.build(folder)
        assert not (folder / "notebooks").exists()


def test_settings_that_would_release_the_sources_stop_the_build(tmp_path):
    folder = make_course(tmp_path)
    with (folder / "nbgrader_config.py").open("a") as settings:
        settings.write("c.CourseDirectory.ignore = []\n")
    with pytest.raises(build_errors.ReleaseError) as caught:
        build.build(folder)
    problems = " ".join(caught.value.problems)
    assert all(name in problems for name in ("01_tiny.py", "run.toml", "__pycache__"))


@pytest.mark.parametrize(
    "error",
    [
        build_errors.UnknownAssignmentError("07", ("01_tiny",)),
        build_errors.SourceError("a.py", "no cells"),
        build_errors.CellError("a.py", "cell-01", "ZeroDivisionError: division by zero"),
        build_errors.ReleaseError("01_tiny", ("a", "b")),
        build_errors.StaleError(("a", "b")),
    ],
)
def test_errors_survive_pickling(error):
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), vars(again)) == (str(error), vars(error))


# What must never reach students


def add_file(name: str) -> Callable[[Path], object]:
    def add(released: Path) -> None:
        (released / name).parent.mkdir(exist_ok=True)
        (released / name).write_text("x")

    return add


def change(edit_notebook: Callable[[nbformat.NotebookNode], object]) -> Callable[[Path], object]:
    return lambda released: edit(released / "01_tiny.ipynb", edit_notebook)


def add_text(cell_id: str, text: str) -> Callable[[Path], object]:
    def add(notebook: nbformat.NotebookNode) -> None:
        cell_of(notebook, cell_id).source += "\n" + text

    return change(add)


def test_the_student_version_gives_nothing_away(course, sources):
    assert build_release.find_leaks(sources, course / "notebooks" / "01_tiny") == []


@pytest.mark.parametrize(
    ("doctor", "leak"),
    [
        (add_file("01_tiny.py"), "01_tiny.py: must not be released"),
        (add_file("helpers/tools.py"), "helpers/tools.py: must not be released"),
        (add_file("run.toml"), "run.toml: must not be released"),
        (add_file("__pycache__/x"), "__pycache__: must not be released"),
        (lambda released: (released / "01_tiny.ipynb").unlink(), "01_tiny.ipynb: missing"),
        (add_text("scale", "    return np.asarray(images) / 255"), "answer or hidden test"),
        (
            add_text("cell-01", "x = [np.asarray(images)]; return np.asarray(images) / 255"),
            "answer",
        ),
        (add_text("test-scale", 'assert scale(51) == 0.2, "51 becomes 0.2"'), "cell 'test-scale'"),
        (add_text("why", "Because 255 is the largest byte."), "cell 'why'"),
        (add_text("scale", "### END SOLUTION"), "leftover marker"),
        (
            change(
                lambda notebook: cell_of(notebook, "cell-06").update(
                    outputs=[new_output("stream", text="1")]
                )
            ),
            "cell 'cell-06': has an output",
        ),
        (
            change(lambda notebook: cell_of(notebook, "cell-06").update(execution_count=1)),
            "cell 'cell-06': has an output or an execution count",
        ),
    ],
)
def test_a_doctored_student_version_is_noticed(course, sources, doctor, leak):
    released = course / "notebooks" / "01_tiny"
    doctor(released)
    found = build_release.find_leaks(sources, released)
    assert any(leak in line for line in found), found


# What --check notices


def damage_text(notebook: nbformat.NotebookNode) -> None:
    cell_of(notebook, "cell-06").outputs[0].text = "[0. 2.]\n"


def damage_picture(notebook: nbformat.NotebookNode, shift: int = 100) -> None:
    data = cell_of(notebook, "cell-07").outputs[-1].data
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))))
    changed = pixels.astype(int)
    changed[:20, :, :3] = (changed[:20, :, :3] + shift) % 256
    stream = io.BytesIO()
    Image.fromarray(changed.astype(np.uint8)).save(stream, "PNG")
    data["image/png"] = base64.b64encode(stream.getvalue()).decode()


def test_check_agrees_with_what_was_just_built(course, built):
    assert build.differences(course, built) == []
    assert build.orphans(course) == []


@pytest.mark.parametrize(
    ("name", "doctor", "difference"),
    [
        ("solutions/01_tiny/01_tiny.ipynb", damage_text, "cell 'cell-06' differs in outputs"),
        ("solutions/01_tiny/01_tiny.ipynb", damage_picture, "cell 'cell-07' differs in outputs"),
        (
            "notebooks/01_tiny/01_tiny.ipynb",
            lambda notebook: cell_of(notebook, "test-scale").metadata.nbgrader.update(points=40),
            "cell 'test-scale' differs in metadata",
        ),
        ("notebooks/01_tiny/01_tiny.ipynb", lambda notebook: notebook.cells.pop(), "8 cells"),
        (
            "solutions/01_tiny/01_tiny.ipynb",
            lambda notebook: notebook.metadata.update(author="x"),
            "differs outside its cells",
        ),
    ],
)
def test_a_doctored_notebook_is_stale(course, built, name, doctor, difference):
    edit(course / name, doctor)
    (found,) = build.differences(course, built)
    assert found.startswith(f"{name}: {difference}")


def test_a_figure_may_differ_by_what_processors_round(course, built):
    edit(
        course / "solutions" / "01_tiny" / "01_tiny.ipynb",
        lambda notebook: damage_picture(notebook, shift=-2),
    )
    assert build.differences(course, built) == []


def test_what_only_rounds_otherwise_is_left_as_it_is(course, built):
    path = course / "solutions" / "01_tiny" / "01_tiny.ipynb"
    edit(path, lambda nb: _replace(cell_of(nb, "cell-06").outputs[0], "1.", "1.001"))
    before = path.read_bytes()
    assert build.write_built(course, built) == []
    assert path.read_bytes() == before
    edit(path, lambda nb: _replace(cell_of(nb, "cell-06").outputs[0], "1.001", "1.03"))
    assert build.write_built(course, built) == ["solutions/01_tiny/01_tiny.ipynb"]
    assert path.read_bytes() == built.files["solutions/01_tiny/01_tiny.ipynb"]


def test_a_rebuilt_notebook_keeps_the_outputs_that_only_round_otherwise(course, built):
    path = course / "solutions" / "01_tiny" / "01_tiny.ipynb"
    edit(path, lambda nb: damage_picture(nb, shift=-2))
    edit(path, lambda nb: _replace(cell_of(nb, "cell-06").outputs[0], "1.", "1.03"))
    before = nbformat.read(path, 4)
    assert build.write_built(course, built) == ["solutions/01_tiny/01_tiny.ipynb"]
    after = nbformat.read(path, 4)
    assert cell_of(after, "cell-07").outputs == cell_of(before, "cell-07").outputs
    assert cell_of(after, "cell-06").outputs != cell_of(before, "cell-06").outputs
    assert build.differences(course, built) == []


def _replace(output: nbformat.NotebookNode, old: str, new: str) -> None:
    assert old in output.text
    output.text = output.text.replace(old, new)


def test_what_is_stored_is_kept_and_compared_with_nothing(tmp_path):
    tagged = TINY.replace('"nbval-ignore-output"', '"nbval-ignore-output", "stored-output"')
    course = make_course(tmp_path / "course", tagged)
    built = build.make(course, "01_tiny")
    build.write_built(course, built)
    path = course / "solutions" / "01_tiny" / "01_tiny.ipynb"
    edit(path, lambda nb: _replace(cell_of(nb, "cell-08").outputs[0], ".", "1."))
    assert build.differences(course, built) == []
    edit(path, lambda nb: cell_of(nb, "cell-08").outputs.clear())
    (found,) = build.differences(course, built)
    assert found.endswith("cell 'cell-08' differs in outputs")


def test_missing_changed_broken_and_stray_files_are_stale(course, built):
    (course / "notebooks" / "01_tiny" / "tiers.toml").write_text("metric = 1")
    (course / "notebooks" / "01_tiny" / "points.csv").unlink()
    (course / "notebooks" / "01_tiny" / "01_tiny.ipynb").write_text("{")
    (course / "solutions" / "01_tiny" / "old.ipynb").write_text("{}")
    (course / "notebooks" / "00_gone").mkdir()
    found = sorted(build.differences(course, built))
    assert [line.split(": ")[:2] for line in found] == [
        ["notebooks/01_tiny/01_tiny.ipynb", "not a notebook"],
        ["notebooks/01_tiny/points.csv", "missing"],
        ["notebooks/01_tiny/tiers.toml", "differs"],
        ["solutions/01_tiny/old.ipynb", "no script makes it, remove it"],
    ]
    assert build.orphans(course) == ["notebooks/00_gone: no script makes it, remove it"]


def test_check_command_fails_after_a_script_changed_and_writes_nothing(course, capsys):
    script = course / "solutions" / "01_tiny" / "01_tiny.py"
    script.write_text(TINY.replace("# # Scaling", "# # Scaling pixels"))
    before = {path: path.read_bytes() for path in course.rglob("*.ipynb")}
    assert main(["--course", str(course), "build", "--check"]) == 1
    said = capsys.readouterr().err
    assert "solutions/01_tiny/01_tiny.ipynb: cell 'cell-01' differs in source" in said
    assert "notebooks/01_tiny/01_tiny.ipynb: cell 'cell-01' differs in source" in said
    assert before == {path: path.read_bytes() for path in course.rglob("*.ipynb")}


def test_what_is_made_without_a_run_agrees_until_the_script_changes(course, built):
    assert build.make(course, "01_tiny", run=False).files == built.files
    script = course / "solutions" / "01_tiny" / "01_tiny.py"
    script.write_text(TINY.replace("# # Scaling", "# # Scaling pixels"))
    found = build.differences(course, build.make(course, "01_tiny", run=False))
    assert len(found) == 2
    assert all("cell 'cell-01' differs in source" in line for line in found)


# This repository's own assignments


def real_sources(name: str) -> dict[str, nbformat.NotebookNode]:
    scripts = sorted((ROOT / "solutions" / name).glob("*.py"))
    return {script.stem: build_solution.read_script(script) for script in scripts}


def test_there_are_assignments_and_every_released_one_has_a_script():
    assert REAL
    assert build.orphans(ROOT) == []


@pytest.mark.parametrize("name", REAL)
def test_released_assignment_gives_nothing_away(name):
    assert build_release.find_leaks(real_sources(name), ROOT / "notebooks" / name) == []


@pytest.mark.parametrize("name", REAL)
def test_every_answer_and_hidden_test_of_an_assignment_would_be_noticed(name, tmp_path):
    sources = real_sources(name)
    for stem, source in sources.items():
        secrets = build_release.secret_lines(source)
        assert secrets
        released = shutil.copytree(ROOT / "notebooks" / name, tmp_path / stem)
        text = "\n".join(line for _, line in secrets)
        edit(released / f"{stem}.ipynb", lambda notebook, text=text: _append(notebook, text))
        found = build_release.find_leaks(sources, released)
        for cell_id, line in secrets:
            assert any(repr(line) in leak and cell_id in leak for leak in found)


def _append(notebook: nbformat.NotebookNode, text: str) -> None:
    notebook.cells[-1].source += "\n" + text


@pytest.mark.parametrize("name", REAL)
def test_committed_notebooks_are_what_the_build_makes_of_the_committed_outputs(name):
    # tests/conftest.py compares those with the outputs of the cells that nbval runs
    assert build.differences(ROOT, build.make(ROOT, name, run=False)) == []
