"""The same step, other games: one model a file.

Read the one that you want to use; none is needed to understand the door.
"""
