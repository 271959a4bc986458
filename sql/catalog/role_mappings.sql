-- Which IAM roles and users may connect as which database role. Shown by the role switcher.
SELECT pg_role_name, arn FROM sys.iam_pg_role_mappings ORDER BY pg_role_name, arn
