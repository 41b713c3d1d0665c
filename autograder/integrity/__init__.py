"""Evidence, for a person, of work that may not be a student's own.

One module a check; each is a pure function from plain data to flags, and runs nothing of a
submission. A flag moves no grade: it says what was seen, and a person decides what it means.

===================  ==============================================================
``memorisation``     answers that know an image and not its twin: a table
``leaked_images``    held-out originals among the arrays that the kernel held
``static_analysis``  code that reaches for the kernel, the grader or other processes
``tampering``        released cells and their metadata that came back changed
``code_similarity``  code that two submissions share and the class does not
``shared_errors``    wrong answers that two submissions share beyond all others
``model_recipe``     a common recipe, which explains answers that are alike
===================  ==============================================================

`autograder.integrity.run` asks all of them.
"""
