"""The compiled loops behind daily figures of signals: sorting, correlating, grouping.

Values come as rows, one for each day and member, ascending by day; `starts` tells where each
day's rows begin, and the end. Signals and returns are float32 or float64, sums float64.
"""
