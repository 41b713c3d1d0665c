"""The files at the repository's root say the same as each other."""

from __future__ import annotations

import re
import subprocess
import tomllib

import yaml

from tests.support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_changelog_begins_with_the_version_that_is_packaged():
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = [version for version in versions if version != "Unreleased"]
    assert released[0] == PROJECT["project"]["version"]


def test_the_licence_that_is_packaged_is_the_one_that_is_named():
    assert PROJECT["project"]["license"] == "BSD-3-Clause"
    for name in PROJECT["project"]["license-files"]:
        assert "BSD 3-Clause" in (ROOT / name).read_text()


def test_each_package_ships_its_type_hints():
    for package, patterns in PROJECT["tool"]["setuptools"]["package-data"].items():
        assert "py.typed" in patterns
        assert (ROOT / package / "py.typed").is_file()


def test_pre_commit_runs_what_make_test_runs():
    hooks = [
        hook
        for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
        for hook in repo["hooks"]
    ]
    tested = subprocess.check_output(["make", "--dry-run", "test"], cwd=ROOT, text=True)
    assert {hook["language"] for hook in hooks} == {"system"}
    for hook in hooks:
        assert hook["entry"].removesuffix(" --force-exclude") in tested, hook["id"]
