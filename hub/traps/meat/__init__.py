"""Meat for people: the clock from the trap to delivery, the hygiene form, and the hold for the radiation test."""
