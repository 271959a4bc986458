"""Words the editor colours: SQL keywords as Aurora DSQL's dialect uses them, and type names."""

KEYWORDS = frozenset(
    """
    abort add all alter always analyze and any array as asc async atomic aws begin between by cache call cascade case
    cast check cluster collate column comment commit conflict constraint copy create cross current current_date
    current_timestamp cycle database default deferrable deferred delete delimiter desc distinct do domain drop else end
    escape except excluded execute exists explain extract false fetch filter first following for foreign format from
    full function generated grant group having header iam identity if ilike immutable in include increment index inner
    insert intersect interval into is isolation join key language lateral last left level like limit local lock locked
    login maxvalue minvalue natural no not nothing nowait null nulls of offset on only option or order outer over owner
    partition preceding primary privileges procedure public range read recursive references release rename repeatable
    replace reset restrict return returning returns revoke right role rollback row rows savepoint schema select sequence
    session set share show skip some stable start statistics stdin stdout sys table tables then ties to transaction
    trigger true truncate type unbounded union unique update usage user using valid validate values verbose view
    volatile when where window with within work write zone
    """.split()
)

TYPES = frozenset(
    """
    bigint bool boolean bytea char character date decimal double float4 float8 int int2 int4 int8 integer interval json
    jsonb name numeric oid precision real regclass serial smallint text time timestamp timestamptz timetz uuid varchar
    varying
    """.split()
)
