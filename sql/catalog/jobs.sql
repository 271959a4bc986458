-- All jobs the service still shows, with ages by the server's clock.
SELECT job_id, status, job_type, object_name, object_id, details,
       extract(epoch FROM now() - start_time)::float8 AS age_s,
       extract(epoch FROM update_time - start_time)::float8 AS took_s
  FROM sys.jobs
