"""``autograder demo`` grades its class where it meets no real one."""

from __future__ import annotations

import pytest
from nbgrader.api import Gradebook

from autograder.authoring import demo_class
from autograder.authoring.demo_submissions import CLASS
from autograder.cli.app import main
from autograder.holdout.store import make_holdout, read_holdout
from tests.support import ROOT


@pytest.mark.slow
def test_the_demo_has_a_folder_of_its_own_and_leaves_a_real_class_alone(tmp_path, monkeypatch):
    real = make_holdout(demo_class.NAME, tmp_path / "holdout", size=100)
    monkeypatch.setattr(demo_class, "CLASS", {"s14": CLASS["s14"]})  # the others take longer
    assert main(["--course", str(ROOT), "demo", "--work", str(tmp_path)]) == 0
    assert demo_class.differences(tmp_path / "demo" / "report" / "grades.csv") == []
    page = (tmp_path / "demo" / "report" / "index.html").read_text()
    assert "these grades are a demonstration" in page
    assert read_holdout(real.folder) == real
    kinds = ("gradebook.db", "submitted", "autograded", "evidence", "report", "published")
    assert not [kind for kind in kinds if (tmp_path / kind).exists()]
    verify = ["verify", demo_class.NAME, "--work", str(tmp_path / "demo")]
    assert main(["--course", str(ROOT), *verify]) == 0


@pytest.mark.slow
def test_a_demo_of_an_earlier_version_of_the_course_is_set_aside(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo_class, "CLASS", {"s14": CLASS["s14"]})
    demo = ["--course", str(ROOT), "demo", "--work", str(tmp_path)]
    assert main(demo) == 0
    with Gradebook(f"sqlite:///{tmp_path / 'demo' / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_notebook(demo_class.NAME, demo_class.NAME)
        gradebook.db.delete(next(cell for cell in notebook.grade_cells))  # as in another release
        gradebook.db.commit()
    assert main(demo) == 0
    said = capsys.readouterr().err
    assert "its graded cells differ from those that the gradebook holds" in said
    assert f"The demo begins anew; what was there is in {tmp_path / 'demo.before'}" in said
    assert demo_class.differences(tmp_path / "demo" / "report" / "grades.csv") == []
    assert (tmp_path / "demo.before" / "gradebook.db").is_file()
