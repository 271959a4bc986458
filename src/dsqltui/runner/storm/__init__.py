"""Runs `core.storm` over connections: hundreds of sessions on one event loop."""
