"""The agencies' own workbooks: EACEA's Detailed Budget Table filled from a project, and read back into one.

A copy as downloaded is given by its user; none is part of this package.
"""
