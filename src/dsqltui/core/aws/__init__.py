"""Values of the service: endpoints, clusters, limits, and why a connection failed."""
