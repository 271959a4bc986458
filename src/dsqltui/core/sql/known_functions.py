"""Functions of PostgreSQL that a query calls and that only read: IMMUTABLE or STABLE, or volatile without an effect.

What is not here may write: a user's function, nextval, set_config, and all that nobody thought of. A function of a
user's with one of these names is not seen; the catalog is not asked.
"""

READERS = frozenset(
    """
    abs acos age array_agg array_append array_cat array_dims array_fill array_length array_lower array_ndims
    array_position array_positions array_prepend array_remove array_replace array_to_json array_to_string
    array_upper ascii asin atan atan2 avg bit_and bit_count bit_length bit_or bit_xor bool_and bool_or btrim
    cardinality cbrt ceil ceiling char_length character_length chr col_description concat concat_ws convert
    convert_from convert_to corr cos cosh cot count covar_pop covar_samp cume_dist current_database current_schema
    current_schemas current_setting date_bin date_part date_trunc decode degrees dense_rank div encode every exp
    factorial first_value floor format format_type gcd generate_series generate_subscripts get_bit get_byte
    has_any_column_privilege has_column_privilege has_database_privilege has_function_privilege has_schema_privilege
    has_sequence_privilege has_table_privilege host initcap int4range int8range isempty isfinite json_agg
    json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each
    json_each_text json_extract_path json_extract_path_text json_object json_object_agg json_object_keys
    json_populate_record json_populate_recordset json_strip_nulls json_to_record json_to_recordset json_typeof
    jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object
    jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg
    jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array
    jsonb_path_query_first jsonb_populate_record jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax
    jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days justify_hours justify_interval
    lag last_value lcm lead length ln log log10 lower lower_inc lower_inf lpad ltrim make_date make_interval
    make_time make_timestamp make_timestamptz max md5 min min_scale mod mode now nth_value ntile num_nonnulls
    num_nulls numrange obj_description octet_length parse_ident percent_rank percentile_cont percentile_disc
    pg_backend_pid pg_char_to_encoding pg_client_encoding pg_collation_for pg_column_size pg_conf_load_time
    pg_encoding_to_char pg_function_is_visible pg_get_constraintdef pg_get_expr pg_get_function_arguments
    pg_get_function_identity_arguments pg_get_function_result pg_get_functiondef pg_get_indexdef pg_get_keywords
    pg_get_ruledef pg_get_serial_sequence pg_get_triggerdef pg_get_userbyid pg_get_viewdef pg_has_role
    pg_postmaster_start_time pg_size_pretty pg_table_is_visible pg_type_is_visible pg_typeof pi position power
    quote_ident quote_literal quote_nullable radians rank regexp_count regexp_instr regexp_like regexp_match
    regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr regr_avgx regr_avgy
    regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat replace reverse round row_number
    row_to_json rpad rtrim scale sha224 sha256 sha384 sha512 shobj_description sign sin sinh split_part sqrt
    starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array string_to_table strpos
    substr substring sum tan tanh timezone to_ascii to_char to_date to_hex to_json to_jsonb to_number to_regclass
    to_regnamespace to_regproc to_regprocedure to_regrole to_regtype to_timestamp transaction_timestamp translate
    trim_array trim_scale trunc unnest upper upper_inc upper_inf var_pop var_samp variance version width_bucket
    """.split()
)
HARMLESS_THOUGH_VOLATILE = frozenset(
    """
    clock_timestamp current_query currval gen_random_uuid lastval pg_database_size pg_indexes_size pg_relation_size
    pg_sleep pg_sleep_for pg_sleep_until pg_table_size pg_total_relation_size random setseed timeofday
    """.split()
)
"""Each gives something else every time, or waits; none changes data or schema."""
_SQL_EXPRESSIONS = frozenset(
    {"bernoulli", "system", "current_time", "current_timestamp", "localtime", "localtimestamp"}
)
_OF_AURORA_DSQL = frozenset({"sys.wait_for_job"})
_SYSTEM_SCHEMAS = ("pg_catalog.", "information_schema.")


def only_reads(call: str) -> bool:
    """Whether the function of that name, `schema.name` where the schema is written, is known to only read."""
    for schema in _SYSTEM_SCHEMAS:
        call = call.removeprefix(schema)
    known = (READERS, HARMLESS_THOUGH_VOLATILE, _SQL_EXPRESSIONS, _OF_AURORA_DSQL)
    return any(call in names for names in known)
