"""What a plot's measurements mean: humidity, warmth, evapotranspiration, water, frost. Pure.

Every module names the source of its formulas, and its tests hold published values against them.
"""
