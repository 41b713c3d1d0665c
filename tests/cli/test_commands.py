"""Commands are known before they are imported, to people and to their shells."""

from __future__ import annotations

import importlib
import os
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version

import pytest

from autograder.cli.app import COMMANDS, main
from tests.support import ROOT


def run_python(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_line_in_the_list_is_the_first_of_its_own_help(name):
    module, line = COMMANDS[name]
    command = importlib.import_module(module).command
    assert command.name == name
    assert command.help.partition("\n")[0] == line


def test_help_lists_every_command_and_imports_none():
    code = (
        "import sys; from autograder.cli.app import main; main(['--help']); "
        "print({name for name in sys.modules if name.startswith('autograder.')})"
    )
    listed, imported = run_python("-c", code).stdout.rsplit("\n", 2)[:2]
    for name, (module, line) in COMMANDS.items():
        assert f"  {name} " in listed
        assert line in listed
        assert module not in imported
    assert "autograder.cli.app" in imported


def test_a_commands_own_help_imports_no_other():
    code = (
        "import sys; from autograder.cli.app import main; main(['verify', '--help']); "
        "print({name for name in sys.modules if name.startswith('autograder.cli.')})"
    )
    imported = run_python("-c", code).stdout.splitlines()[-1]
    others = {module for module, _ in COMMANDS.values()} - {"autograder.cli.verify"}
    assert "'autograder.cli.verify'" in imported
    assert not [module for module in others if f"'{module}'" in imported]


@pytest.mark.parametrize("words", [[], ["grade"], ["grad"], ["grade", "a1", "--fast"]])
def test_what_cannot_be_parsed_ends_with_2(words, capsys):
    assert main(words) == 2
    assert capsys.readouterr().err.startswith("Usage: autograder")


def test_a_command_that_is_nearly_right_is_suggested(capsys):
    assert main(["publsh"]) == 2
    assert "'publish'" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_asking_for_help_ends_with_0(option, capsys):
    assert main([option]) == 0
    assert main(["rescore", option]) == 0
    assert "--labels PATH" in capsys.readouterr().out


def test_the_version_is_the_installed_packages(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.split()[-1] == version("digits-course")


def test_the_package_can_be_run():
    done = run_python("-m", "autograder", "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "autograder,")


def test_an_interrupt_ends_with_130(monkeypatch, capsys):
    def interrupt(prefix):
        raise KeyboardInterrupt

    module = importlib.import_module(COMMANDS["kernels"][0])
    monkeypatch.setattr(module, "install_kernels", interrupt)
    assert main(["kernels"]) == 130
    assert "what was recorded so far is kept" in capsys.readouterr().err


@pytest.mark.parametrize("error", [EOFError, BrokenPipeError])
def test_an_error_of_the_graders_own_is_one_line_and_not_taken_for_the_users(
    error, monkeypatch, capsys
):
    def fail(prefix):
        raise error

    module = importlib.import_module(COMMANDS["kernels"][0])
    monkeypatch.setattr(module, "install_kernels", fail)
    assert main(["kernels"]) == 1
    assert capsys.readouterr().err == f"autograder: {error.__name__}:\n"


@pytest.fixture
def complete(tmp_path):
    """Return a function that lets bash complete a line, as it does when a person presses Tab."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    program = tmp_path / "autograder"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m autograder "$@"\n')
    program.chmod(0o755)

    def run(*words: str) -> list[str]:
        line = " ".join(map(shlex.quote, words))
        script = (
            'eval "$(_AUTOGRADER_COMPLETE=bash_source autograder)"\n'
            f"COMP_WORDS=(autograder {line})\nCOMP_CWORD={len(words)}\n"
            "complete -p autograder >/dev/null || exit\n"
            '_autograder_completion autograder && printf "%s\\n" "${COMPREPLY[@]}"\n'
        )
        paths = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [bash, "--norc", "-c", script],
            env=os.environ | paths,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    return run


def test_bash_completes_commands(complete):
    assert complete("pu") == ["publish"]
    assert complete("d") == ["demo", "diff", "doctor"]


def test_bash_completes_assignments(complete, tmp_path):
    course = tmp_path / "course"
    for name in ("01_lines", "02_circles", "02_squares"):
        (course / "solutions" / name).mkdir(parents=True)
    (course / "solutions" / "README.md").write_text("no assignment")
    given = ("--course", str(course))
    assert complete(*given, "verify", "0") == ["01_lines", "02_circles", "02_squares"]
    assert complete(*given, "grade", "--unsafe", "02_c") == ["02_circles"]
    assert complete(*given, "build", "01_lines", "02_s") == ["02_squares"]


def test_bash_completes_the_assignments_of_the_course_at_hand(complete):
    assert complete("verify", "03") == ["03_svc"]
