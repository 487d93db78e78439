//! The desk's form as browsers without scripts send it.

use crate::domain::{ClassId, SampleId};
use crate::web::frame::answers::Fields;
use crate::web::frame::error::WebError;

/// An answer given without scripts, or just a request for a first sample.
#[derive(Debug, Default, PartialEq)]
pub(in crate::web) struct PlainAnswer {
    pub id: Option<String>,
    pub sample: Option<SampleId>,
    pub lease: Option<String>,
    class: Option<ClassId>,
    /// Boxes that were ticked.
    classes: Vec<ClassId>,
    /// How the boxes are meant: `set`, or `none` for none of the classes, whatever is ticked.
    store: Option<String>,
    skip: Option<String>,
}

impl PlainAnswer {
    /// The fields of a form; ticked boxes repeat theirs.
    pub(in crate::web) fn read(fields: Vec<(String, String)>) -> Result<Self, WebError> {
        let mut answer = Self::default();
        for (name, value) in fields {
            let number = || {
                value.parse().map_err(|_| {
                    WebError::unprocessable("bad_field", format!("`{name}` is `{value}`, which is not an id"))
                })
            };
            match name.as_str() {
                "id" => answer.id = Some(value),
                "sample" => answer.sample = Some(SampleId(number()?)),
                "lease" => answer.lease = Some(value),
                "class" => answer.class = Some(ClassId(number()?)),
                "classes" => answer.classes.push(ClassId(number()?)),
                "store" => answer.store = Some(value),
                "skip" => answer.skip = Some(value),
                _ => return Err(WebError::unprocessable("bad_field", format!("there is no field `{name}`"))),
            }
        }
        Ok(answer)
    }

    /// The answer in the form.
    pub(in crate::web) fn fields(&self) -> Result<Fields, WebError> {
        let classes = match self.store.as_deref() {
            None => None,
            Some("none") => Some(Vec::new()),
            Some("set") if !self.classes.is_empty() => Some(self.classes.clone()),
            Some("set") => {
                return Err(WebError::unprocessable("bad_answer", "no class is chosen")
                    .hint("Go back and choose the sample's classes, or say that it has none of these."));
            }
            Some(other) => {
                return Err(WebError::unprocessable(
                    "bad_field",
                    format!("`store` is `{other}`; give `set` or `none`"),
                ));
            }
        };
        Ok(Fields { class: self.class, classes, skip: self.skip.clone(), note: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> PlainAnswer {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        PlainAnswer::read(fields.collect()).unwrap()
    }

    #[test]
    fn ticked_boxes_are_a_set_and_nothing_ticked_is_no_answer() {
        let both = read(&[("sample", "4"), ("classes", "3"), ("classes", "1"), ("store", "set")]);
        assert_eq!(both.sample, Some(SampleId(4)));
        assert_eq!(both.fields().unwrap().classes, Some(vec![ClassId(3), ClassId(1)]));
        let none = read(&[("classes", "3"), ("store", "none")]);
        assert_eq!(none.fields().unwrap().classes, Some(Vec::new()));
        assert!(read(&[("store", "set")]).fields().is_err());
        assert!(read(&[("class", "1"), ("store", "set")]).fields().is_err());
        assert!(PlainAnswer::read(vec![("klass".to_owned(), "1".to_owned())]).is_err());
        assert!(PlainAnswer::read(vec![("class".to_owned(), "x".to_owned())]).is_err());
    }
}
