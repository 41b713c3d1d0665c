"""Build the wheel that students install: what the notebooks import of the course, and its data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from autograder.authoring.closure import import_closure, imports_of
from autograder.errors import HandoutError
from helpers.course.catalogue import CATALOGUE_FILE, read_solutions, write_catalogue
from helpers.course.hints import HINTS_FILE, read_hints, write_hints
from helpers.metric_file import named_metric
from helpers.places import PACKAGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

COMMANDS = ("helpers.course.cli", "helpers.course.__main__", "helpers.course.magics")
"""What students start without a notebook that imports it."""

SHIPPED = ("registry.toml", "sample/*.gz", "embedding/*.npz", "handwriting/*.png")
"""Patterns of the course's own data, below its folder ``data``."""

BESIDE = (".js", ".css")
"""Endings of what a widget's page part is in, beside the module of the same name."""

_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def library_of(root: Path) -> Path:
    """Return where the library lies that a course's notebooks import.

    Parameters
    ----------
    root : Path
        The course.

    Returns
    -------
    Path
        The course itself, or the repository that this package is of: a course that `new-course`
        made holds assignments alone.
    """
    return root if (root / "helpers").is_dir() else Path(__file__).resolve().parents[2]


def student_modules(root: Path) -> dict[str, Path]:
    """Return the course's modules that students get: what notebooks and ``course`` import.

    A course's own metric, which lies beside its notebook, counts as that does.

    Parameters
    ----------
    root : Path
        The course.

    Returns
    -------
    dict of str to Path
        The file of each module.
    """
    return import_closure(library_of(root), [*_imported_by_notebooks(root), *COMMANDS])


def _imported_by_notebooks(root: Path) -> Iterator[str]:
    for path in sorted(root.glob("notebooks/*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                yield from imports_of(cell.source)
        metric = named_metric(path.parent)
        if metric is not None:
            yield from imports_of(metric.read_text(encoding="utf-8"))


def build_wheel(root: Path, scratch: Path) -> Path:
    """Build the wheel.

    Parameters
    ----------
    root : Path
        The course.
    scratch : Path
        An empty folder, for the wheel and what it is made of.

    Returns
    -------
    Path
        Of the wheel.

    Raises
    ------
    HandoutError
        If setuptools cannot build it.
    """
    source, target, library = scratch / "source", scratch / "wheel", library_of(root)
    modules = student_modules(root)
    for module in modules.values():
        for file in (module, *(module.with_suffix(suffix) for suffix in BESIDE)):
            if file.is_file():
                _copy(file, source / file.relative_to(library))
    data = Path("helpers") / PACKAGED.name
    for pattern in SHIPPED:
        for file in sorted((library / "data").glob(pattern)):
            _copy(file, source / data / file.relative_to(library / "data"))
    catalogue = write_catalogue(read_solutions(root / "solutions"))
    (source / data / CATALOGUE_FILE).write_text(catalogue, encoding="utf-8")
    hints = write_hints(read_hints(root / "solutions"))
    (source / data / HINTS_FILE).write_text(hints, encoding="utf-8")
    _copy(library / "LICENSE", source / "LICENSE")
    project = tomllib.loads((library / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = _pyproject(project, _packages(modules))
    (source / "pyproject.toml").write_text(text, encoding="utf-8")
    return _run_setuptools(source, target)


def _packages(modules: Mapping[str, Path]) -> list[str]:
    return [name for name, path in modules.items() if path.name == "__init__.py"]


def _pyproject(project: Mapping[str, Any], packages: Iterable[str]) -> str:
    """Say of the wheel what the course's own pyproject.toml says of what students need."""
    kept = ("name", "version", "description", "license", "license-files", "requires-python")
    lines = [f"{key} = {json.dumps(project[key])}" for key in kept]
    return "\n".join(
        [
            "[build-system]",
            'requires = ["setuptools>=77"]',
            'build-backend = "setuptools.build_meta"',
            "[project]",
            *lines,
            f"dependencies = {json.dumps(project['dependencies'])}",
            "[project.scripts]",
            f"course = {json.dumps(project['scripts']['course'])}",
            "[tool.setuptools]",
            f"packages = {json.dumps(list(packages))}",
            "[tool.setuptools.package-data]",
            f'helpers = ["{PACKAGED.name}/**/*", "*.js", "*.css"]',
            "",
        ]
    )


def _run_setuptools(source: Path, target: Path) -> Path:
    target.mkdir()
    # 1980 is the first year that a zip file knows; so equal input gives equal bytes
    environment = os.environ | {"SOURCE_DATE_EPOCH": "315532800"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", _BUILD, str(target)],  # of this environment alone
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise HandoutError(f"setuptools: {done.stderr.strip().splitlines()[-1]}")
    (wheel,) = target.glob("*.whl")
    return wheel


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
