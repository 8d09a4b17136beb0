-- Who may do what, where the role that makes the store may make roles: postbackd_read sees the views, postbackd_register may register
-- queries by INSERT and nothing else. Grant them to the users of your programs.
DO $$
DECLARE view text;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'postbackd_read') THEN CREATE ROLE postbackd_read NOLOGIN; END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'postbackd_register') THEN CREATE ROLE postbackd_register NOLOGIN; END IF;
  GRANT USAGE ON SCHEMA postbackd TO postbackd_read, postbackd_register;
  GRANT INSERT (query_id, correlation, label, api, datasets, key, metadata, group_name, trace, created_at, deadline_at)
     ON queries TO postbackd_register;
  FOR view IN SELECT viewname FROM pg_views WHERE schemaname = 'postbackd' AND viewname LIKE 'v\_%' LOOP
    EXECUTE format('GRANT SELECT ON %I TO postbackd_read', view);
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'the roles postbackd_read and postbackd_register were not made: this role may not make roles';
END $$;
