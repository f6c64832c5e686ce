"""Defining and editing: every input is resolved, checked and completed before any is written."""
