//! Inputs that go wrong elsewhere: pictures as people report them, encoders that are no functions, choices that race.

pub mod drawing;
mod encoders;
mod pictures;
mod races;
