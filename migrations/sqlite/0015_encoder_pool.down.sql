alter table encoder drop column learned_from;
