"""The console on a target: a local simulator, a cluster, a lab."""
