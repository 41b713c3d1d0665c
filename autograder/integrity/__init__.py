"""Evidence, for a person, of work that may not be a student's own.

One module a check; each is a pure function from plain data to flags, and runs nothing of a
submission.  A flag moves no grade: it says what was seen, and a person decides what it means.

==================  ==============================================================
``look_up``         answers that know an image and not its twin: a table
``loaded``          held-out originals among the arrays that the kernel held
``signs``           code that reaches for the kernel, the grader or other processes
``tamper``          released cells and their metadata that came back changed
``similarity``      code that two submissions share and the class does not
``shared_errors``   wrong answers that two submissions share beyond all others
==================  ==============================================================

`autograder.integrity.gather` asks all of them.
"""
