"""What students receive: it has what notebooks import, works by itself, and gives nothing away."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from importlib.metadata import packages_distributions

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.authoring.closure import import_closure
from autograder.authoring.handout import make_handout
from autograder.authoring.wheel import student_modules
from autograder.errors import HandoutError
from helpers.course.install import SETUP
from tests.support import ROOT
from tests.support.student_environment import environment_of, make_environment

SECRET = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")

GRADERS = ("cli", "grading", "integrity", "evidence", "execution", "sandbox", "kernel_side")
"""Of the grader's packages, those that say how a grade comes about, or how it is guarded."""


@pytest.fixture(scope="module")
def handout(tmp_path_factory):
    """Return the handout, made once."""
    return make_handout(ROOT, tmp_path_factory.mktemp("handout"))


@pytest.fixture(scope="module")
def unpacked(handout, tmp_path_factory):
    """Return a folder with the zip file's content, and in `site` that of the wheel in it."""
    folder = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(handout.archive) as archive:
        archive.extractall(folder)
    course = folder / "digits-course"
    with zipfile.ZipFile(next(course.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder


def run(unpacked, code, **environment):
    """Run code as a student's Python does: the wheel, no repository, a cache of its own."""
    inherited = {name: value for name, value in os.environ.items() if name != "COURSE_DATA"}
    own = {
        "PYTHONPATH": str(unpacked / "site"),
        "XDG_CACHE_HOME": str(unpacked / "cache"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    return subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", code],
        cwd=unpacked / "digits-course",
        env=inherited | own | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def modules_in(folder):
    """Return the modules below a folder, by their dotted names."""
    paths = (path.relative_to(folder).with_suffix("") for path in folder.rglob("*.py"))
    return {".".join(path.parts).removesuffix(".__init__") for path in paths}


def test_it_has_the_notebooks_and_what_goes_with_them(handout):
    names = {*handout.files}
    assert {f"{name}/{name}.ipynb" for name in ("01_idx", "02_binary", "03_svc")} <= names
    assert {"start.ipynb", "README.md", "requirements.txt", "03_svc/tiers.toml"} <= names
    assert sum(name.startswith("data/sample/") for name in names) == 4
    released = ROOT.glob("notebooks/*/*")
    assert {path.relative_to(ROOT / "notebooks").as_posix() for path in released} <= names


def test_no_file_of_it_is_a_solution_or_has_a_hidden_test(unpacked):
    files = [path for path in unpacked.rglob("*") if path.is_file()]
    texts = {path: path.read_bytes().decode("latin-1") for path in files}
    assert not [path for path, text in texts.items() if SECRET.search(text)]
    names = {path.name for path in files}
    assert not names & {"run.toml", "nbgrader_config.py", "gradebook.db", "teaching.md"}
    authors = (path for path in ROOT.glob("solutions/*/*") if path.name != "tiers.toml")
    secret = {path.read_bytes() for path in authors}
    assert not [path for path in files if path.read_bytes() in secret]
    notebooks = [nbformat.read(path, as_version=4) for path in files if path.suffix == ".ipynb"]
    code = [cell for nb in notebooks for cell in nb.cells if cell.cell_type == "code"]
    assert len(code) > 200
    assert not [cell.id for cell in code if cell.outputs and cell.id != "status"]


def test_its_modules_are_those_that_are_imported_and_no_more(unpacked):
    modules = modules_in(unpacked / "site")
    assert modules == student_modules(ROOT).keys()
    assert {"autograder.score", "autograder.scoring.practice", "helpers.data"} <= modules
    assert not [name for name in modules if name.split(".")[1:2] and name.split(".")[1] in GRADERS]


def test_every_module_of_it_imports_without_what_only_linux_has(unpacked):
    modules = sorted(modules_in(unpacked / "site") - {"helpers.course.__main__"})
    code = f"""
import importlib, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios", "nbgrader", "papermill"):
    sys.modules[name] = None
for name in {modules}:
    module = importlib.import_module(name)
    assert module.__file__.startswith({str(unpacked)!r}), module.__file__
"""
    done = run(unpacked, code)
    assert done.returncode == 0, done.stderr


def test_the_wheel_finds_its_data_without_the_repository(unpacked):
    code = """
from helpers.data import DATA, load_embedding, load_sample
from helpers.places import data_folder
from helpers.registry import find_dataset
from helpers.course.catalogue import load_catalogue
print([len(part) for part in load_sample()], len(load_embedding()[0]))
print(find_dataset("mnist").title, len([*(DATA / "handwriting").glob("*.png")]))
print(load_catalogue()["03_svc"].limits["memory_mb"], [*load_catalogue()])
print(data_folder())
"""
    done = run(unpacked, code)
    assert done.returncode == 0, done.stderr
    sizes, dataset, settings, folder = done.stdout.splitlines()
    assert sizes == "[750, 750, 250, 250] 60000"
    assert dataset == "MNIST handwritten digits (LeCun, Cortes, Burges) 10"
    names = [path.name for path in sorted(ROOT.glob("notebooks/*"))]
    assert settings == f"4096 {names}"
    assert str(ROOT) not in folder
    assert "digits-course" in folder


def test_what_is_imported_of_others_is_required(unpacked):
    """Each package that the wheel's modules or the notebooks import is one that pip brings."""
    metadata = next((unpacked / "site").glob("*.dist-info")) / "METADATA"
    told = Parser().parsestr(metadata.read_text())
    required = {canonicalize_name(Requirement(one).name) for one in told.get_all("Requires-Dist")}
    sources = [path.read_text() for path in (unpacked / "site").rglob("*.py")]
    for path in (unpacked / "digits-course").rglob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        sources += [cell.source for cell in cells if cell.cell_type == "code"]
    names = {name for source in sources for name in imported(source)}
    others = names - sys.stdlib_module_names - {"helpers", "autograder"}
    assert {"numpy", "sklearn", "click", "nbclient"} <= others
    brought = {"keras", "joblib", "matplotlib_inline", "IPython"}  # by what is required
    known = packages_distributions()
    missing = {
        name
        for name in others - brought
        if not required & {canonicalize_name(one) for one in known.get(name, [])}
    }
    assert missing == set()


def imported(source):
    """Yield the first part of each name that is imported; no file's own code is asked."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_the_command_of_the_handout_knows_its_notebooks(unpacked):
    code = "from helpers.course.cli import main; raise SystemExit(main(['status']))"
    done = run(unpacked, code)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len([*ROOT.glob("notebooks/*")])
    assert "03 Support vector machines, pipelines and grid search: 0 of 14 exercises" in done.stdout


def test_the_address_of_a_published_course_is_in_first_cells_and_readme(tmp_path):
    made = make_handout(ROOT, tmp_path, "somebody/digits@term")
    with zipfile.ZipFile(made.archive) as archive:
        readme = archive.read("digits-course/README.md").decode()
        page = json.loads(archive.read("digits-course/03_svc/03_svc.ipynb"))
    address = f"https://raw.githubusercontent.com/somebody/digits/term/{made.wheel.name}"
    first, second = [cell for cell in page["cells"] if cell["cell_type"] == "code"][:2]
    assert "".join(first["source"]).endswith(f"course_address = {address!r}")
    assert "".join(second["source"]) == SETUP  # or the grader would take it for a student's own
    for place in ("colab.research.google.com/github/somebody/digits/blob/term", "mybinder.org/v2"):
        assert readme.count(place) == 5


def test_a_place_that_is_none_is_refused(tmp_path):
    with pytest.raises(HandoutError, match="expected OWNER/NAME"):
        make_handout(ROOT, tmp_path, "https://example.org")
    assert not [*tmp_path.iterdir()]


def test_a_notebook_that_gives_something_away_is_not_handed_out(tmp_path):
    course = tmp_path / "course"
    for name in ("helpers", "autograder", "data", "notebooks"):
        ignored = shutil.ignore_patterns("__pycache__", "downloads")
        shutil.copytree(ROOT / name, course / name, ignore=ignored)
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, course)
    path = course / "notebooks" / "03_svc" / "03_svc.ipynb"
    path.write_text(path.read_text().replace("YOUR CODE HERE", "## BEGIN HIDDEN TESTS", 1))
    with pytest.raises(HandoutError, match=r"03_svc/03_svc\.ipynb"):
        make_handout(course, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_closure_has_lazy_imports_and_none_of_a_type_checkers(tmp_path):
    package = tmp_path / "helpers"
    package.mkdir()
    texts = {
        "__init__": "",
        "a": "def f():\n    from helpers import b\n",
        "b": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import helpers.c\n",
        "c": "",
        "d": "import helpers.a",
    }
    for name, text in texts.items():
        (package / f"{name}.py").write_text(text)
    found = import_closure(tmp_path, ["helpers.a.f", "numpy"])
    assert [*found] == ["helpers", "helpers.a", "helpers.b"]


def test_first_cells_are_the_same_in_all_notebooks():
    for path in sorted(ROOT.glob("notebooks/*/*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        code = [cell for cell in cells if cell.cell_type == "code"]
        assert (code[0].id, code[0].source, dict(code[0].metadata)) == ("setup", SETUP, {})


def test_where_the_course_is_there_the_first_cell_is_silent_and_starts_nothing(unpacked):
    code = f"{SETUP}\nimport sys\nprint('subprocess' in sys.modules, 'nbclient' in sys.modules)"
    done = run(unpacked, code)
    assert (done.stdout, done.stderr) == ("False False\n", "")


def test_where_the_course_is_not_and_no_wheel_the_first_cell_says_what_to_do(tmp_path):
    command = [sys.executable, "-S", "-I", "-c", SETUP]  # without site-packages
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].startswith("AssertionError: put the course's digits_course")


def test_where_the_course_is_not_the_first_cell_installs_the_wheel_beside_it(unpacked, tmp_path):
    python = make_environment(tmp_path / "env")
    content = tmp_path / "content"
    content.mkdir()
    shutil.copy(next((unpacked / "digits-course").glob("*.whl")), content)
    before = subprocess.run(
        [python, "-c", "import helpers"], cwd=content, env=environment_of(python)
    )
    assert before.returncode == 1
    code = f"{SETUP}\nfrom helpers.data import load_sample\nprint(len(load_sample()[0]))"
    done = subprocess.run(
        [python, "-c", code],
        cwd=content,
        env=environment_of(python),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "750\n"), done.stderr
