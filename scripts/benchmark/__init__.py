"""The benchmark: what happens to a warehouse (data), who is measured (contenders), what is right
(truth), how it all runs (race) and what comes out (report).
"""
