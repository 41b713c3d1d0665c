"""What of ours runs in a submission's kernels; it knows nothing of the grader.

Plain data and calls pass between the student's kernel and the checker's, never pickles:
``codec`` turns values into JSON text and back, ``agent`` answers in the student's kernel,
``checker`` asks from the checker's kernel.
Both kernels talk to the grader alone, over Jupyter's own stdin channel.
"""
