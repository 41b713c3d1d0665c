"""A server's gradebook holds what a file's does, and may go away for a while."""

from __future__ import annotations

import shutil

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.cli.options import Course
from autograder.errors import GradebookLockedError
from autograder.evidence.log import read_log
from autograder.gradebook import locking
from autograder.gradebook.locking import Patience, transient_fault
from autograder.gradebook.store import open_gradebook
from autograder.grading.standing import read_standing
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, knowing, make_course, submission
from tests.support.postgresql import find_postgresql, postgresql


@pytest.fixture(scope="module")
def server():
    programs = find_postgresql()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    with postgresql(programs) as running:
        yield running


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    hand_in(course, "s01", submission(predict=knowing(wrong=range(9))))
    hand_in(course, "s02", submission(double="def double(x):\n    return 3 * x"))
    return course


def run(course, work, *words: str, url: str | None = None) -> int:
    database = [] if url is None else ["--db", url]
    command, *options = words
    return main(["--course", str(course), *database, command, NAME, "--work", str(work), *options])


def grade(course, work, url: str | None = None) -> int:
    if not work.exists():
        shutil.copytree(course / "work" / "holdout", work / "holdout")
    return run(course, work, "grade", "--submitted", str(course / "in"), "--quiet", url=url)


@pytest.fixture(scope="module")
def graded(course, server, tmp_path_factory):
    """The same class twice, with its gradebook in a file, and on the server; and the address."""
    folder, url = tmp_path_factory.mktemp("graded"), server.make_database("digits")
    assert grade(course, folder / "file") == ExitCode.DONE
    assert grade(course, folder / "server", url) == ExitCode.DONE
    return folder, url


def kinds(work) -> list[str]:
    return [entry.body["kind"] for entry in read_log(WorkDir(work).evidence(NAME)).entries]


def table(work) -> str:
    return (work / "report" / "grades.csv").read_text(encoding="utf-8")


def entered(url: str) -> list[tuple]:
    with Gradebook(url) as gradebook:
        submissions = gradebook.assignment_submissions(NAME)
        return sorted((one.student.id, one.score, one.max_score) for one in submissions)


def test_a_server_gets_the_grades_that_a_file_gets(graded):
    folder, url = graded
    assert table(folder / "server") == table(folder / "file")
    file = WorkDir(folder / "file").gradebook_url
    assert entered(url) == entered(file) != []
    assert not (folder / "server" / "gradebook.db").exists()


def test_what_is_on_record_does_not_run_again_and_is_scored_and_published(graded, course):
    folder, url = graded
    work = folder / "server"
    before = kinds(work)
    assert grade(course, work, url) == ExitCode.DONE
    assert kinds(work)[len(before) :] == ["run", "kept", "kept", "standing"]
    assert run(course, work, "rescore", url=url) == ExitCode.DONE
    assert run(course, work, "publish", url=url) == ExitCode.DONE
    assert table(work) == table(folder / "file")


def test_nbgraders_own_commands_find_the_standing_of_a_server(graded):
    _, url = graded
    standing = read_standing(url, NAME)
    assert standing is not None
    assert sorted(standing.rows) == ["s01", "s02"]
    assert read_standing(url, "another") is None


def test_a_server_that_restarts_is_waited_for(graded, server):
    folder, url = graded
    work, failed = WorkDir(folder / "server", url), []
    with open_gradebook(work) as gradebook:

        def count() -> int:
            try:
                return int(gradebook.db.execute(text("SELECT COUNT(*) FROM grade")).scalar())
            except OperationalError:
                gradebook.db.rollback()
                if not failed:
                    server.start()
                failed.append(1)
                raise

        before = count()
        server.stop()
        assert Patience("x").wait(count) == before
    assert failed


def test_a_server_that_stays_away_is_named_without_its_password(graded, server, monkeypatch):
    _, url = graded
    monkeypatch.setattr(locking, "LOCK_SECONDS", 0.0)
    name = WorkDir(None, url).gradebook_name
    assert server.password not in name
    server.stop()
    try:
        with pytest.raises(GradebookLockedError, match="Connection refused") as caught:
            Patience(name).wait(lambda: entered(url))
    finally:
        server.start()
    assert name in str(caught.value)


def test_a_wrong_password_is_told_at_once(server):
    wrong = server.url().replace(server.password, "wrong")
    with pytest.raises(OperationalError) as caught:
        Gradebook(wrong)
    assert transient_fault(caught.value) is None


@pytest.mark.parametrize(
    ("setting", "database"),
    [
        ('"postgresql://h/d"', "postgresql://h/d"),
        ('f"sqlite:///{ROOT}"', None),
        ('"sqlite:" + "///x"', None),
    ],
    ids=["server", "file", "file otherwise"],
)
def test_the_courses_settings_name_the_gradebook_of_its_own_work_folder(
    tmp_path, setting, database
):
    settings = f"ROOT = 'x'\nc = get_config()\nc.CourseDirectory.db_url = {setting}\n"
    (tmp_path / "nbgrader_config.py").write_text(settings)
    course = Course(tmp_path)
    assert course.work(None).database == database
    assert course.work(tmp_path / "work").database == database
    assert course.work(tmp_path / "other").database is None
    assert course.work(None).demo.database is None
    assert Course(tmp_path, "postgresql://h/e").work(tmp_path / "other").database is not None
