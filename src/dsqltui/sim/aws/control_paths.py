"""Where the simulator's own interface is: the words that its service and its clients share, without the simulator."""

SERVICE_NAME = "dsqltui"
PATH_PREFIX = "/_dsqltui/"
FAULTS_PATH = f"{PATH_PREFIX}faults"
SNAPSHOTS_PATH = f"{PATH_PREFIX}snapshots"
RESET_PATH = f"{PATH_PREFIX}reset"
