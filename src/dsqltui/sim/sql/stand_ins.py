"""Parameters that PostgreSQL lacks or has with a value of its own, and the names that keep Aurora DSQL's."""

SYNC_INDEX_PARAMETER = "disable_sync_create_index"
"""PostgreSQL has no such parameter; it keeps the value under `SYNC_INDEX_STAND_IN`."""
SYNC_INDEX_STAND_IN = "dsqltui.disable_sync_create_index"

BITMAP_SCAN = "enable_bitmapscan"
"""Always off underneath: Aurora DSQL has no bitmap scans, whatever the setting says."""

STAND_INS = {
    BITMAP_SCAN: "dsqltui.enable_bitmapscan",
    SYNC_INDEX_PARAMETER: SYNC_INDEX_STAND_IN,
    "server_version": "dsqltui.server_version",
    "server_version_num": "dsqltui.server_version_num",
    "max_connections": "dsqltui.max_connections",
    "default_toast_compression": "dsqltui.default_toast_compression",
    "cluster_name": "dsqltui.cluster_name",
}
"""What a client calls them, and what PostgreSQL does."""
