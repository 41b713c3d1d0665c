"""pyproject.toml, environment.yml and requirements.lock name the same packages."""

from __future__ import annotations

import re
import tomllib
from itertools import chain

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text()
ENVIRONMENT = (ROOT / "environment.yml").read_text()
LOCK = (ROOT / "requirements.lock").read_text()

MISSION = [
    "jupyterlab",
    "nbgrader",
    "papermill",
    "numpy",
    "scikit-learn",
    "tensorflow",
    "matplotlib",
    "spherecluster",
    "nbval",
]


def project_ranges(pyproject: str) -> dict[str, SpecifierSet]:
    project = tomllib.loads(pyproject)["project"]
    lines = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    return as_ranges(lines) | {"python": SpecifierSet(project["requires-python"])}


def conda_ranges(environment: str) -> dict[str, SpecifierSet]:
    entries = yaml.safe_load(environment)["dependencies"]
    conda = [entry for entry in entries if isinstance(entry, str) and entry != "pip"]
    by_pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    return as_ranges([*conda, *(line for line in by_pip if not line.startswith("-"))])


def as_ranges(lines: list[str]) -> dict[str, SpecifierSet]:
    wanted = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): one.specifier for one in wanted}


def locked_versions(lock: str) -> dict[str, list[Version]]:
    """All versions of each package: a universal lock may hold one for each interpreter."""
    found: dict[str, list[Version]] = {}
    entry = r"^([A-Za-z0-9._-]+)(?:\[.*\])?==([^\s;\\]+)"
    for name, version in re.findall(entry, lock, re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(Version(version))
    return found


def outside_range(pyproject: str, lock: str) -> list[str]:
    locked = locked_versions(lock)
    return [
        f"{name}{wanted}: locked {', '.join(map(str, locked.get(name, []))) or 'nowhere'}"
        for name, wanted in project_ranges(pyproject).items()
        if name != "python"
        and not (name in locked and all(version in wanted for version in locked[name]))
    ]


def lines_without_reason(environment: str) -> list[str]:
    body = environment.split("dependencies:\n", 1)[1].splitlines()
    entries = [line.strip() for line in body if line.strip() != "- pip:"]
    return [line for line in entries if not re.search(r"  # \S", line)]


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times, expected once"
    return text.replace(old, new)


def test_environment_has_the_packages_and_ranges_of_pyproject():
    assert conda_ranges(ENVIRONMENT) == project_ranges(PYPROJECT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("numpy>=2.2 ", "numpy>=2.1 "),
        ("  - tqdm>=4.67  # progress bars\n", ""),
        ("python>=3.11,<3.14", "python>=3.11"),
        ("spherecluster>=0.1.7", "spherecluster"),
        ("  - pip:\n", "  - pandas>=2  # not ours\n  - pip:\n"),
    ],
)
def test_a_doctored_environment_is_noticed(old, new):
    assert conda_ranges(replaced(ENVIRONMENT, old, new)) != project_ranges(PYPROJECT)


def test_environment_comes_from_conda_forge_alone():
    assert yaml.safe_load(ENVIRONMENT)["channels"] == ["conda-forge"]


def test_every_line_of_the_environment_gives_a_reason():
    assert lines_without_reason(ENVIRONMENT) == []
    assert lines_without_reason(replaced(ENVIRONMENT, "  # progress bars", "")) == ["- tqdm>=4.67"]


def test_lock_satisfies_pyproject():
    assert outside_range(PYPROJECT, LOCK) == []


@pytest.mark.parametrize(
    ("pyproject", "lock", "package"),
    [
        (replaced(PYPROJECT, '"numpy>=2.2"', '"numpy>=99"'), LOCK, "numpy"),
        (PYPROJECT, re.sub(r"^nbval==.*$", "", LOCK, flags=re.MULTILINE), "nbval"),
        (PYPROJECT, re.sub(r"^tqdm==\S+", "tqdm==4.0", LOCK, flags=re.MULTILINE), "tqdm"),
    ],
)
def test_a_doctored_lock_is_noticed(pyproject, lock, package):
    (problem,) = outside_range(pyproject, lock)
    assert problem.startswith(package)


def test_no_start_is_slowed_by_a_grammar():
    assert "nbformat" in locked_versions(LOCK)
    assert "rfc3987-syntax" not in locked_versions(LOCK)


def test_every_locked_file_has_a_hash():
    entries = re.findall(
        r"^[A-Za-z0-9._-]+(?:\[.*\])?==.*\\\n(?:    --hash=sha256:[0-9a-f]{64}.*\n)+", LOCK, re.M
    )
    assert len(entries) == len(re.findall(r"^\S+==", LOCK, re.MULTILINE)) > 100


@pytest.mark.parametrize("package", MISSION)
def test_mission_package_is_in_all_three(package):
    assert package in project_ranges(PYPROJECT)
    assert package in conda_ranges(ENVIRONMENT)
    assert package in locked_versions(LOCK)
