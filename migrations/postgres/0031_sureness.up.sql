-- How likely the committee found each of its predictions for the audit set: 32-bit floats, in their order.
alter table round add column audit_sureness bytea;
