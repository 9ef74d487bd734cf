"""Wrong answers to the exercises, a file for each notebook, for `tests/test_exercises.py`.

`chapter_NN.py` holds a dict `WRONG`: for the number of each exercise at least two wrong answers
that students really give, each under a few words of the sentence by which the check names it. If
a solution reads names of earlier cells, a dict `NAMES` holds stand-ins for them.
"""
