"""What the notebooks share: toys, pictures, exercises.

Who uses the package without the course need not read it.
"""
