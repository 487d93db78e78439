-- Times are microseconds since 1970 (UTC). Both engines hold the same tables and columns; only the types' names differ.

create table account (
  id integer primary key,
  name text not null unique,
  password_hash text,
  role text,                          -- a server-wide role: 'admin' or nothing
  created_us integer not null,
  disabled_us integer
) strict;

create table session (
  token_sha256 blob primary key,
  account_id integer not null references account (id),
  created_us integer not null,
  expires_us integer not null
) strict;

create table sign_in_link (
  token_sha256 blob primary key,
  account_id integer not null references account (id),
  created_us integer not null,
  expires_us integer not null,
  used_us integer
) strict;

create table api_token (
  id integer primary key,
  account_id integer not null references account (id),
  name text not null,
  token_sha256 blob not null unique,
  created_us integer not null,
  revoked_us integer
) strict;

-- A frozen network, or the one learned from a project's own pool (then `project_id` says whose).
create table encoder (
  id integer primary key,
  name text not null unique,
  project_id integer,
  kind text not null,                 -- 'builtin' | 'onnx'
  spec text not null,                 -- JSON: input, preprocessing, output
  dim integer not null,
  sha256 text not null,
  created_us integer not null
) strict;

create table project (
  id integer primary key,
  slug text not null unique,
  name text not null,
  task text not null,                 -- 'single' | 'multi'
  modality text not null,             -- 'image'
  seed integer not null,
  strategy text not null,
  encoder_id integer references encoder (id),
  audit_share real not null,
  retrain_labels integer,             -- labels between rounds; null: every answer until 50, then each 2 %
  retrain_minutes integer not null,
  show_opinion integer not null,
  guidelines text not null default '',
  created_us integer not null,
  archived_us integer
) strict;

create table membership (
  project_id integer not null references project (id),
  account_id integer not null references account (id),
  role text not null,                 -- 'annotator' | 'reviewer' | 'lead' | 'admin'
  primary key (project_id, account_id)
) strict;

create table class (
  id integer primary key,
  project_id integer not null references project (id),
  position integer not null,
  name text not null,
  created_us integer not null,
  retired_us integer,
  unique (project_id, name)
) strict;

-- Hot and narrow: pictures lie in blobs/, metadata in its own table.
create table sample (
  id integer primary key,
  project_id integer not null references project (id),
  hash text not null,                 -- SHA-256 of the imported bytes, and the name of the blob
  name text not null,
  format text not null,               -- 'jpeg' | 'png' | 'webp' | 'bmp' | 'tiff' | 'gif'
  width integer not null,
  height integer not null,
  size_bytes integer not null,
  audit integer not null,             -- drawn by hash at import, before any model sees the pool
  draw integer not null,              -- the hash that drew it: the order in which the audit set is asked
  created_us integer not null,
  unique (project_id, hash)
) strict;
create index sample_by_draw on sample (project_id, audit, draw);

create table sample_metadata (
  sample_id integer primary key references sample (id),
  data text not null                  -- a JSON object of strings
) strict;

create table round (
  id integer primary key,
  project_id integer not null references project (id),
  number integer not null,
  state text not null,                -- 'running' | 'finished' | 'failed'
  cause text not null,                -- what made it due
  strategy text not null,
  encoder_id integer references encoder (id),
  seed integer not null,
  n_answers integer not null,         -- annotations the round had seen, to count the new ones since
  n_labels integer not null,          -- training labels
  n_pool integer not null,
  fit_ms real,
  score_ms real,
  rank_ms real,
  provider text,
  model_path text,
  audit_predictions blob,             -- pairs (sample id: i64, class id: i64), little endian
  error text,
  started_us integer not null,
  finished_us integer,
  unique (project_id, number)
) strict;

-- One annotation is one answer by one person. Rows are only ever added.
create table annotation (
  seq integer primary key,
  id text not null unique,            -- UUID made by the client, so that a repeat is recognised
  project_id integer not null references project (id),
  sample_id integer not null references sample (id),
  account_id integer not null references account (id),
  kind text not null,                 -- 'class' | 'skip' | 'undo'
  class_id integer references class (id),
  reason text,
  note text,
  undoes text,                        -- for 'undo': the annotation taken back
  round_id integer references round (id),
  asked_by text not null,             -- what chose the sample: a strategy, 'audit', 'import', 'search', …
  propensity real,                    -- the chance with which it was asked, where known
  seconds real,
  origin text not null,               -- 'desk' | 'api' | 'import'
  made_us integer not null
) strict;
create index annotation_by_sample on annotation (sample_id, seq);
create index annotation_by_account on annotation (project_id, account_id, seq);

-- The current answer of a sample, derived from its annotations in the same transaction.
create table label (
  sample_id integer primary key references sample (id),
  project_id integer not null references project (id),
  class_id integer references class (id),   -- null: skipped
  reason text,
  annotation_id text not null,
  account_id integer not null references account (id),
  made_us integer not null
) strict;
create index label_by_project on label (project_id, class_id);

-- A sample handed to one person until a time.
create table lease (
  sample_id integer primary key references sample (id),
  id text not null unique,
  project_id integer not null references project (id),
  account_id integer not null references account (id),
  round_id integer,
  asked_by text not null,
  percentile real,
  propensity real,
  made_us integer not null,
  expires_us integer not null
) strict;
create index lease_by_account on lease (project_id, account_id);

-- The ranked samples waiting to be asked, best first, as the last finished round published them.
create table queue (
  project_id integer primary key references project (id),
  round_id integer,
  asked_by text not null,
  entries blob not null,              -- pairs (sample id: i64, score: f32), little endian
  n_ranked integer not null,
  made_us integer not null
) strict;

-- Counts kept in step by the transactions that change them, so that no page has to count rows.
create table tally (
  project_id integer primary key references project (id),
  samples integer not null default 0,
  audit_samples integer not null default 0,
  labeled integer not null default 0,
  audit_labeled integer not null default 0,
  skipped integer not null default 0,
  answers integer not null default 0,
  asked integer not null default 0,   -- leases ever granted: the counter behind the seeded mixing of the queue
  round_answers integer not null default 0,   -- `answers` as the last finished round saw it
  round_labels integer not null default 0,    -- training labels of the last finished round
  round_us integer                            -- when it finished
) strict;

-- Every evaluation of the retrain rule, fired or not.
create table decision (
  id integer primary key,
  project_id integer not null references project (id),
  made_us integer not null,
  fired integer not null,
  cause text not null,
  answers_since integer not null,
  answers_due integer not null
) strict;
create index decision_by_project on decision (project_id, id);

create table job (
  id integer primary key,
  project_id integer references project (id),
  kind text not null,                 -- 'encode' | 'round' | 'import' | 'snapshot'
  payload text not null,
  state text not null,                -- 'queued' | 'running' | 'done' | 'failed'
  attempts integer not null default 0,
  due_us integer not null,
  done integer not null default 0,
  total integer not null default 0,
  message text not null default '',
  created_us integer not null,
  started_us integer,
  finished_us integer
) strict;
create unique index job_waits_once on job (project_id, kind) where state = 'queued' and kind in ('encode', 'round');
create index job_by_state on job (state, due_us);

create table snapshot (
  id integer primary key,
  project_id integer not null references project (id),
  account_id integer not null references account (id),
  job_id integer not null references job (id),
  format text not null,
  options text not null,
  file text,
  sha256 text,
  size_bytes integer,
  manifest text,
  created_us integer not null,
  finished_us integer
) strict;
