alter table round drop column audit_sureness;
