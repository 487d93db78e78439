-- What is known of a sample's content, by its project's modality: a JSON object, for pictures {"format", "width", "height"}.
alter table sample add column facts text not null default '{}';
update sample set facts = cast(json_build_object('format', format, 'width', width, 'height', height) as text);
alter table sample drop column format;
alter table sample drop column width;
alter table sample drop column height;
