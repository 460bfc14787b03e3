"""SMOTE, and a cleaning of its result."""
