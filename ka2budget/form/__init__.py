"""Excel forms: a project, or one partner's part of it, out to be filled in and back again.

``writing`` makes a form, ``reading`` understands one that came back, ``merging`` takes several together. What a form
looks like follows from the models of the project; its words stand in ``templates/forms``.
"""
