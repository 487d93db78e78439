//! The pages, one file each. Their texts are in `locales/`, their markup in `templates/`.

pub mod account;
pub mod agreement;
pub mod augmentation;
pub mod classes;
pub mod compare;
pub mod confusion;
pub mod coverage;
pub mod doubts;
pub mod encoders;
pub mod export;
pub mod flags;
pub mod grid;
pub mod health;
pub mod home;
pub mod imports;
pub mod insight;
pub mod label;
pub mod map;
pub mod media;
pub mod metrics;
pub mod model;
pub mod people;
pub(in crate::web) mod plain_answer;
pub mod predictions;
pub mod record;
pub mod replay;
pub mod review;
pub mod rounds;
pub mod sample;
pub mod samples;
pub mod second_opinions;
pub mod settings;
pub mod sign_in;
#[cfg(debug_assertions)]
pub mod styleguide;
pub mod webhooks;
pub mod words;
