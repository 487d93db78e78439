//! JSON files that list pictures: tasks of Label Studio, images of COCO, or plain objects, told by what is in them.
//!
//! **Invariant:** a file is read to its end and found sound before any of its rows is used; what is not about classes of whole
//! pictures (boxes, masks) says only that its class is there.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use super::columns::{Columns, ColumnsWanted};
use super::{Row, Table, TableFault, jsonl};
use crate::dataset::{Contents, Label, Predicted};

/// Of COCO what says which classes are in which picture.
#[derive(Deserialize)]
struct Coco {
    images: Vec<CocoImage>,
    #[serde(default)]
    annotations: Vec<CocoAnnotation>,
    categories: Vec<CocoCategory>,
}

#[derive(Deserialize)]
struct CocoImage {
    id: i64,
    file_name: String,
}

#[derive(Deserialize)]
struct CocoAnnotation {
    image_id: i64,
    category_id: i64,
}

#[derive(Deserialize)]
struct CocoCategory {
    id: i64,
    name: String,
}

/// What is read of a task's answers and predictions.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    result: Vec<Part>,
    #[serde(default)]
    was_cancelled: bool,
    #[serde(default)]
    ground_truth: bool,
    #[serde(default)]
    model_version: Option<String>,
    #[serde(default)]
    score: Option<f64>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    from_name: String,
    #[serde(default)]
    value: PartValue,
}

#[derive(Deserialize, Default)]
struct PartValue {
    choices: Option<Vec<String>>,
}

/// The table in `text`; `wanted` names the labels' control or field.
pub(super) fn table(text: &str, wanted: ColumnsWanted) -> Result<Table, TableFault> {
    let fault = |error: serde_json::Error| {
        TableFault::at(
            error.line() as u64,
            format!("it lists no samples as Label Studio, COCO or a plain list of objects does ({error})"),
        )
    };
    if text.trim_start().starts_with('{') {
        return coco(serde_json::from_str(text).map_err(fault)?, wanted.label);
    }
    let objects: Vec<serde_json::Map<String, Value>> = serde_json::from_str(text).map_err(fault)?;
    if objects.iter().any(is_task) { tasks(objects, wanted) } else { plain(&objects, wanted) }
}

fn synthetic(column: &str) -> Result<Columns, TableFault> {
    Columns::of(["path", column].into_iter(), ColumnsWanted { label: Some(column), ..ColumnsWanted::default() })
        .map_err(|reason| TableFault::at(1, reason))
}

/// Whether `column` may mean what the file's own annotations say.
fn means_annotations(column: Option<&str>) -> bool {
    const SAID: [&str; 6] = ["label", "labels", "class", "classes", "category", "categories"];
    column.is_none_or(|column| SAID.iter().any(|known| column.eq_ignore_ascii_case(known)))
}

fn coco(coco: Coco, column: Option<&str>) -> Result<Table, TableFault> {
    if !means_annotations(column) {
        let reason = "COCO has categories and no columns; ask for the labels as `category`";
        return Err(TableFault::at(1, reason));
    }
    let names: HashMap<i64, String> = coco.categories.into_iter().map(|one| (one.id, one.name)).collect();
    let mut of: HashMap<i64, Vec<String>> = HashMap::new();
    let mut unknown: HashMap<i64, i64> = HashMap::new();
    for one in coco.annotations {
        let said = of.entry(one.image_id).or_default();
        match names.get(&one.category_id) {
            Some(name) if !said.contains(name) => said.push(name.clone()),
            Some(_) => {}
            None => {
                unknown.insert(one.image_id, one.category_id);
            }
        }
    }
    let rows = coco.images.into_iter().zip(1..).map(|(image, line)| {
        let label = of.remove(&image.id).filter(|names| !names.is_empty()).map(Label::Set);
        let row = Row::new(line, Some(image.file_name), "", label, BTreeMap::new());
        match unknown.get(&image.id) {
            Some(category) => row.with_fault(format!("it has category {category}, which the file does not name")),
            None => row,
        }
    });
    Ok(Table { rows: rows.collect(), columns: synthetic("category")? })
}

fn is_task(object: &serde_json::Map<String, Value>) -> bool {
    object.get("data").is_some_and(Value::is_object)
        && ["annotations", "completions", "predictions"].iter().any(|field| object.contains_key(*field))
}

fn tasks(objects: Vec<serde_json::Map<String, Value>>, wanted: ColumnsWanted) -> Result<Table, TableFault> {
    let control = wanted.label.filter(|column| !means_annotations(Some(column)));
    let mut rows = Vec::with_capacity(objects.len());
    for (task, line) in objects.into_iter().zip(1..) {
        rows.push(self::task(task, line, control, wanted)?);
    }
    if let (Some(control), false) = (control, rows.iter().any(|row| row.label.is_some() || !row.predicted.is_empty())) {
        return Err(TableFault::at(
            1,
            format!("no answer has choices of `{control}`; ask for `label`, or name another"),
        ));
    }
    Ok(Table { rows, columns: synthetic(control.unwrap_or("label"))? })
}

