-- The product's roles. Run by a superuser, as often as you like; on a server of your own a DBA runs the same.
-- gasworks_owner owns every table and cannot log in; gasworks_admin migrates by SET ROLE gasworks_owner; the product
-- runs as gasworks_web and gasworks_worker, which cannot change or remove a fact; gasworks_report only reads.
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gasworks_owner') THEN
    CREATE ROLE gasworks_owner NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gasworks_admin') THEN
    CREATE ROLE gasworks_admin LOGIN CREATEDB;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gasworks_web') THEN
    CREATE ROLE gasworks_web LOGIN;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gasworks_worker') THEN
    CREATE ROLE gasworks_worker LOGIN;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gasworks_report') THEN
    CREATE ROLE gasworks_report LOGIN;
  END IF;
END
$$;
GRANT gasworks_owner TO gasworks_admin;
GRANT pg_signal_backend TO gasworks_admin;
