"""Features and labels as arrays, and the steps that prepare them to be learned from.

The steps are Qlib's processors by name, parameters, order and numbers. They run over rows of one
`Table`, whose days are slices, and change its arrays where they lie.
"""
