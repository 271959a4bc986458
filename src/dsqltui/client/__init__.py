"""What talks to PostgreSQL and to AWS: the only place that knows psycopg and boto3.

engine                       the event loop, on a thread of its own, on which all sessions live
pg_session, wire_session     a session by psycopg and by our own reading of the protocol
connecting, tokens, roots    from an endpoint to a connection: signed token, certificates, PostgreSQL's environment
aws                          credentials, STS, the control plane, and their errors in plain words
access, catalog_reader       questions of our own, on connections of our own
"""
