"""Where a statement names relations: `core.sql.relation_places`, under the name that the simulator knows it by."""

from dsqltui.core.sql.relation_places import Place, is_name, names_of_with, relation_places

__all__ = ["Place", "is_name", "names_of_with", "relation_places"]
