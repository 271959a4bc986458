"""CloudWatch's metrics of both Regions beside each other."""
