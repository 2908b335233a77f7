"""Plots and what their stations measure: latest values with their age and trend, series for charts and the API, CSV."""
