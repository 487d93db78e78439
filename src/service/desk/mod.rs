//! Labeling: questions, answers, and what people see beside them.

pub mod about;
pub mod agreement;
pub mod asking;
pub mod examples;
pub mod flags;
pub mod groups;
pub mod keys;
pub mod labeling;
pub mod listing;
pub mod opinions;
pub mod outlook;
pub mod reasons;
pub mod review;
pub mod searching;
pub mod second_opinions;
pub mod streams;
pub mod viewing;
