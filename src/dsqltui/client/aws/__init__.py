"""boto3, and nothing else that talks to AWS: credentials, clusters, IAM."""
