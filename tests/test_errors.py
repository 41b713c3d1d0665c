"""The one tree of errors: drawn as it is, and each of them whole wherever it goes."""

from __future__ import annotations

import ast
import builtins
import copy
import pickle
import re
from inspect import get_annotations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import autograder
from autograder import errors
from autograder.evidence.hashchain import Problem

if TYPE_CHECKING:
    from helpers._errors import TemplatedError

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and kind.__module__ == errors.__name__
}
RAISED = [kind for kind in CLASSES.values() if kind.template]

_LINE = re.compile(r"    (?P<indent>[│├└─ ]*)(?P<name>\w+)(?: \((?P<other>\w+)\))? {2,}\S")


def drawn() -> dict[str, tuple[str, ...]]:
    """Parents of each class by its name, as the module's docstring draws them."""
    parents: dict[str, tuple[str, ...]] = {}
    path: list[str] = []
    for line in filter(None, map(_LINE.match, (errors.__doc__ or "").splitlines())):
        path[len(line["indent"]) // 4 :] = [line["name"]]
        parents[line["name"]] = (*path[-2:-1], *filter(None, [line["other"]]))
    return parents


def test_the_tree_is_drawn_as_it_is():
    found = {
        name: tuple(base.__name__ for base in kind.__bases__) for name, kind in CLASSES.items()
    }
    assert drawn() == found | {"TemplatedError": ()}


def test_no_other_module_defines_an_error():
    root = Path(autograder.__file__).parent
    builtin = (name for name in vars(builtins) if name.endswith(("Error", "Exception")))
    known = {"TemplatedError", "SettingError", *CLASSES, *builtin}
    elsewhere = [
        f"{path.relative_to(root)}: {node.name}"
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).rpartition(".")[2] in known for base in node.bases)
    ]
    assert {line.partition(":")[0] for line in elsewhere} == {"errors.py"}
    assert len(elsewhere) == len(CLASSES)


def value_for(name: str, kind: str) -> object:
    """Return a value of a field's type that no other field has."""
    if kind == "Path":
        return Path("folder", f"{name}.jsonl")
    if kind.startswith("tuple"):
        return (f"first of {name}", f"second of {name}")
    return f"the {name}"


def example(kind: type[TemplatedError]) -> TemplatedError:
    types = {n: t for base in kind.__mro__ for n, t in get_annotations(base).items()}
    return kind(**{name: value_for(name, types[name]) for name in kind.fields})


@pytest.mark.parametrize("kind", RAISED)
def test_a_message_names_every_field(kind):
    error = example(kind)
    for name in kind.fields:
        value = getattr(error, name)
        first = value[0] if isinstance(value, tuple) else value
        assert (first.stem if isinstance(first, Path) else str(first)) in str(error)


@pytest.mark.parametrize("kind", RAISED)
@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, *(lambda e, n=n: pickle.loads(pickle.dumps(e, n)) for n in (2, 5))],
    ids=["copy", "deepcopy", "pickle 2", "pickle 5"],
)
def test_an_error_is_whole_after_a_journey(kind, again):
    error = example(kind)
    error.add_note("seen on the way")
    back = again(error)
    assert type(back) is kind
    assert (str(back), vars(back)) == (str(error), vars(error))
    assert back.args == error.args == tuple(vars(error)[name] for name in kind.fields)


@pytest.mark.parametrize("kind", RAISED)
def test_fields_are_taken_by_place_and_by_name(kind):
    error = example(kind)
    assert vars(kind(*error.args)) == vars(error)
    with pytest.raises(TypeError, match="unexpected keyword argument 'nothing'"):
        kind(*error.args, nothing=0)
    with pytest.raises(TypeError, match="too many positional arguments"):
        kind(*error.args, "more")


def test_the_bases_are_not_raised():
    bases = {kind.__name__ for kind in CLASSES.values()} - {kind.__name__ for kind in RAISED}
    assert bases == {"AutograderError", "BuildError", "EvidenceError", "SubmissionError"}
    root = Path(autograder.__file__).parent
    called = re.compile(rf"\b({'|'.join(bases)})\(")
    sources = (path for path in root.rglob("*.py") if path.name != "errors.py")
    assert not [path for path in sources if called.search(path.read_text(encoding="utf-8"))]


FOLDER = Path("folder")
LOG = Path("evidence", "03_svc.jsonl")
ONE, TWO = Problem(3, "was altered"), Problem(None, "is not a hash")

