//! Croissant: a zip of `images/`, `samples.csv`, and `croissant.json`, which describes both in JSON-LD by the vocabulary of
//! Croissant 1.0 (<https://docs.mlcommons.org/croissant/docs/croissant-spec.html>).

use std::fs::File;
use std::io::Write;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::archive::{Archive, PICTURES, SideFile};
use super::csv::CsvTable;
use super::table::{self, Read, TableColumn};
use super::{DatasetAbout, ExportError, Extra, Format, Record, Writer};
use crate::data::hex;

const TABLE: &str = "samples.csv";

pub(super) const FORMAT: Format = Format {
    name: "croissant",
    about: "A zip with a table, pictures and Croissant's JSON-LD, which describes them.",
    ending: "zip",
    shape: "is a table with its pictures",
    lacks: &[Extra::Texts, Extra::Rows],
    open: |file, about| Ok(Box::new(Croissant::new(file, about)?)),
};

struct Croissant {
    archive: Archive,
    title: String,
    card: String,
    classes: Vec<(i64, String)>,
    columns: Vec<TableColumn>,
    table: CsvTable<Hashed>,
}

/// A side file with the digest of what went into it.
struct Hashed {
    side: SideFile,
    digest: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.side.write(bytes)?;
        self.digest.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.side.flush()
    }
}

impl Croissant {
    fn new(file: File, about: DatasetAbout) -> Result<Self, ExportError> {
        let hashed = Hashed { side: SideFile::new(), digest: Sha256::new() };
        Ok(Self {
            table: CsvTable::new(hashed, &about.columns)?,
            columns: table::columns(&about.columns),
            archive: Archive::new(file, about.fetch),
            title: about.title,
            card: about.card,
            classes: about.classes,
        })
    }
}

/// A column of the table as a field of the record set.
fn field(column: &TableColumn) -> Value {
    let kind = match column.read {
        Read::Text(_) | Read::Names | Read::Value(_) | Read::Json(_) => "sc:Text",
        Read::Yes(_) => "sc:Boolean",
        Read::Whole(_) => "sc:Integer",
        Read::Real(_) | Read::Chance(_) => "sc:Float",
    };
    let name = &column.name;
    json!({
        "@type": "cr:Field", "@id": format!("samples/{name}"), "name": name, "dataType": kind,
        "source": { "fileObject": { "@id": TABLE }, "extract": { "column": name } }
    })
}

/// The names that the vocabulary is written with.
fn context() -> Value {
    let mut context = json!({
        "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
        "data": { "@id": "cr:data", "@type": "@json" }, "examples": { "@id": "cr:examples", "@type": "@json" },
        "dataType": { "@id": "cr:dataType", "@type": "@vocab" }
    });
    for name in [
        "citeAs",
        "column",
        "equivalentProperty",
        "extract",
        "field",
        "fileProperty",
        "fileObject",
        "fileSet",
        "format",
        "includes",
        "isLiveDataset",
        "jsonPath",
        "key",
        "md5",
        "parentField",
        "path",
        "recordSet",
        "references",
        "regex",
        "repeated",
        "replace",
        "samplingRate",
        "separator",
        "source",
        "subField",
        "transform",
    ] {
        context[name] = format!("cr:{name}").into();
    }
    context
}

/// The whole description.
fn description(title: &str, card: &str, classes: &[(i64, String)], columns: &[TableColumn], sha256: &str) -> Value {
    let fields: Vec<_> = columns.iter().map(field).collect();
    let class = |(id, name): &(i64, String)| json!({ "classes/id": id, "classes/name": name });
    let of_class = |name: &str, kind: &str| json!({ "@type": "cr:Field", "@id": format!("classes/{name}"), "name": name, "dataType": kind });
    json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "name": title,
        "description": card,
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "distribution": [
            {
                "@type": "cr:FileObject", "@id": TABLE, "name": TABLE, "contentUrl": TABLE,
                "encodingFormat": "text/csv", "sha256": sha256
            },
            {
                "@type": "cr:FileSet", "@id": "pictures", "name": "pictures", "encodingFormat": "image/*",
                "includes": format!("{PICTURES}/*")
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet", "@id": "classes", "name": "classes", "dataType": "sc:Enumeration",
                "key": { "@id": "classes/id" },
                "field": [of_class("id", "sc:Integer"), of_class("name", "sc:Text")],
                "data": classes.iter().map(class).collect::<Vec<_>>()
            },
            {
                "@type": "cr:RecordSet", "@id": "samples", "name": "samples", "key": { "@id": "samples/path" },
                "field": fields
            }
        ]
    })
}

impl Writer for Croissant {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let path = self.archive.listed(record)?;
        self.table.write(&Record { path, ..record.clone() })
    }

    fn finish(mut self: Box<Self>) -> Result<File, ExportError> {
        let Hashed { side, digest } = self.table.finish()?;
        let about = description(&self.title, &self.card, &self.classes, &self.columns, &hex(&digest.finalize()));
        self.archive.collected(TABLE, side)?;
        self.archive.file("croissant.json", |out| Ok(serde_json::to_writer_pretty(out, &about)?))?;
        self.archive.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{columns, entries, hashes, written};
    use super::*;

    #[test]
    fn the_description_names_every_column_and_the_table_that_has_them() {
        let entries = entries(written(&FORMAT, columns(), hashes()));
        let text = |name: &str| entries.iter().find(|(entry, _)| entry == name).unwrap().1.as_str();
        let about: Value = serde_json::from_str(text("croissant.json")).unwrap();
        let meant = hex(&Sha256::digest(text(TABLE)));
        assert_eq!(about["distribution"][0]["sha256"], Value::from(meant));
        let fields: Vec<_> = about["recordSet"][1]["field"].as_array().unwrap().iter().map(|f| &f["name"]).collect();
        let header: Vec<_> = text(TABLE).lines().next().unwrap().split(',').map(Value::from).collect();
        assert_eq!(fields, header.iter().collect::<Vec<_>>());
        assert!(text(TABLE).contains("\nimages/plain.jpg,cat,1,"));
    }
}
