-- What is archived comes back; what is there again in the meantime is dropped.
delete from archived_sample where exists (select 1 from sample s where s.project_id = archived_sample.project_id and s.hash = archived_sample.hash);
insert into sample (id, project_id, hash, name, facts, size_bytes, audit, draw, created_us, folded, pixels, look, first_copy, compared, import_id) select id, project_id, hash, name, facts, size_bytes, audit, draw, created_us, folded, pixels, look, first_copy, compared, import_id from archived_sample;
insert into sample_metadata (sample_id, data, folded) select sample_id, data, folded from archived_metadata where sample_id in (select id from archived_sample);
insert into annotation (id, project_id, sample_id, account_id, kind, classes, reason, note, undoes, round_id, asked_by, propensity, seconds, origin, made_us, import_id, act_id) select id, project_id, sample_id, account_id, kind, classes, reason, note, undoes, round_id, asked_by, propensity, seconds, origin, made_us, import_id, act_id from archived_annotation where sample_id in (select id from archived_sample) order by seq;
insert into label (sample_id, project_id, classes, reason, annotation_id, account_id, made_us) select sample_id, project_id, classes, reason, annotation_id, account_id, made_us from archived_label where sample_id in (select id from archived_sample);
insert into second_opinion (sample_id, project_id, people, answered, settled, cause, account_id, made_us) select sample_id, project_id, people, answered, settled, cause, account_id, made_us from archived_opinion where sample_id in (select id from archived_sample);
insert into flag_note (id, thread, project_id, sample_id, account_id, kind, text, made_us) select id, thread, project_id, sample_id, account_id, kind, text, made_us from archived_note where sample_id in (select id from archived_sample) order by seq;
insert into outside_prediction (project_id, named, sample_id, classes, sure, import_id, made_us) select project_id, named, sample_id, classes, sure, import_id, made_us from archived_prediction where sample_id in (select id from archived_sample);
insert into class_act_sample (act_id, sample_id) select act_id, sample_id from archived_act_sample where sample_id in (select id from archived_sample);
update tally set
  samples = samples + (select count(*) from archived_sample a where a.project_id = tally.project_id),
  audit_samples = audit_samples + (select count(*) from archived_sample a where a.project_id = tally.project_id and a.audit),
  labeled = labeled + (select count(*) from archived_label l where l.project_id = tally.project_id and l.classes is not null and l.sample_id in (select id from archived_sample)),
  audit_labeled = audit_labeled + (select count(*) from archived_label l join archived_sample a on a.id = l.sample_id where l.project_id = tally.project_id and l.classes is not null and a.audit),
  skipped = skipped + (select count(*) from archived_label l where l.project_id = tally.project_id and l.classes is null and l.sample_id in (select id from archived_sample));
drop table archived_metadata;
drop table archived_annotation;
drop table archived_label;
drop table archived_opinion;
drop table archived_note;
drop table archived_departure;
drop table archived_prediction;
drop table archived_act_sample;
drop table archived_sample;
delete from departed where import_id is null;
alter table departed alter column import_id set not null;
alter table account drop column anonymous_us;
alter table account drop column leaves_us;
alter table project drop column gone_us;
alter table project drop column leaves_us;
