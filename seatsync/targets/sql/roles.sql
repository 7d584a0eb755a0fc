-- Roles of the store in schema {schema}: {reader} may plan and report, {writer} may apply as well.
-- Run this as the owner of its tables, the role of `seatsync account create`, or as a superuser. It can be run again.
-- Then make people and jobs members, for example: GRANT "{reader}" TO ci_of_pull_requests;
BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{reader}') THEN
        CREATE ROLE "{reader}" NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{writer}') THEN
        CREATE ROLE "{writer}" NOLOGIN;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA "{schema}" TO "{reader}", "{writer}";
REVOKE ALL ON ALL TABLES IN SCHEMA "{schema}" FROM PUBLIC, "{reader}", "{writer}";
GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO "{reader}", "{writer}";
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{schema}" TO "{writer}";

-- The log only grows, and only the owner upgrades the store.
REVOKE UPDATE, DELETE ON "{schema}".audit FROM "{writer}";
REVOKE INSERT, UPDATE, DELETE ON "{schema}".seatsync_store FROM "{writer}";

-- Who only looks at the vendor's account counts its calls to the vendor's API all the same.
GRANT INSERT, UPDATE, DELETE ON "{schema}".calls TO "{reader}";

-- Tables that a later version adds.
DO $$
DECLARE
    owner name := (SELECT tableowner FROM pg_tables WHERE schemaname = '{schema}' AND tablename = 'seatsync_store');
BEGIN
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA "{schema}" GRANT SELECT ON TABLES'
        ' TO "{reader}", "{writer}"', owner);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA "{schema}" GRANT INSERT, UPDATE, DELETE ON TABLES'
        ' TO "{writer}"', owner);
END
$$;

COMMIT;
