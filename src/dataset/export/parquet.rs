//! Parquet: the columns of [`super::table`] with their types; sets are lists of names.

use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float32Builder, Float64Builder, Int64Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::table::{self, Read, TableColumn, chance};
use super::{ExportColumns, ExportError, Format, Record, Writer};

/// Rows that are collected before they are encoded, and rows of a group, which is what memory holds.
const BATCH: usize = 1024;
const GROUP: usize = 16 * BATCH;

pub(super) const FORMAT: Format = Format {
    name: "parquet",
    about: "One row per sample with typed columns.",
    ending: "parquet",
    shape: "is a table",
    lacks: &[],
    open: |file, about| Ok(Box::new(Parquet::new(file, &about.columns)?)),
};

struct Parquet {
    out: ArrowWriter<BufWriter<File>>,
    schema: Arc<Schema>,
    columns: Vec<(TableColumn, Values)>,
    rows: usize,
}

/// The values of a column that wait to be encoded.
enum Values {
    Text(StringBuilder),
    Names(Box<ListBuilder<StringBuilder>>),
    Yes(BooleanBuilder),
    Whole(Int64Builder),
    Real(Float64Builder),
    Chance(Float32Builder),
}

impl Values {
    fn of(read: &Read) -> Self {
        match read {
            Read::Text(_) | Read::Value(_) | Read::Json(_) => Self::Text(StringBuilder::new()),
            Read::Names => Self::Names(Box::new(ListBuilder::new(StringBuilder::new()))),
            Read::Yes(_) => Self::Yes(BooleanBuilder::new()),
            Read::Whole(_) => Self::Whole(Int64Builder::new()),
            Read::Real(_) => Self::Real(Float64Builder::new()),
            Read::Chance(_) => Self::Chance(Float32Builder::new()),
        }
    }

    fn kind(&self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8,
            Self::Names(_) => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
            Self::Yes(_) => DataType::Boolean,
            Self::Whole(_) => DataType::Int64,
            Self::Real(_) => DataType::Float64,
            Self::Chance(_) => DataType::Float32,
        }
    }

    fn push(&mut self, read: &Read, record: &Record) -> Result<(), ExportError> {
        match (self, read) {
            (Self::Names(values), _) => {
                for name in record.classes.iter().flatten() {
                    values.values().append_value(name);
                }
                values.append(record.classes.is_some());
            }
            (Self::Yes(values), Read::Yes(read)) => values.append_value(read(record)),
            (Self::Whole(values), Read::Whole(read)) => values.append_option(read(record)),
            (Self::Real(values), Read::Real(read)) => values.append_option(read(record)),
            (Self::Chance(values), Read::Chance(place)) => values.append_option(chance(record, *place)),
            (Self::Text(values), Read::Text(read)) => values.append_option(read(record)),
            (Self::Text(values), read) => values.append_value(read.cell(record)?),
            // Each column's values are of its own kind, see `of`.
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(values) => Arc::new(values.finish()),
            Self::Names(values) => Arc::new(values.finish()),
            Self::Yes(values) => Arc::new(values.finish()),
            Self::Whole(values) => Arc::new(values.finish()),
            Self::Real(values) => Arc::new(values.finish()),
            Self::Chance(values) => Arc::new(values.finish()),
        }
    }
}

impl Parquet {
    fn new(file: File, columns: &ExportColumns) -> Result<Self, ExportError> {
        let with = |column: TableColumn| {
            let values = Values::of(&column.read);
            (column, values)
        };
        let columns: Vec<_> = table::columns(columns).into_iter().map(with).collect();
        let field = |(column, values): &(TableColumn, Values)| Field::new(&column.name, values.kind(), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP))
            .build();
        let out = ArrowWriter::try_new(BufWriter::new(file), schema.clone(), Some(properties))?;
        Ok(Self { out, schema, columns, rows: 0 })
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        if self.rows > 0 {
            let arrays = self.columns.iter_mut().map(|(_, values)| values.finish()).collect();
            self.out.write(&RecordBatch::try_new(self.schema.clone(), arrays)?)?;
            self.rows = 0;
        }
        Ok(())
    }
}

impl Writer for Parquet {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        for (column, values) in &mut self.columns {
            values.push(&column.read, record)?;
        }
        self.rows += 1;
        if self.rows == BATCH { self.flush() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> Result<File, ExportError> {
        self.flush()?;
        self.out.into_inner()?.into_inner().map_err(|error| ExportError::Io(error.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::Field;

    use super::super::testing::{about, columns, no_files, records, sets, written, written_of};
    use super::*;

    fn rows(bytes: Vec<u8>) -> Vec<serde_json::Value> {
        let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        let row = |row: parquet::record::Row| {
            row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect()
        };
        reader.get_row_iter(None).unwrap().map(|found| serde_json::Value::Object(row(found.unwrap()))).collect()
    }

    fn value(field: &Field) -> serde_json::Value {
        match field {
            Field::Null => serde_json::Value::Null,
            Field::Bool(one) => (*one).into(),
            Field::Int(one) => (*one).into(),
            Field::Long(one) => (*one).into(),
            Field::Float(one) => (*one).into(),
            Field::Double(one) => (*one).into(),
            Field::Str(one) => one.clone().into(),
            Field::ListInternal(list) => list.elements().iter().map(value).collect(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn values_keep_their_types_and_nothing_is_protected() {
        let rows = rows(written(&FORMAT, columns(), no_files()));
        assert_eq!(rows.len(), records().len());
        let row = &rows[1];
        assert_eq!((&row["path"], &row["class"]), (&records()[1].path.clone().into(), &"=cmd()".into()));
        assert_eq!((&row["sample_id"], &row["audit"], &row["p(=dog)"]), (&2.into(), &true.into(), &0.75.into()));
        assert!(row["propensity"].is_null());
    }

    #[test]
    fn sets_are_lists_and_more_rows_than_a_batch_are_all_there() {
        let columns = ExportColumns { sets: true, ..ExportColumns::default() };
        let many: Vec<Record> = sets().into_iter().cycle().take(2 * BATCH + 5).collect();
        let rows = rows(written_of(&FORMAT, about(columns, no_files()), &many));
        assert_eq!(rows.len(), many.len());
        assert_eq!(rows[0]["classes"], serde_json::json!(["cat", "=dog"]));
        assert_eq!(rows[2]["classes"], serde_json::json!([]));
    }
}
