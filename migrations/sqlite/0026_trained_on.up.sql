-- The labels that a round was trained on: see `store/kept_labels.rs`. Null: it was trained before this was kept.
alter table round add column trained_on blob;
