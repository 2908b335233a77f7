"""The town's weather, ground and animals as pure functions of a seed, a place and an instant.

Nothing here keeps a state or reads a clock: any instant, past or future, may be asked for in any order and answers the
same. So a week of yesterdays costs nothing, and a demonstration can be repeated. It is plausible, not a forecast.
"""
