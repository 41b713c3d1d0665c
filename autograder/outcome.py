"""What became of a submission's run."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How the run of a submission ended.

    ==================  ========================================================
    ``FINISHED``        every cell ran to its end
    ``STUDENT_ERROR``   the notebook cannot be read, or a cell of it failed
    ``TIME_OUT``        a cell or the whole notebook ran longer than allowed
    ``OUT_OF_MEMORY``   it asked for more memory than allowed
    ``OUTPUT_FLOOD``    it wrote more output than allowed
    ``INFRASTRUCTURE``  our own kernel, sandbox or disk failed: not the student's
                        fault, so it costs no points and gets no grade
    ==================  ========================================================
    """

    FINISHED = "finished"
    STUDENT_ERROR = "student error"
    TIME_OUT = "time-out"
    OUT_OF_MEMORY = "out of memory"
    OUTPUT_FLOOD = "output flood"
    INFRASTRUCTURE = "infrastructure"

    @property
    def graded(self) -> bool:
        """Whether the submission gets a grade at all."""
        return self is not Outcome.INFRASTRUCTURE
