"""What passes between a student's kernel and the checker's: plain data and calls, never pickles.

``codec`` turns values into JSON text and back, ``agent`` answers in the student's kernel,
``checker`` asks from the checker's kernel.
Both kernels talk to the grader alone, over Jupyter's own stdin channel.
"""