MESSAGES = {
    errors.AssignmentError("03", "no notebook"): "assignment '03': no notebook",
    errors.AssignmentChangedError("03", "it"): "assignment '03': it",
    errors.IntakeError(FOLDER): ("folder is not a folder; expected one with a class's submissions"),
    errors.MistakenFolderError(FOLDER, "is an export"): "folder is an export",
    errors.HoldoutMissingError("03", "f", "holdout 03 --work w"): (
        "no held-out images for '03' in f: make them once with `autograder holdout 03 --work w`, "
        "or name the --work that has them"
    ),
    errors.InfrastructureError("no kernel"): "no kernel",
    errors.SandboxUnavailableError("no bwrap"): (
        "this host cannot cage untrusted code: no bwrap. Grade on Linux with user namespaces "
        "(or as root), or pass --unsafe if you trust every submission"
    ),
    errors.NoCgroupsError("none"): (
        "no control groups: none; run the grader as root, or let systemd hand it a group: "
        "systemd-run --user --scope autograder grade ..."
    ),
    errors.GradebookLockedError("database is locked", "gradebook.db"): (
        "the gradebook gradebook.db cannot be used: database is locked; close what has it open"
    ),
    errors.SchedulerError("no answer", "tls://h:1"): (
        "the scheduler tls://h:1 is out of reach: no answer; see that it runs and that its "
        "certificates are the grader's, then grade again: what is on record does not run again"
    ),
    errors.NoWorkersError("w: numpy 1, expected 2", "tls://h:1"): (
        "no worker of tls://h:1 may take a job: w: numpy 1, expected 2; "
        "expected at least one that is as the grader is"
    ),
    errors.WorkerLostError(
        "it was lost", "tls://h:2"
    ): "worker tls://h:2: it was lost with this job",
    errors.DaskMissingError("No module named 'distributed'"): (
        "no Dask here: No module named 'distributed'; pip install 'digits-course[dask]'"
    ),
    errors.PlainTransportError("tcp://h:1"): (
        "scheduler 'tcp://h:1': held-out labels go over TLS alone, expected an address that begins "
        "with tls://, and --tls-ca, --tls-cert and --tls-key; nothing was sent or recorded"
    ),
    errors.AfterwardsError(("a: full", "b: gone")): (
        "the grades are recorded, but a: full; b: gone"
    ),
    errors.ZygoteError(profile="base", reason="is gone"): (
        "the fork server of profile 'base': is gone"
    ),
    errors.HoldoutError(FOLDER, "no data"): "held-out images in folder: no data",
    errors.EvidenceUnwritableError(LOG, "full"): (
        "evidence evidence/03_svc.jsonl: cannot be written: full"
    ),
    errors.EvidenceDamagedError(LOG, (ONE,)): (
        "evidence evidence/03_svc.jsonl: line 3: was altered; "
        "see `autograder verify 03_svc`; to begin anew, move it and its head away"
    ),
    errors.EvidenceDamagedError(LOG, (TWO, ONE, ONE)): (
        "evidence evidence/03_svc.jsonl: head: is not a hash, and 2 more; "
        "see `autograder verify 03_svc`; to begin anew, move it and its head away"
    ),
    errors.EvidenceBusyError(LOG): (
        "evidence evidence/03_svc.jsonl: another process is writing it; wait until that has ended"
    ),
    errors.EvidenceMissingError(LOG, "none"): "evidence evidence/03_svc.jsonl: none",
    errors.RescoreError(LOG, "none"): "evidence evidence/03_svc.jsonl: none",
    errors.PackingError([1], "a shape"): "a packed array has [1], expected a shape",
    errors.TierError("1", "a number", "t: a"): "t: a: found '1', expected a number",
    errors.UnknownAssignmentError("07", ("01", "02")): (
        "no script in solutions/07/: expected one of the assignments 01, 02"
    ),
    errors.UnknownAssignmentError("07", ()): (
        "no script in solutions/07/: expected one of the assignments none"
    ),
    errors.SourceError("a.py", "no cells"): "a.py: no cells",
    errors.CellError("a.py", "cell-01", "KeyError: 1"): "a.py, cell 'cell-01': KeyError: 1",
    errors.ReleaseError("01", ("a", "b")): "no student version of '01':\n  a\n  b",
    errors.StaleError(("a", "b")): "not what the scripts make; run `make build`:\n  a\n  b",
    errors.CodecError("no data"): "no data",
    errors.NotPlainError("period"): "a pandas column of dtype 'period' is not plain data",
    errors.StudentCodeError("Odd: x"): "Odd: x",
    errors.UnreadableNotebookError("not a notebook: x"): "not a notebook: x",
    errors.PredictionTypeError("None", "digits"): "predict(images) gave None, expected digits",
    errors.PredictionShapeError("a", "b", "use c", "cluster(images)"): (
        "cluster(images) gave a, expected b (use c)"
    ),
}


@pytest.mark.parametrize(("error", "message"), MESSAGES.items(), ids=str)
def test_messages(error, message):
    assert str(error) == message
