"""Snapshots, what a transaction touched, who may commit, who has to hear of DDL."""
