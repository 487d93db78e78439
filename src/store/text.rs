//! Columns of text that are more than text: words of closed sets, and facts. Written by `Display`, read by `FromStr`.
//!
//! **Invariant:** a text that this version does not know is [`StoreError::Inconsistent`](super::StoreError), and never a panic.

use super::copies::DepartureCause;
use super::encoders::EncoderKind;
use super::flags::NoteKind;
use super::listing::SampleState;
use super::rounds::RoundStatus;
use crate::domain::class::ActKind;
use crate::domain::import::{Bucket, Fate, ImportState};
use crate::domain::{
    ActVia, AnnotationKind, DeliveryState, EventKind, Facts, JobStatus, LabelRule, Lane, Modality, Origin, Role,
    SecondCause, SkipReason, Task, TokenScope,
};

macro_rules! text_columns {
    ($($name:ident),+ $(,)?) => {$(
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            str: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <str as sqlx::Type<DB>>::type_info()
            }

            fn compatible(ty: &DB::TypeInfo) -> bool {
                <str as sqlx::Type<DB>>::compatible(ty)
            }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name
        where
            String: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut <DB as sqlx::Database>::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                sqlx::Encode::<DB>::encode(self.to_string(), buffer)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name
        where
            &'r str: sqlx::Decode<'r, DB>,
        {
            fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                Ok(<&str as sqlx::Decode<DB>>::decode(value)?.parse()?)
            }
        }
    )+};
}

text_columns!(
    ActVia,
    ActKind,
    AnnotationKind,
    Bucket,
    DeliveryState,
    DepartureCause,
    EncoderKind,
    EventKind,
    Facts,
    Fate,
    ImportState,
    JobStatus,
    LabelRule,
    Lane,
    Modality,
    NoteKind,
    Origin,
    Role,
    RoundStatus,
    SampleState,
    SecondCause,
    SkipReason,
    Task,
    TokenScope,
);
