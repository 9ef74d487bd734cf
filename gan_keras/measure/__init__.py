"""How good is it? Distances between samples, the networks that see for them, and a doctor.

Who only wants to train need not read it.
"""