fn task(
    mut task: serde_json::Map<String, Value>,
    line: u64,
    control: Option<&str>,
    wanted: ColumnsWanted,
) -> Result<Row, TableFault> {
    let fault = |error: serde_json::Error| TableFault::at(line, format!("task {line} cannot be read ({error})"));
    let mut said = |field: &str| match task.remove(field) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(list) => serde_json::from_value::<Vec<Said>>(list).map_err(fault),
    };
    let mut answers = said("annotations")?;
    answers.extend(said("completions")?);
    let predictions = said("predictions")?;
    answers.retain(|one| !one.was_cancelled);
    let choices = |one: &Said| {
        let parts = one.result.iter().filter(|part| control.is_none_or(|control| part.from_name == control));
        let mut names: Vec<String> = Vec::new();
        for name in parts.filter_map(|part| part.value.choices.as_ref()).flatten() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        (!names.is_empty()).then_some(Label::Set(names))
    };
    // The truth where one is marked, otherwise the last that says anything.
    let truth = answers.iter().rev().filter(|one| one.ground_truth).find_map(choices);
    let label = truth.or_else(|| answers.iter().rev().find_map(choices));
    let predicted = predictions.iter().filter_map(|one| {
        let model = one.model_version.clone().filter(|name| !name.trim().is_empty());
        let sure = one.score.filter(|score| (0.0..=1.0).contains(score));
        Some(Predicted { model: model.unwrap_or_else(|| "Label Studio".to_owned()), label: choices(one)?, sure })
    });
    let data = match task.remove("data") {
        Some(Value::Object(data)) => data,
        _ => serde_json::Map::new(),
    };
    if wanted.contents != Contents::Pictures {
        let known = wanted.content.iter().chain(wanted.contents.columns());
        let own = known.copied().find(|own| data.get(*own).is_some_and(Value::is_string));
        let content = own.and_then(|own| data.get(own)).map(jsonl::written);
        let metadata = data.iter().filter(|(name, _)| Some(name.as_str()) != own);
        let metadata = metadata.map(|(name, value)| (name.clone(), jsonl::written(value)));
        let row = Row { predicted: predicted.collect(), ..Row::new(line, None, "", label, metadata.collect()) };
        return Ok(match content {
            Some(content) => row.holding(content, &task.get("id").map(jsonl::written).unwrap_or_default()),
            None => row.with_fault(format!("its data holds no {}; name the field that does", wanted.contents.name())),
        });
    }
    let is_address = |value: &Value| value.as_str().is_some_and(|text| crate::dataset::name::is_picture(file_of(text)));
    let own = ["image", "img", "picture", "photo", "url"]
        .into_iter()
        .find(|own| data.get(*own).is_some_and(Value::is_string));
    let own =
        own.map(str::to_owned).or_else(|| data.iter().find(|(_, value)| is_address(value)).map(|(own, _)| own.clone()));
    let path = own.as_ref().and_then(|own| data.get(own)?.as_str()).map(str::to_owned);
    let metadata = data.iter().filter(|(name, _)| Some(*name) != own.as_ref());
    let metadata = metadata.map(|(name, value)| (name.clone(), jsonl::written(value)));
    Ok(Row { predicted: predicted.collect(), ..Row::new(line, None, "", label, metadata.collect()) }.at_address(path))
}

/// Plain objects: as JSON Lines, with addresses as Label Studio writes them.
fn plain(objects: &[serde_json::Map<String, Value>], wanted: ColumnsWanted) -> Result<Table, TableFault> {
    let mut names: Vec<String> = Vec::new();
    for object in objects.iter().take(1000) {
        for name in object.keys() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    if names.is_empty() {
        return Err(TableFault::at(
            1,
            "the list is empty; give it objects such as {\"path\":\"a.jpg\",\"label\":\"cat\"}",
        ));
    }
    let columns = Columns::of(names.iter().map(String::as_str), wanted).map_err(|reason| TableFault::at(1, reason))?;
    let rows = objects.iter().zip(1..).map(|(object, line)| {
        let row = jsonl::row(&columns, line, object);
        match &row.path {
            Some(path) if path.starts_with("/data/") || path.contains("://") => {
                let path = path.clone();
                row.at_address(Some(path))
            }
            _ => row,
        }
    });
    Ok(Table { rows: rows.collect(), columns })
}

/// The last part of an address, without what follows a question mark.
fn file_of(address: &str) -> &str {
    let plain = address.split(['?', '#']).next().unwrap_or_default();
    plain.rsplit('/').next().unwrap_or_default()
}

/// The names that a file at an address may have here, likeliest first: a path below the source, then the name alone.
pub(super) fn names_at(address: &str) -> Vec<String> {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut names = Vec::new();
    if let Some((_, local)) = address.split_once("/data/local-files/?d=") {
        names.push(decoded(local));
    } else if let Some((_, rest)) = address.split_once("://") {
        let plain = rest.split(['?', '#']).next().unwrap_or_default();
        names.extend(plain.split_once('/').map(|(_, path)| decoded(path)));
    } else {
        names.push(decoded(address.trim_start_matches('/')));
    }
    let last = names.last().and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_owned();
    // An upload's name begins with eight digits and a dash.
    if let Some((digits, own)) = last.split_once('-')
        && digits.len() == 8
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        names.push(own.to_owned());
    }
    names.push(last);
    names.retain(|name| !name.is_empty());
    names.dedup();
    names
}
