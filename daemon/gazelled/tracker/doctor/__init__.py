"""The doctor: finds out what works at a tracker."""
