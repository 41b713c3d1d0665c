"""``autograder demo`` grades its class where it meets no real one."""

from __future__ import annotations

import pytest

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
