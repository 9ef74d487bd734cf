"""What every model stands on: derivatives on three backends, checks, batches, fit and files.

Almost nothing here is about GANs in particular: who reads the door need not open it.
"""
