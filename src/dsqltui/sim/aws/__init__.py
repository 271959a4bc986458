"""AWS on loopback: STS, IAM, the control plane, signatures, and the simulator's own control service."""
